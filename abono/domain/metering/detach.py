"""Months of entries that are old go, with everything that is known of them kept (docs/growth.md)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial

from django.db import connection

from abono.domain.metering.check import differences
from abono.domain.metering.partitions import (
    ONE_AT_A_TIME,
    OTHER,
    TABLES,
    execute,
    one,
    partition_name,
    partitions,
    patiently,
)
from abono.domain.metering.rollup_check import ROLLUP_DIFFERENCES
from abono.kernel.periods import add_months

KEPT = 24  # whole months before the present one


@dataclass(frozen=True, slots=True)
class Detached:
    """What became of a month that is old enough. `why_not` is None when it was detached; then `tables` are its."""

    month: date
    tables: tuple[str, ...]
    why_not: str | None


def detach_old(*, now: datetime, kept: int = KEPT) -> list[Detached]:
    """Detach the months that are older than `kept` whole ones, the oldest first.

    A month goes only when everything in it is added up for good: its sends ended, their cycles are over and as old,
    and the roll-ups of these are proven (rollup_check). Its tables stay, renamed to `…_detached`; nothing reads them.
    """
    this = now.astimezone(UTC).date().replace(day=1)
    old = [p.month for p in partitions() if p.month is not None and p.month < add_months(this, -kept)]
    months = sorted({month for month in old if old.count(month) == len(TABLES)})
    young = datetime.combine(add_months(this, min(2 - kept, 0)), datetime.min.time(), UTC)
    found = []
    for month in months:
        names = tuple(partition_name(table, month) for table in TABLES)
        why_not, sends = _why_not(names, young=min(young, now))
        if why_not is None and not patiently(partial(_detach, names, sends)):
            why_not = "busy, or a send came in with an id of that month: try again"
        done = why_not is None
        found.append(Detached(month, tuple(f"{name}_detached" for name in names) if done else (), why_not))
    return found


def _why_not(names: tuple[str, ...], *, young: datetime) -> tuple[str | None, int]:
    """What speaks against detaching, and how many sends were looked at."""
    sends, settlements = names
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(t.outcome), count(c.contract_id) FILTER (WHERE c.cycle_end > %s),"  # noqa: S608
            " count(*) FILTER (WHERE b.rolled_id IS DISTINCT FROM %s),"
            " count(*) FILTER (WHERE a.send_id IS NOT NULL)"
            f" FROM {sends} s LEFT JOIN {settlements} t USING (contract_id, send_id)"
            " LEFT JOIN metering_cycle c USING (contract_id, cycle_start)"
            " LEFT JOIN metering_use_border b USING (contract_id, cycle_start)"
            " LEFT JOIN metering_use_apart a USING (contract_id, cycle_start, send_id)",
            [young, OTHER],
        )
        count, ended, recent, not_rolled, apart = cursor.fetchone()
    for number, why in (
        (count - ended, "sends are open"),
        (recent, "sends with an id of that month belong to later cycles"),
        (not_rolled + apart, "sends are not added up for good: abono rollups roll"),
    ):
        if number:
            return f"{number} {why}", count
    wrong = next(iter(differences((ROLLUP_DIFFERENCES,))), None)
    return (None if wrong is None else f"a roll-up is wrong: {wrong}"), count


def _detach(names: tuple[str, ...], expected: int) -> bool:
    """Both partitions of a month. False when it has other rows than were looked at."""
    sends, _settlements = names
    execute(ONE_AT_A_TIME)
    execute(f"LOCK TABLE {sends} IN SHARE MODE")  # entries only grow: the same number is the same rows
    if one(f"SELECT count(*) FROM {sends}") != expected:  # noqa: S608
        return False
    execute(
        "UPDATE metering_use_border b SET detached = true FROM"  # noqa: S608
        f" (SELECT DISTINCT contract_id, cycle_start FROM {sends}) s"
        " WHERE b.contract_id = s.contract_id AND b.cycle_start = s.cycle_start"
    )
    for table, name in zip(TABLES, names, strict=True):
        execute(f"ALTER TABLE {table} DETACH PARTITION {name}")
        execute(f"ALTER TABLE {name} RENAME TO {name}_detached")
    return True
