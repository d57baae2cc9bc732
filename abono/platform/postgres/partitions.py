"""Tables by month: partitions are made ahead, and detached when they are old (docs/growth.md).

A UUIDv7 says when it was made; its rows lie in the partition of that month, in UTC. Keys that are no UUIDv7 lie in
`…_other`, those of months without a partition in `…_default`.
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

from django.db import IntegrityError, OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

from abono.kernel.ids import first_id
from abono.kernel.periods import add_months

AHEAD = 3  # months beyond the present one
PATIENCE_MS = 200
MAKE = "SELECT make_month_v1(%s::text[], %s::date)"
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('abono:partitions'))"
_TRIES = 25
_SMALL_PAGES = 8_192  # 64 MB: so much of a default partition is searched while callers wait

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Monthly:
    """Tables that are partitioned alike, by ranges of the same column; rows of them belong together."""

    tables: tuple[str, ...]
    key: str  # a uuid


@dataclass(frozen=True, slots=True)
class Partition:
    """One partition of one table. `month` is its first day, None for `default` and `other`; sizes as last analysed."""

    table: str
    name: str
    month: date | None
    bytes: int
    rows: int


def partitions(of: Monthly) -> list[Partition]:
    """What is attached, by table and name."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.relname, c.relname, pg_total_relation_size(c.oid), greatest(c.reltuples, 0)::bigint"
            " FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE p.oid = ANY (%s::regclass[]) ORDER BY 1, 2",
            [list(of.tables)],
        )
        return [
            Partition(table, name, _month(name), size, rows) for table, name, size, rows in cursor.fetchall()
        ]


def create_ahead(of: Monthly, *, now: datetime, ahead: int = AHEAD, make: str = MAKE) -> list[str]:
    """Make the partitions of this month and of `ahead` more where they lack. Returns the names of new ones.

    A month of which a default partition has rows already is left to it. Several at once do no harm.

    make   what is said for one month: `MAKE` as the owner, or a door that does it for who owns nothing. That is for small
           default partitions: beside many rows only the owner can.
    """
    made = []
    there = {partition.name for partition in partitions(of)}
    today = now.astimezone(UTC).date()
    for months in range(ahead + 1):
        month = add_months(today.replace(day=1), months)
        lacking = [table for table in of.tables if partition_name(table, month) not in there]
        if not lacking:
            continue
        if not any(_big(f"{table}_default") for table in lacking):
            done = _patiently(partial(_create, make, lacking, month))
        elif make != MAKE:
            log.error("no partitions for %s: abono partitions ahead makes them beside many rows", month)
            done = False
        else:
            done = today + timedelta(days=1) < month and _create_beside_many(lacking, of.key, month)
        made += [partition_name(table, month) for table in lacking] if done else []
    return made


def for_workers(of: Monthly) -> str:
    """What is said instead of MAKE by who owns no table, as a door (`doors`): of these tables alone, and no month that is far off.
    The clock is the server's, since the caller is not to be believed."""
    tables = ", ".join(f"'{table}'" for table in of.tables)
    return (
        f"SELECT CASE WHEN wanted.tables <@ ARRAY[{tables}] AND extract(day FROM wanted.month) = 1"  # noqa: S608 - names of ours
        " AND wanted.month BETWEEN now() - interval '40 days' AND now() + interval '5 years'"
        " THEN make_month_v1(wanted.tables, wanted.month) END"
        " FROM (SELECT %s::text[] AS tables, %s::date AS month) AS wanted"
    )


def partition_name(table: str, month: date) -> str:
    return f"{table}_p{month:%Y%m}"


def _create(statement: str, tables: list[str], month: date) -> bool:
    """Those of one month, or none: it is there already, or a default partition has rows of it."""
    _execute(_ONE_AT_A_TIME)
    try:
        with transaction.atomic():
            return bool(_one(statement, tables, month))
    except IntegrityError:
        log.warning("no partitions for %s: the default ones have rows of it, and keep them", month)
        return False


def _create_beside_many(tables: list[str], key: str, month: date) -> bool:
    """The same where a default partition is big: it is searched while callers go on, not while they wait.

    A constraint says that it has no such rows. Until the end of this an id of that future month, which no right
    clock gives, is refused by it; the caller asks again.
    """
    low, high = _bounds(month)
    lacks = f"lacks_{month:%Y%m}"
    add: list[tuple[str, ...]] = [
        (
            f"ALTER TABLE {table}_default ADD CONSTRAINT {lacks} CHECK ({key} < %s OR {key} >= %s) NOT VALID",
            low,
            high,
        )
        for table in tables
    ]
    drop: list[tuple[str, ...]] = [
        (f"ALTER TABLE {table}_default DROP CONSTRAINT IF EXISTS {lacks}",) for table in tables
    ]
    if not _patiently(partial(_all, drop + add)):
        return False
    try:
        try:
            with transaction.atomic():
                for table in tables:
                    _execute(f"ALTER TABLE {table}_default VALIDATE CONSTRAINT {lacks}")
        except IntegrityError:
            log.warning("no partitions for %s: the default ones have rows of it, and keep them", month)
            return False
        return _patiently(partial(_create, MAKE, tables, month))
    finally:
        _patiently(partial(_all, drop))


def detach(of: Monthly, month: date, *, rows: int, before: Callable[[str], None]) -> tuple[str, ...]:
    """Detach a month of all tables, and rename its partitions to `…_detached`. Returns their names: none when it was
    not done, because callers went first too often, or the first table has other rows than were looked at.

    rows     so many were looked at; they only grow: the same number is the same rows
    before   is called, in the transaction and while no row comes in, with the name of the first table's partition
    """
    names = [partition_name(table, month) for table in of.tables]

    def act() -> bool:
        _execute(_ONE_AT_A_TIME)
        _execute(f"LOCK TABLE {names[0]} IN SHARE MODE")
        if _one(f"SELECT count(*) FROM {names[0]}") != rows:  # noqa: S608
            return False
        before(names[0])
        for table, name in zip(of.tables, names, strict=True):
            _execute(f"ALTER TABLE {table} DETACH PARTITION {name}")
            _execute(f"ALTER TABLE {name} RENAME TO {name}_detached")
        return True

    return tuple(f"{name}_detached" for name in names) if _patiently(act) else ()


def _patiently(act: Callable[[], bool]) -> bool:
    """Do it in a transaction that waits for no lock longer than callers should wait behind it; try again if it must."""
    for _ in range(_TRIES):
        try:
            with transaction.atomic():
                _execute(f"SET LOCAL lock_timeout = {PATIENCE_MS}")
                return act()
        except OperationalError as error:
            if not isinstance(error.__cause__, LockNotAvailable):
                raise
            time.sleep(random.uniform(0.1, 0.4))  # noqa: S311 - callers go first
    return False


def _all(statements: Sequence[tuple[str, ...]]) -> bool:
    for statement, *arguments in statements:
        _execute(statement, *arguments)
    return True


def _bounds(month: date) -> tuple[str, str]:
    return str(first_id(month)), str(first_id(add_months(month, 1)))


def _big(name: str) -> bool:
    return bool(_one("SELECT relpages > %s FROM pg_class WHERE oid = %s::regclass", _SMALL_PAGES, name))


def _month(name: str) -> date | None:
    found = re.search(r"_p(\d{4})(\d{2})$", name)
    return date(int(found[1]), int(found[2]), 1) if found else None


def _execute(statement: str, *arguments: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments or None)


def _one(statement: str, *arguments: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments or None)
        return cursor.fetchone()[0]
