"""How a stream ends: by its caller, its key, silence, age, or with the process."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.db import connection, transaction

from abono.domain.identity import actions as identity
from abono.entrypoints.meter import app, stream
from abono.platform import clock
from tests.domain.metering.world import rows
from tests.entrypoints.meter.client import Program, Tenant
from tests.entrypoints.meter.streams import Open, text


@pytest.mark.rule("PKG-6")
def test_what_was_answered_before_the_caller_hung_up_is_held(api: Program, padaria: Tenant):
    async def story() -> int:
        it = Open(api, *(padaria.sms(f"{n}") for n in range(10)))
        await it.until(lambda: len(it.lines) == 10)
        it.feed(text(padaria.sms("half"))[:-20])
        it.hang_up()
        await it.end()
        return len(it.lines)

    answered = api.run(story())
    assert rows("metering_send") == answered == 10
    assert (app._admission.requests, app._admission.streams, app._admission.bytes) == (0, 0, 0)


@pytest.mark.rule("ACC-4")
@pytest.mark.parametrize("ends", ["no_usable_key", "identity.key_from_elsewhere"])
def test_a_key_that_is_revoked_or_bound_elsewhere_stops_the_stream_and_says_where(
    api: Program, padaria: Tenant, ends: str
):
    async def story() -> list[Any]:
        it = Open(api, padaria.sms("before"))
        await it.until(lambda: len(it.lines) == 1)
        await asyncio.to_thread(_revoke if ends == "no_usable_key" else _bind_elsewhere, padaria)
        for n in range(300):  # until the notification has come
            it.feed(text(padaria.sms(f"after {n}")))
            await it.until(lambda n=n: len(it.lines) >= n + 2)  # type: ignore[misc]
            if it.lines[-1]["status"] == "stopped":
                break
        await it.end()
        return it.lines

    lines = api.run(story())
    assert lines[-1] == {"status": "stopped", "code": ends, "line": len(lines)}
    assert rows("metering_send") == len(lines) - 1


def _bind_elsewhere(tenant: Tenant) -> None:
    try:
        with transaction.atomic():
            identity.bind_key(key_id=tenant.key_id, addresses=["203.0.113.7"], actor="ana", now=clock.now())
    finally:
        connection.close()


def _revoke(tenant: Tenant) -> None:
    try:
        with transaction.atomic():
            identity.revoke_key(key_id=tenant.key_id, actor="ana", now=clock.now())
    finally:
        connection.close()


def test_nobody_waits_for_a_caller_that_says_nothing(
    api: Program, padaria: Tenant, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(stream, "IDLE_S", 0.05)

    async def story() -> list[Any]:
        it = Open(api, padaria.sms("a"))
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
        it = Open(api, padaria.sms("a"))
        while not it.task.done():
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
        it = Open(api, padaria.sms("a"), padaria.sms("b"))
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


def test_a_process_that_stops_ends_its_streams_and_says_where(
    api: Program, padaria: Tenant, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(stream, "BUSY_TRIES", 1)

    async def story() -> list[Any]:
        it = Open(api, padaria.sms("before"))
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
