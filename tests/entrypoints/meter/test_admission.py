"""The fast lane takes on so much and no more, and says how it is (API-3)."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from psycopg_pool import AsyncConnectionPool

from abono.entrypoints.meter import admission, app, bodies, health, lanes
from abono.entrypoints.meter.admission import Admission
from abono.entrypoints.meter.health import Health
from abono.kernel.ids import uuid7
from abono.platform import agenda, clock
from abono.platform.queue import Lane
from tests.domain.metering.world import rows
from tests.entrypoints.meter.client import Answer, Program, Tenant, key_of

JSON = [(b"content-type", b"application/json")]


def nothing_is_open() -> bool:
    found = app._admission
    return (found.requests, found.streams, found.bytes) == (0, 0, 0)


def sent_away(answer: Answer) -> bool:
    return (answer.status, answer.json["code"], answer.headers["retry-after"]) == (503, "busy", "1")


@pytest.mark.rule("API-3")
def test_beyond_so_many_requests_callers_are_sent_away_and_told_when_to_come_again(
    api: Program, padaria: Tenant, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(admission, "MAX_OPEN", 0)
    assert sent_away(api.post("/v1/holds", padaria.sms("a")))
    assert sent_away(api.get(f"/v1/balances/{padaria.contract}"))
    assert api.get("/v1/live").status == 200  # who looks after it is let in
    assert rows("metering_send") == 0
    assert nothing_is_open()


def test_one_key_takes_not_all_room_for_bodies(
    api: Program, padaria: Tenant, luna: Tenant, monkeypatch: pytest.MonkeyPatch
):
    one = json.dumps(padaria.sms("a")).encode()
    monkeypatch.setattr(admission, "OF_A_KEY_BYTES", len(one))

    async def story() -> tuple[Answer, Answer, Answer]:
        more, rest = asyncio.Event(), [(one[:-1], True), (one[-1:], False)]

        async def receive() -> dict[str, Any]:
            if len(rest) == 1:
                await more.wait()
            body, goes_on = rest.pop(0)
            return {"type": "http.request", "body": body, "more_body": goes_on}

        sent: list[dict[str, Any]] = []

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        headers = [*JSON, (b"authorization", f"Bearer {api.key}".encode())]
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/v1/holds",
            "query_string": b"",
            "headers": headers,
        }
        slow = asyncio.create_task(app.meter(scope, receive, send))
        while len(rest) == 2 or not app._admission._bytes_of:
            await asyncio.sleep(0.01)
        body = json.dumps(padaria.sms("b")).encode()
        same = await api.call("POST", "/v1/holds", [body[:9], body[9:]])
        other = json.dumps(luna.sms("b")).encode()
        others = await api.call(
            "POST", "/v1/holds", [other[:9], other[9:]], {"authorization": f"Bearer {luna.key}"}
        )
        more.set()
        await slow
        whole = b"".join(message.get("body", b"") for message in sent)
        return same, others, Answer(sent[0]["status"], {}, whole)

    same, others, slow = api.run(story())
    assert sent_away(same)
    assert (others.json["status"], slow.json["status"]) == ("held", "held")
    assert nothing_is_open()
    assert not app._admission._bytes_of


@pytest.mark.rule("API-3")
def test_beyond_so_many_bytes_callers_are_sent_away(
    api: Program, padaria: Tenant, monkeypatch: pytest.MonkeyPatch
):
    one = json.dumps(padaria.sms("a")).encode()
    monkeypatch.setattr(admission, "MAX_BYTES", len(one))
    assert sent_away(api.post("/v1/holds", {"sends": [padaria.sms("a"), padaria.sms("b")]}))
    parts = [one[:10], one[10:], b"  "]
    assert sent_away(api.run(api.call("POST", "/v1/holds", parts)))
    assert rows("metering_send") == 0
    assert api.post("/v1/holds", one).json["status"] == "held"
    assert nothing_is_open()


def test_bodies_that_are_being_read_count_as_they_come(api: Program, padaria: Tenant):
    async def story() -> None:
        more: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        sent: list[dict[str, Any]] = []

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        headers = [*JSON, (b"authorization", f"Bearer {api.key}".encode()), (b"content-length", b"4000000")]
        scope = {"type": "http", "method": "POST", "path": "/v1/holds", "headers": headers}
        task = asyncio.create_task(app.meter(scope, more.get, send))
        more.put_nowait({"type": "http.request", "body": b"x" * 1_000, "more_body": True})
        while not app._admission.bytes:
            await asyncio.sleep(0)
        assert app._admission.bytes == 1_000  # what is only announced costs nothing
        more.put_nowait({"type": "http.disconnect"})
        await task
        assert sent[0]["status"] == 400

    api.run(story())
    assert nothing_is_open()


@pytest.mark.rule("API-3")
def test_a_body_that_does_not_come_is_not_waited_for(
    api: Program, padaria: Tenant, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bodies, "READ_S", 0.01)

    async def story() -> list[dict[str, Any]]:
        messages = [{"type": "http.request", "body": b"{", "more_body": True}]
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            if messages:
                return messages.pop()
            await asyncio.Event().wait()
            raise AssertionError

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        headers = [*JSON, (b"authorization", f"Bearer {api.key}".encode())]
        scope = {"type": "http", "method": "POST", "path": "/v1/holds", "headers": headers}
        await app.meter(scope, receive, send)
        return sent

    start, end = api.run(story())
    assert start["status"] == 408
    assert json.loads(end["body"])["code"] == "body_too_slow"
    assert nothing_is_open()


def test_a_full_queue_sends_callers_away(api: Program, padaria: Tenant, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lanes, "MAX_WAITING", 1)
    assert sent_away(api.post("/v1/holds", {"sends": [padaria.sms("a"), padaria.sms("b")]}))
    assert rows("metering_send") == 0


@pytest.fixture
def sellers(api: Program) -> Program:
    """The program has a key of the seller."""
    api.key = key_of(None)
    return api


@pytest.mark.rule("OPS-4", part="live, ready")
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_live_and_ready_need_no_key_and_tell_nothing_else(api: Program, method: str):
    api.key = None
    for path, said in (("/v1/live", {"status": "live"}), ("/v1/ready", {"status": "ready"})):
        answer = api.run(api.call(method, path, [b""]))
        assert answer.status == 200
        assert answer.body == (b"" if method == "HEAD" else json.dumps(said, separators=(",", ":")).encode())


@pytest.mark.rule("OPS-4", part="queue, clock, parked")
def test_what_waits_is_for_the_seller_to_know(api: Program, padaria: Tenant):
    api.post("/v1/holds", padaria.sms("a"))
    assert api.get("/v1/health").json["code"] == "seller_only"
    api.key = None
    assert api.get("/v1/health").json["code"] == "no_usable_key"
    api.key = key_of(None)
    answer = api.get("/v1/health")
    names = (
        "holds",
        "settlements",
        "interactions",
        "campaign_settlements",
        "told",
        "leases",
        "lease_heartbeats",
    )
    assert answer.status == 200
    durable = answer.json["durable"]
    assert answer.json == {
        "database": "reachable",
        "durable": durable,
        "migrated": True,
        "static_files": True,
        "lanes": [{"name": name, "waiting": 0, "oldest_ms": 0} for name in names],
        "open_requests": 1,
        "open_streams": 0,
        "body_bytes": 0,
        "work": {"oldest_s": 0, "parked": 0, "workers": 0},
    }
    assert isinstance(durable, bool)


@pytest.mark.rule("OPS-4", part="queue, clock, parked")
def test_health_says_how_old_the_oldest_work_is_what_was_given_up_and_who_works(sellers: Program):
    now = clock.now()
    kind = agenda.Kind("renew", Lane.BILLING)
    for hours in (1, 2):
        agenda.note(kind, subject=uuid7(), due_at=now - timedelta(hours=hours), now=now)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE platform_due SET parked_at = now() WHERE due_at = %s", [now - timedelta(hours=2)]
        )
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now()), (now() - interval '1 minute')"
        )
    work = sellers.get("/v1/health").json["work"]
    assert (work["parked"], work["workers"]) == (1, 1)
    assert 3_600 <= work["oldest_s"] < 3_700


class Stuck:
    """A lane in which something waits."""

    waiting, oldest_ms = 7, health.STUCK_MS + 1


@pytest.mark.rule("OPS-4", part="live, ready")
@pytest.mark.parametrize("what", ["database", "lanes", "fsync", "migrations", "static_files"])
def test_who_cannot_serve_says_so(
    sellers: Program, monkeypatch: pytest.MonkeyPatch, settings: Any, what: str
):
    sellers.get("/v1/live")  # without it there is no engine
    engine, nowhere = app._engine, sellers.run(a_pool_that_leads_nowhere())
    assert engine is not None
    match what:
        case "lanes":
            monkeypatch.setattr(engine.health, "_lanes", {"holds": Stuck()})
        case "database":
            monkeypatch.setattr(engine.health, "_pool", nowhere)
        case "fsync":
            monkeypatch.setattr(
                health.durability, "NEEDED", ("fsync", "zero_damaged_pages")
            )  # one that is off
            settings.ALLOW_UNSAFE_FSYNC = False
        case "migrations":
            monkeypatch.setattr(health, "_needed", lambda: (["platform"], ["0099_of_tomorrow"]))
        case "static_files":
            monkeypatch.setattr(health, "staticfiles_storage", SimpleNamespace(hashed_files={}))
    told = sellers.get("/v1/ready")
    assert (told.status, told.json["code"], told.headers["retry-after"]) == (503, "not_ready", "2")
    assert told.json["failing"] == [what]
    assert "lanes" not in told.json
    whole = sellers.get("/v1/health")
    assert (whole.status, whole.json["failing"]) == (503, [what])
    assert whole.json["database"] == ("unreachable" if what == "database" else "reachable")
    if what == "lanes":
        assert whole.json["lanes"] == [{"name": "holds", "waiting": 7, "oldest_ms": 30_001}]
    assert sellers.get("/v1/live").status == 200
    sellers.run(nowhere.close())


async def a_pool_that_leads_nowhere() -> AsyncConnectionPool:
    pool = AsyncConnectionPool("host=127.0.0.1 port=1", min_size=0, max_size=1, open=False, timeout=0.2)
    await pool.open()
    return pool


def test_the_database_is_asked_once_however_many_ask(api: Program):
    async def story() -> int:
        asked = 0

        class Counted(Health):
            async def _ask(self) -> None:
                nonlocal asked
                asked += 1
                await super()._ask()

        assert app._engine is not None
        it = Counted(app._engine.reads, {})
        await asyncio.gather(*(it.look(Admission()) for _ in range(50)))
        await it.look(Admission())
        return asked

    api.get("/v1/live")
    assert api.run(story()) == 1
