"""The seller's platform at work: blocked answers, a web server that goes away, sends that wait to be settled."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from abono.demo.traffic import Away, Customer, Platform, Refused, play

CONTRACT = "ctr_00000000000000000000000001"


class Meter(ThreadingHTTPServer):
    """Answers as the meter does: `answer` gets the path and one event, and says what becomes of it."""

    daemon_threads = True

    def __init__(self) -> None:
        self.status = 200
        self.asked: list[tuple[str, list[dict[str, Any]]]] = []
        self.answer: Callable[[str, dict[str, Any]], dict[str, Any]] = granted
        super().__init__(("127.0.0.1", 0), _Door)


class _Door(BaseHTTPRequestHandler):
    server: Meter

    def do_GET(self) -> None:
        self._say({"cycle_start": "2030-01-01T03:00:00Z"})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        [events] = body.values()
        self.server.asked.append((self.path, events))
        self._say({"results": [self.server.answer(self.path, event) for event in events]})

    def _say(self, answer: object) -> None:
        said = json.dumps(answer).encode()
        self.send_response(self.server.status)
        self.send_header("content-length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, format: str, *args: object) -> None:
        """Silence."""


def granted(path: str, event: dict[str, Any]) -> dict[str, Any]:
    return {"id": event["id"], "status": "held" if path == "/v1/holds" else "settled", "price_micro": 100_000}


def blocked(path: str, event: dict[str, Any]) -> dict[str, Any]:
    return {"id": event["id"], "status": "refused", "code": "sending_blocked", "price_micro": 100_000}


@pytest.fixture
def meter() -> Iterator[Meter]:
    with Meter() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def padaria() -> Customer:
    return Customer("padaria", CONTRACT, 1, [["sms", "message", "BR", 1]])


@pytest.fixture
def platform(meter: Meter, padaria: Customer) -> Platform:
    return Platform(f"http://127.0.0.1:{meter.server_address[1]}", "a key", [padaria], random.Random(7))


def paths(meter: Meter) -> set[str]:
    return {path for path, _events in meter.asked}


def test_what_was_held_is_settled_later(platform, meter, padaria):
    for _ in range(30):
        platform.act()
    assert paths(meter) == {"/v1/holds", "/v1/settlements", "/v1/interactions"}
    held = [event["id"] for path, events in meter.asked for event in events if path == "/v1/holds"]
    ended = [event["id"] for path, events in meter.asked for event in events if path == "/v1/settlements"]
    assert held == ended + [one for one, _outcome in padaria.unsettled]


def test_a_block_is_told_once_and_contacts_go_on(platform, meter, padaria, capsys):
    meter.answer = blocked
    for _ in range(30):
        platform.act()
    assert capsys.readouterr().out.count("sending is blocked") == 1
    assert sum(path == "/v1/holds" for path, _events in meter.asked) == 1  # asked again only after a while
    assert sum(path == "/v1/interactions" for path, _events in meter.asked) > 5
    assert not padaria.unsettled


def test_sending_goes_on_once_it_is_released(platform, meter, padaria, capsys):
    meter.answer = blocked
    while padaria.blocked_until is None:
        platform.act()
    meter.answer = granted
    padaria.blocked_until -= (
        padaria.blocked_until - padaria.blocked_until.min.replace(tzinfo=padaria.blocked_until.tzinfo)
    ) / 2
    while padaria.blocked_until is not None:
        platform.act()
    assert "padaria: sending goes on" in capsys.readouterr().out


def test_a_web_server_that_is_away_is_waited_for_and_nothing_is_forgotten(platform, meter, padaria, capsys):
    while not padaria.unsettled:
        platform.act()
    open_sends = list(padaria.unsettled)
    meter.status = 503
    waits: list[float] = []

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        if len(waits) == 5:
            assert list(padaria.unsettled) == open_sends
            meter.status = 200
        return len(waits) == 8

    assert play(platform, wait, random.Random(7)) == 0
    assert waits[:5] == [1.0, 2.0, 5.0, 15.0, 15.0]
    said = capsys.readouterr().out
    assert said.count("the web server is away") == 1
    assert said.count("the web server is back") == 1


@pytest.mark.rule("TIM-2")
def test_contacts_of_a_sandbox_write_on_its_own_clock(platform, meter, padaria):
    meter.answer = lambda path, event: {"id": event["id"], "status": "refused", "code": "too_late"}
    while padaria.since is None:
        platform.act()
    meter.asked.clear()
    while "/v1/interactions" not in paths(meter):
        platform.act()
    [event] = next(events for path, events in meter.asked if path == "/v1/interactions")
    assert event["at"] == "2030-01-01T03:00:00+00:00"


def test_people_sign_in_are_kept_in_come_in_when_it_is_their_turn_and_sign_out(platform, meter, padaria):
    """Ana comes in; Bruno waits, then a licence is set aside for him; Carla is refused."""
    padaria.people = ["ana", "bruno", "carla"]
    claimed: Counter[str] = Counter()

    def answer(path: str, event: dict[str, Any]) -> dict[str, Any]:
        person = event.get("person", "")
        if path == "/v1/leases":
            claimed[person] += 1
        waits = person == "bruno" and claimed["bruno"] == 1
        if path == "/v1/leases":
            return {"status": "refused" if person == "carla" else "waiting" if waits else "granted"}
        if path == "/v1/lease-heartbeats":
            return {"status": "set_aside" if waits else "granted"}
        return {"status": "released"} if path == "/v1/lease-releases" else granted(path, event)

    meter.answer = answer
    while claimed["bruno"] < 2 or not claimed["carla"] or "/v1/lease-releases" not in paths(meter):
        platform.act()
        assert "carla" not in padaria.signed_in
    claims = [event for path, events in meter.asked if path == "/v1/leases" for event in events]
    first, second, *_later = [event["id"] for event in claims if event["person"] == "bruno"]
    assert first == second  # the place becomes the lease


def test_nobody_there_counts_as_away(padaria):
    with pytest.raises(Away):
        Platform("http://127.0.0.1:9", "a key", [padaria], random.Random(7)).act()


def test_a_key_that_is_refused_ends_it(platform, meter, capsys):
    meter.status = 401
    with pytest.raises(Refused):
        platform.act()
    assert play(platform, lambda _seconds: False, random.Random(7)) == 1
    assert "the key is refused" in capsys.readouterr().out
