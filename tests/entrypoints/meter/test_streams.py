"""Very many events in one request, a line each: answered while they come, bounded in memory, durable line by line."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connection, transaction

from abono.domain.identity import actions as identity
from abono.entrypoints.meter import admission, app, stream
from abono.entrypoints.meter.stream import Lines
from abono.kernel.ids import uuid7
from abono.platform import clock
from tests.domain.metering.world import CENT, rows
from tests.entrypoints.meter.client import Answer, Program, Tenant

LINES = {"content-type": "application/x-ndjson"}


def text(*events: object) -> bytes:
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


def told(answer: Answer) -> list[Any]:
    assert (answer.status, answer.headers["content-type"]) == (200, "application/x-ndjson")
    return [json.loads(line) for line in answer.body.splitlines()]


def post(api: Program, path: str, *parts: bytes) -> list[Any]:
    return told(api.run(api.call("POST", path, list(parts), LINES)))


@dataclass
class Open:
    """A stream that the test feeds, and what came back so far."""

    api: Program
    path: str = "/v1/holds"
    given: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)
    sent: list[dict[str, Any]] = field(default_factory=list)
    taken: int = 0
    task: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        async def receive() -> dict[str, Any]:
            message = await self.given.get()
            self.taken += 1
            return message

        async def send(message: dict[str, Any]) -> None:
            self.sent.append(message)

        headers = [(b"authorization", f"Bearer {self.api.key}".encode())]
        headers.append((b"content-type", b"application/x-ndjson"))
        scope = {"type": "http", "method": "POST", "path": self.path, "headers": headers}
        self.task = asyncio.create_task(app.meter(scope, receive, send))

    def feed(self, body: bytes, *, more: bool = True) -> None:
        self.given.put_nowait({"type": "http.request", "body": body, "more_body": more})

    def hang_up(self) -> None:
        self.given.put_nowait({"type": "http.disconnect"})

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for m in self.sent[1:] for line in m["body"].splitlines()]

    async def until(self, come: Callable[[], bool]) -> None:
        """Let it work until then."""
        assert self.task is not None
        async with asyncio.timeout(20):
            while not come() and not self.task.done():
                await asyncio.sleep(0)
        assert come()

    async def end(self) -> None:
        assert self.task is not None
        async with asyncio.timeout(20):
            await self.task


@pytest.mark.rule("PKG-5", "PKG-7", "PKG-9")
def test_each_line_is_answered_by_a_line_in_order(api: Program, padaria: Tenant):
    sends = [padaria.sms("a"), padaria.sms("x") | {"channel": "telex"}, padaria.sms("b"), padaria.sms("a")]
    assert post(api, "/v1/holds", text(*sends)) == [
        {"id": "a", "status": "held", "price_micro": 10 * CENT, "left_micro": 199_900_000},
        {"id": "x", "status": "refused", "code": "no_price"},
        {"id": "b", "status": "held", "price_micro": 10 * CENT, "left_micro": 199_800_000},
        {
            "id": "a",
            "status": "held",
            "price_micro": 10 * CENT,
            "left_micro": 199_900_000,
            "replayed": True,
        },
    ]
    settled = post(api, "/v1/settlements", text(padaria.settlement("a"), padaria.settlement("z")))
    assert [(line["status"], line.get("code")) for line in settled] == [
        ("settled", None),
        ("uncovered", "no_send"),
    ]
    event = {
        "id": "e",
        "contract": padaria.contract,
        "contact": "c",
        "channel": "sms",
        "kind": "agent_action",
    }
    (opened,) = post(api, "/v1/interactions", text(event | {"at": clock.now().isoformat()}))
    assert opened["status"] == "opened"


@pytest.mark.rule("PKG-7", "API-3")
def test_a_malformed_line_is_answered_by_itself_with_its_number(api: Program, padaria: Tenant):
    lines = [
        json.dumps(padaria.sms("1")).encode() + b"\r",
        b"{'id': 'quoted otherwise'}",
        b"",
        json.dumps(padaria.sms("4") | {"country": "BRA"}).encode(),
        json.dumps(padaria.sms("5") | {"id": "x" * 1_000_000}).encode(),
        b"\xff\xfe",
        b"  ",
        json.dumps(padaria.sms("8")).encode(),  # nothing ends the last line
    ]
    whole = b"\n".join(lines)
    parts = [whole[n : n + 7_001] for n in range(0, len(whole), 7_001)]
    answers = post(api, "/v1/holds", *parts)
    assert [(a.get("line"), a["id"], a["status"], a.get("code"), a.get("where")) for a in answers] == [
        (None, "1", "held", None, None),
        (2, None, "refused", "malformed", "$"),
        (4, "4", "refused", "malformed", "$.country"),
        (5, None, "refused", "malformed", "$"),
        (6, None, "refused", "malformed", "$"),
        (None, "8", "held", None, None),
    ]
    assert "16384 bytes" in answers[3]["message"]
    assert padaria.balance().held_micro == 20 * CENT


@pytest.mark.parametrize("size", [1, 2, 5, 1_000])
def test_lines_are_the_same_however_they_are_cut(size: int):
    data = b"a\n\nbb\r\n" + b"x" * (stream.MAX_LINE + 1) + b"\n" + b"y" * stream.MAX_LINE + b"\nlast"
    found, lines = [], Lines()
    for n in range(0, len(data), size):
        found += list(lines.feed(data[n : n + size]))
    found += list(lines.end())
    assert found == [b"a", b"", b"bb\r", None, b"y" * stream.MAX_LINE, b"last"]
    assert list(Lines().end()) == []


def test_a_line_without_end_is_not_kept():
    lines = Lines()
    for _ in range(100):
        assert list(lines.feed(b"x" * 100_000)) == []
        assert len(lines._rest) <= stream.MAX_LINE
    assert list(lines.end()) == [None]


@pytest.mark.rule("PKG-5", "PKG-6")
def test_many_thousand_lines_are_held_in_order_up_to_the_limit(api: Program, padaria: Tenant):
    count = 3_000  # R$ 200 at 0.10 are 2,000 SMS
    whole = text(*(padaria.sms(f"{n}") for n in range(count)))
    parts = [whole[n : n + 65_536] for n in range(0, len(whole), 65_536)]
    answers = post(api, "/v1/holds", *parts)
    assert [a["id"] for a in answers] == [f"{n}" for n in range(count)]
    assert [a["status"] for a in answers] == ["held"] * 2_000 + ["refused"] * 1_000
    assert {a["code"] for a in answers[2_000:]} == {"sending_blocked"}
    assert rows("metering_send") == 2_000


def test_a_caller_may_send_a_line_and_wait_for_its_answer(api: Program, padaria: Tenant):
    async def story() -> None:
        it = Open(api)
        await it.begin()
        for n in range(3):
            it.feed(text(padaria.sms(f"{n}")))
            await it.until(lambda n=n: len(it.lines) == n + 1)  # type: ignore[misc]
        it.feed(b"", more=False)
        await it.end()
        assert [line["id"] for line in it.lines] == ["0", "1", "2"]
        assert it.sent[-1] == {"type": "http.response.body", "body": b""}

    api.run(story())


@pytest.mark.rule("PKG-6")
def test_what_was_answered_before_the_caller_hung_up_is_held(api: Program, padaria: Tenant):
    async def story() -> int:
        it = Open(api)
        await it.begin()
        it.feed(text(*(padaria.sms(f"{n}") for n in range(10))))
        await it.until(lambda: len(it.lines) == 10)
        it.feed(text(padaria.sms("half"))[:-20])
        it.hang_up()
        await it.end()
        return len(it.lines)

    answered = api.run(story())
    assert rows("metering_send") == answered == 10
    assert (app._admission.requests, app._admission.streams, app._admission.bytes) == (0, 0, 0)


@pytest.mark.rule("ACC-4")
def test_a_key_that_is_revoked_stops_the_stream_and_says_where(api: Program, padaria: Tenant):
    async def story() -> list[Any]:
        it = Open(api)
        await it.begin()
        it.feed(text(padaria.sms("before")))
        await it.until(lambda: len(it.lines) == 1)
        await asyncio.to_thread(_revoke, padaria)
        for n in range(300):  # until the notification has come
            it.feed(text(padaria.sms(f"after {n}")))
            await it.until(lambda n=n: len(it.lines) >= n + 2)  # type: ignore[misc]
            if it.lines[-1]["status"] == "stopped":
                break
        await it.end()
        return it.lines

    lines = api.run(story())
    assert lines[-1] == {"status": "stopped", "code": "no_usable_key", "line": len(lines)}
    assert rows("metering_send") == len(lines) - 1


def _revoke(tenant: Tenant) -> None:
    try:
        with transaction.atomic():
            identity.revoke_key(key_id=tenant.key_id, actor="ana", now=clock.now())
    finally:
        connection.close()


@pytest.mark.rule("ACC-2")
def test_another_customers_contract_does_not_exist_in_a_stream(api: Program, padaria: Tenant, luna: Tenant):
    answers = post(api, "/v1/holds", text(luna.sms("a"), padaria.sms("a")))
    assert [(a["status"], a.get("code")) for a in answers] == [("refused", "no_contract"), ("held", None)]
    assert luna.balance().total_micro == 0


def test_nobody_waits_for_a_caller_that_says_nothing(
    api: Program, padaria: Tenant, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(stream, "IDLE_S", 0.05)

    async def story() -> list[Any]:
        it = Open(api)
        await it.begin()
        it.feed(text(padaria.sms("a")))
        await it.end()
        return it.lines

    held, stopped = api.run(story())
    assert held["status"] == "held"
    assert stopped == {"status": "stopped", "code": "idle", "line": 2}


def test_blank_lines_and_lines_without_end_keep_no_stream_open(
    api: Program, padaria: Tenant, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(stream, "IDLE_S", 0.2)

    async def story(part: bytes) -> list[Any]:
        it = Open(api)
        await it.begin()
        it.feed(text(padaria.sms("a")))
        while it.task is not None and not it.task.done():
            it.feed(part)
            await asyncio.sleep(0.02)
        await it.end()
        return it.lines

    for part in (b"\n", b"x"):
        _held, stopped = api.run(story(part))
        assert stopped == {"status": "stopped", "code": "idle", "line": 2}


@pytest.mark.parametrize("why", ["told", "old"])
def test_a_stream_that_has_to_end_says_that_another_may_be_opened(
    api: Program, padaria: Tenant, monkeypatch: pytest.MonkeyPatch, why: str
):
    if why == "old":
        monkeypatch.setattr(stream, "LONGEST_S", 0.3)

    async def story() -> list[Any]:
        it = Open(api)
        await it.begin()
        it.feed(text(padaria.sms("a"), padaria.sms("b")))
        await it.until(lambda: len(it.lines) == 2)
        if why == "told":
            app.stop_streams()
        else:
            await asyncio.sleep(0.3)
            it.feed(text(padaria.sms("c")))
        await it.end()
        return it.lines

    *held, stopped = api.run(story())
    assert {line["status"] for line in held} == {"held"}
    assert stopped == {"status": "stopped", "code": "reopen", "line": len(held) + 1}


def test_one_key_takes_not_all_streams(api: Program, padaria: Tenant, luna: Tenant):
    async def story() -> tuple[Answer, Answer]:
        many = [Open(api) for _ in range(admission.OF_A_KEY_STREAMS)]
        for it in many:
            await it.begin()
            it.feed(text(padaria.sms(str(uuid7()))))
            await it.until(lambda it=it: len(it.lines) == 1)  # type: ignore[misc]
        one_more = await api.call("POST", "/v1/holds", [text(padaria.sms("x"))], LINES)
        other = await api.call(
            "POST", "/v1/holds", [text(luna.sms("x"))], LINES | {"authorization": f"Bearer {luna.key}"}
        )
        for it in many:
            it.feed(b"", more=False)
            await it.end()
        return one_more, other

    one_more, other = api.run(story())
    assert (one_more.status, one_more.json["code"]) == (503, "busy")
    assert told(other)[0]["status"] == "held"
    assert post(api, "/v1/holds", text(padaria.sms("x")))[0]["status"] == "held"  # they ended


def test_a_process_that_stops_ends_its_streams_and_says_where(
    api: Program, padaria: Tenant, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(stream, "BUSY_TRIES", 1)

    async def story() -> list[Any]:
        it = Open(api)
        await it.begin()
        it.feed(text(padaria.sms("before")))
        await it.until(lambda: len(it.lines) == 1)
        await app.stop()
        it.feed(text(padaria.sms("after")))
        await it.end()
        return it.lines

    held, stopped = api.run(story())
    assert held["status"] == "held"
    assert (stopped["status"], stopped["line"]) == ("stopped", 2)
    assert stopped["code"] in ("busy", "unavailable")
    assert rows("metering_send") == 1


@contextmanager
def cycle_locked(tenant: Tenant) -> Iterator[None]:
    """Somebody else has the row of the cycle."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT FROM metering_cycle WHERE contract_id = %s FOR UPDATE", [tenant.contract_id]
            )
        yield


def test_while_the_database_is_slow_no_more_is_read(api: Program, padaria: Tenant):
    part = text(*(padaria.sms(str(uuid7())) for _ in range(100)))

    async def begin() -> Open:
        it = Open(api)
        await it.begin()
        for _ in range(20):
            it.feed(part)
        await it.until(lambda: it.taken >= 1 + stream.AHEAD)
        for _ in range(200):
            await asyncio.sleep(0)
        return it

    async def finish(it: Open) -> None:
        it.feed(b"", more=False)
        await it.end()

    api.post("/v1/holds", padaria.sms("warm"))
    with cycle_locked(padaria):
        it = api.run(begin())
        assert it.taken <= 2 * (1 + stream.AHEAD)  # of twenty that lie there
        assert it.lines == []
    api.run(finish(it))
    assert len(it.lines) == 2_000
    assert [line.get("replayed", False) for line in it.lines] == [False] * 100 + [True] * 1_900


def test_too_many_streams_are_sent_away(api: Program, padaria: Tenant, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(admission, "MAX_STREAMS", 0)
    answer = api.run(api.call("POST", "/v1/holds", [text(padaria.sms("a"))], LINES))
    assert (answer.status, answer.json["code"], answer.headers["retry-after"]) == (503, "busy", "1")
    assert rows("metering_send") == 0


def test_an_empty_stream_is_an_empty_answer(api: Program):
    assert post(api, "/v1/holds", b"") == []
    answer = api.run(api.call("POST", "/v1/nothing", [b""], LINES))
    assert answer.status == 404
    api.key = "abk_unknown"
    answer = api.run(api.call("POST", "/v1/holds", [b""], LINES))
    assert (answer.status, answer.json["code"]) == (401, "no_usable_key")
