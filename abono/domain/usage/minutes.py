"""What callers were answered, per minute and reason: for the seller to look at, never to bill from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from abono.domain.settings import queries as settings
from abono.domain.settings.known import HOLD_LASTS
from abono.platform.postgres import citus
from abono.platform.use_case import use_case

KEPT = timedelta(hours=48)
_MINUTE, _QUARTER = timedelta(minutes=1), timedelta(minutes=15)
GRANTED = ""  # the code of what was not refused
REQUESTS = "requests"  # the operation of requests that were refused whole

# Nobody waits for the disk for it: a crash may lose the last moment of these figures, and of nothing else.
ADD = (
    "INSERT INTO metering_minute AS m (minute, process, operation, code, events)"
    " SELECT date_trunc('minute', %s::timestamptz), %s, u.operation, u.code, u.events"
    " FROM unnest(%s::text[], %s::text[], %s::bigint[]) u (operation, code, events)"
    " WHERE set_config('synchronous_commit', 'off', true) IS NOT NULL"
    " ON CONFLICT (minute, process, operation, code) DO UPDATE SET events = m.events + excluded.events"
)

type Counts = Mapping[tuple[str, str], int]  # events by operation and code


@dataclass(frozen=True, slots=True)
class Minute:
    """Events of one operation in one minute that were granted."""

    minute: datetime
    operation: str
    events: int


@dataclass(frozen=True, slots=True)
class Refused:
    """How often something was refused for one reason, since the last hour began and since the last day did."""

    operation: str
    code: str
    last_hour: int
    last_day: int


def arguments(*, process: UUID, counts: Counts, at: datetime) -> list[Any]:
    """Those of ADD. `counts` are above 0."""
    operations, codes = zip(*counts, strict=True)
    return [at, process, list(operations), list(codes), list(counts.values())]


@use_case
def add(counts: Counts, *, process: UUID, at: datetime) -> None:
    """Add to the sums of the minute that it is; a process that counts in memory has ADD done by its own connection."""
    with connection.cursor() as cursor:
        cursor.execute(ADD, arguments(process=process, counts=counts, at=at))


@use_case
def forget_old(*, now: datetime) -> int:
    """Drop what is older than 48 hours. Returns how many rows there were."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM metering_minute WHERE minute < %s", [now - KEPT])
        return int(cursor.rowcount)


def granted(*, since: datetime) -> list[Minute]:
    """Events that were granted, per minute and operation, oldest first."""
    return [
        Minute(*row)
        for row in _rows(
            "SELECT minute, operation, sum(events)::bigint FROM metering_minute"
            " WHERE minute >= %s AND code = %s GROUP BY 1, 2 ORDER BY 1, 2",
            [since, GRANTED],
        )
    ]


def refused(*, now: datetime) -> list[Refused]:
    """What was refused in the last day, the most frequent reason first."""
    return [
        Refused(*row)
        for row in _rows(
            "SELECT operation, code, coalesce(sum(events) FILTER (WHERE minute > %s), 0)::bigint, sum(events)::bigint"
            " FROM metering_minute WHERE minute > %s AND code <> %s GROUP BY 1, 2 ORDER BY 4 DESC, 1, 2",
            [now - timedelta(hours=1), now - timedelta(days=1), GRANTED],
        )
    ]


@dataclass(frozen=True, slots=True)
class OpenHold:
    """A send that nobody has settled."""

    contract_id: UUID
    held_at: datetime


def oldest_open_hold(*, now: datetime) -> OpenHold | None:
    """The send that waits longest for its settlement, of those held so lately that it may; earlier ones are swept.

    Looks quarter by quarter of an hour, from where `note_oldest_open_hold` last found everything settled, and stops
    at the first that it finds.
    """
    since = now - settings.snapshot().value(HOLD_LASTS, at=now) - _QUARTER
    if citus.distributed():  # which plans no such loop in one statement
        return _oldest_quarter_by_quarter(since, now)
    rows = _rows(
        "SELECT f.contract_id, f.held_at FROM generate_series("
        "greatest(%s::timestamptz, (SELECT swept_to FROM metering_sweep WHERE name = 'settled')), %s::timestamptz, %s) w"
        " CROSS JOIN LATERAL ("
        "SELECT s.contract_id, s.held_at FROM metering_send s"
        " WHERE s.held_at >= w AND s.held_at < w + %s AND s.held_at <= %s AND NOT EXISTS ("
        "SELECT FROM metering_settlement t WHERE t.contract_id = s.contract_id AND t.send_id = s.send_id)"
        " ORDER BY s.held_at LIMIT 1) f LIMIT 1",
        [since, now, _QUARTER, _QUARTER, now],
    )
    return OpenHold(*rows[0]) if rows else None


def _oldest_quarter_by_quarter(since: datetime, now: datetime) -> OpenHold | None:
    noted = _rows("SELECT swept_to FROM metering_sweep WHERE name = 'settled'", [])
    at = max(since, noted[0][0]) if noted else since
    while at <= now:
        rows = _rows(
            "SELECT s.contract_id, s.held_at FROM metering_send s"
            " WHERE s.held_at >= %s AND s.held_at < %s AND s.held_at <= %s AND NOT EXISTS ("
            "SELECT FROM metering_settlement t WHERE t.contract_id = s.contract_id AND t.send_id = s.send_id)"
            " ORDER BY s.held_at LIMIT 1",
            [at, at + _QUARTER, now],
        )
        if rows:
            return OpenHold(*rows[0])
        at += _QUARTER
    return None


@use_case
def note_oldest_open_hold(*, now: datetime) -> None:
    """Note up to which moment every send is settled: none of them opens again, so that nobody looks there twice.

    A hold is stored moments after the moment that it bears: the last minute is never noted.
    """
    found = oldest_open_hold(now=now)
    settled = min(now if found is None else found.held_at, now - _MINUTE)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO metering_sweep AS w (name, swept_to) VALUES ('settled', %s)"
            " ON CONFLICT (name) DO UPDATE SET swept_to = greatest(w.swept_to, excluded.swept_to)",
            [settled],
        )


def _rows(statement: str, arguments: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        return list(cursor.fetchall())
