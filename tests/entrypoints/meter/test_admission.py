"""The fast lane takes on so much and no more, and says how it is (API-3)."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from psycopg_pool import AsyncConnectionPool

from abono.entrypoints.meter import admission, app, bodies, health, lanes
from abono.entrypoints.meter.admission import Admission
from abono.entrypoints.meter.health import Health
from abono.kernel.ids import uuid7
from abono.platform import agenda, clock
from abono.platform.problems import Problem
from abono.platform.queue import Lane
from tests.domain.metering.world import rows
from tests.entrypoints.meter.client import Answer, Program, Tenant

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
    assert api.get("/v1/health").status == 200  # who looks after it is let in
    assert rows("metering_send") == 0
    assert nothing_is_open()


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


@pytest.mark.rule("API-3")
def test_health_needs_no_key_and_tells_nothing_of_customers(api: Program, padaria: Tenant):
    api.post("/v1/holds", padaria.sms("a"))
    api.key = None
    answer = api.get("/v1/health")
    names = ("holds", "settlements", "interactions", "campaign_settlements", "told")
    assert answer.status == 200
    durable = answer.json["durable"]
    assert answer.json == {
        "database": "reachable",
        "durable": durable,
        "lanes": [{"name": name, "waiting": 0, "oldest_ms": 0} for name in names],
        "open_requests": 1,
        "open_streams": 0,
        "body_bytes": 0,
        "work": {"oldest_s": 0, "parked": 0},
    }
    assert isinstance(durable, bool)


@pytest.mark.rule("API-3")
def test_health_says_how_old_the_oldest_work_is_and_what_was_given_up(api: Program, padaria: Tenant):
    now = clock.now()
    kind = agenda.Kind("renew", Lane.BILLING)
    for hours in (1, 2):
        agenda.note(kind, subject=uuid7(), due_at=now - timedelta(hours=hours), now=now)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE platform_due SET parked_at = now() WHERE due_at = %s", [now - timedelta(hours=2)]
        )
    work = api.get("/v1/health").json["work"]
    assert work["parked"] == 1
    assert 3_600 <= work["oldest_s"] < 3_700


class Stuck:
    """A lane in which something waits."""

    waiting, oldest_ms = 7, health.STUCK_MS + 1


@pytest.mark.rule("API-3")
@pytest.mark.parametrize("what", ["database", "lane", "fsync"])
def test_who_cannot_serve_says_so(api: Program, monkeypatch: pytest.MonkeyPatch, settings: Any, what: str):
    async def look() -> Problem | None:
        conninfo = (
            app._engine.reads.conninfo if app._engine and what != "database" else "host=127.0.0.1 port=1"
        )
        async with AsyncConnectionPool(conninfo, min_size=0, max_size=1, open=False, timeout=1) as pool:
            try:
                await Health(pool, {"holds": Stuck()} if what == "lane" else {}).look(Admission())  # type: ignore[dict-item]
            except Problem as problem:
                return problem
        return None

    api.get("/v1/health")
    if what == "fsync":
        monkeypatch.setattr(health.durability, "NEEDED", ("fsync", "zero_damaged_pages"))  # one that is off
        settings.ALLOW_UNSAFE_FSYNC = False
    monkeypatch.setattr(health, "PATIENCE_S", 1)
    problem = api.run(look())
    assert problem is not None
    assert (problem.status, problem.code, problem.headers["Retry-After"]) == (503, "not_ready", "2")
    assert problem.facts["database"] == ("unreachable" if what == "database" else "reachable")
    assert json.loads(problem.body())["lanes"] == (
        [{"name": "holds", "waiting": 7, "oldest_ms": 30_001}] if what == "lane" else []
    )


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

    api.get("/v1/health")
    assert api.run(story()) == 1
