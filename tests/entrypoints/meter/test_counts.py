"""What the fast lane and the REST door answered, per minute, for the seller."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection

from abono.domain.usage import minutes
from abono.entrypoints.meter import app
from abono.kernel.ids import uuid7
from abono.platform import clock
from tests.answered import answered
from tests.domain.metering.world import rows
from tests.entrypoints.meter.client import Program, Tenant, program


def refused() -> dict[tuple[str, str], int]:
    """Events of the last hour by operation and reason."""
    found = minutes.refused(now=clock.now())
    assert all(one.last_hour == one.last_day for one in found)
    return {(one.operation, one.code): one.last_hour for one in found}


def granted() -> dict[str, int]:
    sums: dict[str, int] = {}
    for one in minutes.granted(since=clock.now() - timedelta(hours=1)):
        sums[one.operation] = sums.get(one.operation, 0) + one.events
    return sums


@pytest.mark.rule("LIM-2")
def test_answers_are_written_when_the_process_stops(padaria: Tenant):
    with program() as api:
        api.key = padaria.key
        odd = padaria.sms("x") | {"channel": "telex"}
        api.post("/v1/holds", {"sends": [padaria.sms(str(n)) for n in range(5)] + [odd, odd]})
        api.post("/v1/holds", padaria.sms("one"))
        api.post("/v1/settlements", {"settlements": [padaria.settlement("0"), padaria.settlement("never")]})
        api.post("/v1/settlements", {"settlements": []})  # refused whole
        assert (granted(), refused()) == ({}, {})  # nothing is written on the way of a request
    assert granted() == {"holds": 6, "settlements": 1}
    assert refused() == {
        ("holds", "no_price"): 2,
        ("settlements", "no_send"): 1,
        ("requests", "invalid"): 1,
    }


def test_processes_add_up_in_rows_of_their_own(padaria: Tenant):
    for name in ("a", "b"):
        with program() as api:
            api.key = padaria.key
            api.post("/v1/holds", padaria.sms(name))
    assert rows("metering_minute") == 2
    assert granted() == {"holds": 2}


def test_what_could_not_be_written_is_written_next_time(padaria: Tenant):
    with program() as api:
        api.key = padaria.key
        api.post("/v1/holds", padaria.sms("a"))
        with away("metering_minute"):
            assert app._engine is not None
            api.run(app._engine.counts._write())
        api.post("/v1/holds", padaria.sms("b"))
    assert granted() == {"holds": 2}


@contextmanager
def away(table: str) -> Iterator[None]:
    """While it runs there is no such table."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO away")
        try:
            yield
        finally:
            cursor.execute(f"ALTER TABLE away RENAME TO {table}")


def test_a_process_adds_to_its_row(db: None):
    process, at = uuid7(), clock.now()
    for events in (3, 4):
        answered({("holds", minutes.GRANTED): events}, at=at, process=process)
    assert rows("metering_minute") == 1
    assert granted() == {"holds": 7}


def test_an_hour_and_a_day_are_told_apart(db: None):
    now = clock.now()
    for hours, events in ((0, 1), (2, 10), (25, 100)):
        at = now - timedelta(hours=hours)
        answered({("holds", "no_price"): events}, at=at)
    assert minutes.refused(now=now) == [minutes.Refused("holds", "no_price", 1, 11)]


def test_what_is_older_than_two_days_is_forgotten(db: None):
    now = clock.now()
    for hours in (1, 47, 49):
        at = now - timedelta(hours=hours)
        answered({("holds", minutes.GRANTED): 1}, at=at)
    assert minutes.forget_old(now=now) == 1
    assert rows("metering_minute") == 2


def test_the_oldest_open_hold_is_found(world, padaria: Tenant, api: Program):
    assert minutes.oldest_open_hold(now=clock.now()) is None
    api.post("/v1/holds", {"sends": [padaria.sms("a"), padaria.sms("b")]})
    api.post("/v1/settlements", padaria.settlement("a"))
    found = minutes.oldest_open_hold(now=clock.now())
    assert found is not None
    assert found.contract_id == padaria.contract_id
    assert clock.now() - found.held_at < timedelta(minutes=1)
    api.post("/v1/settlements", padaria.settlement("b", "rejected"))
    assert minutes.oldest_open_hold(now=clock.now()) is None


def test_what_is_settled_is_not_looked_at_again(world, padaria: Tenant, api: Program):
    now = clock.now()
    api.post("/v1/holds", {"sends": [padaria.sms("a"), padaria.sms("b")]})
    api.post("/v1/settlements", padaria.settlement("a"))
    before = minutes.oldest_open_hold(now=now + timedelta(hours=1))
    minutes.note_oldest_open_hold(now=now + timedelta(hours=1))
    assert minutes.oldest_open_hold(now=now + timedelta(hours=1)) == before  # it stays in sight
    api.post("/v1/settlements", padaria.settlement("b"))
    minutes.note_oldest_open_hold(now=now + timedelta(seconds=30))
    api.post("/v1/holds", padaria.sms("c"))  # as one that was stored a moment later than its moment
    assert minutes.oldest_open_hold(now=now + timedelta(hours=1)) is not None
