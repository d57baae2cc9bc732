"""Entries by month: partitions are made ahead, and detached when they are old (detach, docs/growth.md).

A UUIDv7 says when it was made; its send and settlement lie in the partition of that month, in UTC. Ids that are
no UUIDv7 lie in `…_other`, those of months without a partition in `…_default`.
Each change is a short transaction that gives way: callers wait for it no longer than `PATIENCE_MS`.
"""

from __future__ import annotations

import logging
import random
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import IntegrityError, OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

from abono.kernel.periods import add_months

AHEAD = 3  # months beyond the present one
TABLES = ("metering_send", "metering_settlement")
PATIENCE_MS = 200
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('abono:partitions'))"
OTHER = UUID("ff000000-0000-0000-0000-000000000000")  # the lowest id that is no UUIDv7 (kernel.ids.event_key)
_TRIES = 25
_SMALL_PAGES = 8_192  # 64 MB: so much of a default partition is searched while callers wait

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Partition:
    """One partition of one table. `month` is its first day, None for `default` and `other`; sizes as last analysed."""

    table: str
    name: str
    month: date | None
    bytes: int
    rows: int


def first_id(moment: datetime | date) -> UUID:
    """The lowest UUIDv7 of a millisecond; of a date, that of its first one in UTC."""
    at = (
        moment
        if isinstance(moment, datetime)
        else datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    )
    milliseconds = round((at - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000)
    return UUID(int=max(milliseconds, 0) << 80)


def partitions() -> list[Partition]:
    """What is attached, by table and name."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.relname, c.relname, pg_total_relation_size(c.oid), greatest(c.reltuples, 0)::bigint"
            " FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE p.oid = ANY (%s::regclass[]) ORDER BY 1, 2",
            [list(TABLES)],
        )
        return [
            Partition(table, name, _month(name), size, rows) for table, name, size, rows in cursor.fetchall()
        ]


def create_ahead(*, now: datetime, ahead: int = AHEAD) -> list[str]:
    """Make the partitions of this month and of `ahead` more where they lack. Returns the names of new ones.

    A month of which a default partition has rows already is left to it. Several at once do no harm.
    """
    made = []
    there = {partition.name for partition in partitions()}
    today = now.astimezone(UTC).date()
    for months in range(ahead + 1):
        month = add_months(today.replace(day=1), months)
        lacking = [table for table in TABLES if partition_name(table, month) not in there]
        if not lacking:
            continue
        if not any(_big(f"{table}_default") for table in lacking):
            done = patiently(partial(_create, lacking, month))
        else:
            done = today + timedelta(days=1) < month and _create_beside_many(lacking, month)
        made += [partition_name(table, month) for table in lacking] if done else []
    return made


def partition_name(table: str, month: date) -> str:
    return f"{table}_p{month:%Y%m}"


def _create(tables: list[str], month: date) -> bool:
    """Those of one month, or none: it is there already, or a default partition has rows of it."""
    execute(ONE_AT_A_TIME)
    low, high = _bounds(month)
    try:
        with transaction.atomic():
            for table in tables:
                name = partition_name(table, month)
                if one("SELECT to_regclass(%s) IS NOT NULL", name):
                    return False
                execute(f"CREATE TABLE {name} (LIKE {table} INCLUDING ALL)")
                execute(
                    f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM (%s) TO (%s)", low, high
                )
    except IntegrityError:
        log.warning("no partitions for %s: the default ones have rows of it, and keep them", month)
        return False
    return True


def _create_beside_many(tables: list[str], month: date) -> bool:
    """The same where a default partition is big: it is searched while callers go on, not while they wait.

    A constraint says that it has no such rows. Until the end of this an id of that future month, which no right
    clock gives, is refused by it; the caller asks again.
    """
    low, high = _bounds(month)
    lacks = f"lacks_{month:%Y%m}"
    add: list[tuple[str, ...]] = [
        (
            f"ALTER TABLE {table}_default ADD CONSTRAINT {lacks} CHECK (send_id < %s OR send_id >= %s) NOT VALID",
            low,
            high,
        )
        for table in tables
    ]
    drop: list[tuple[str, ...]] = [
        (f"ALTER TABLE {table}_default DROP CONSTRAINT IF EXISTS {lacks}",) for table in tables
    ]
    if not patiently(partial(_all, drop + add)):
        return False
    try:
        try:
            with transaction.atomic():
                for table in tables:
                    execute(f"ALTER TABLE {table}_default VALIDATE CONSTRAINT {lacks}")
        except IntegrityError:
            log.warning("no partitions for %s: the default ones have rows of it, and keep them", month)
            return False
        return patiently(partial(_create, tables, month))
    finally:
        patiently(partial(_all, drop))


def patiently(act: Callable[[], bool]) -> bool:
    """Do it in a transaction that waits for no lock longer than callers should wait behind it; try again if it must."""
    for _ in range(_TRIES):
        try:
            with transaction.atomic():
                execute(f"SET LOCAL lock_timeout = {PATIENCE_MS}")
                return act()
        except OperationalError as error:
            if not isinstance(error.__cause__, LockNotAvailable):
                raise
            time.sleep(random.uniform(0.1, 0.4))  # noqa: S311 - callers go first
    return False


def _all(statements: Sequence[tuple[str, ...]]) -> bool:
    for statement, *arguments in statements:
        execute(statement, *arguments)
    return True


def _bounds(month: date) -> tuple[str, str]:
    return str(first_id(month)), str(first_id(add_months(month, 1)))


def _big(name: str) -> bool:
    return bool(one("SELECT relpages > %s FROM pg_class WHERE oid = %s::regclass", _SMALL_PAGES, name))


def _month(name: str) -> date | None:
    found = re.search(r"_p(\d{4})(\d{2})$", name)
    return date(int(found[1]), int(found[2]), 1) if found else None


def execute(statement: str, *arguments: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments or None)


def one(statement: str, *arguments: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments or None)
        return cursor.fetchone()[0]
