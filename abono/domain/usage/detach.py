"""Months of entries that are old go, with everything that is known of them kept (docs/growth.md)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db import connection

from abono.domain.metering.check import differences
from abono.domain.metering.layout import ENTRIES
from abono.domain.usage.check import DIFFERENCES
from abono.kernel.ids import HASHED
from abono.kernel.periods import add_months
from abono.platform.postgres import partitions

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
    and the roll-ups of these are proven (check). Its tables stay, renamed to `…_detached`; nothing reads them.
    """
    this = now.astimezone(UTC).date().replace(day=1)
    old = [p.month for p in partitions.partitions(ENTRIES) if p.month and p.month < add_months(this, -kept)]
    months = sorted({month for month in old if old.count(month) == len(ENTRIES.tables)})
    young = datetime.combine(add_months(this, min(2 - kept, 0)), datetime.min.time(), UTC)
    found = []
    for month in months:
        why_not, sends = _why_not(month, young=min(young, now))
        tables: tuple[str, ...] = ()
        if why_not is None:
            tables = partitions.detach(ENTRIES, month, rows=sends, before=_note_detached)
            why_not = None if tables else "busy, or a send came in with an id of that month: try again"
        found.append(Detached(month, tables, why_not))
    return found


def _why_not(month: date, *, young: datetime) -> tuple[str | None, int]:
    """What speaks against detaching, and how many sends were looked at."""
    sends, settlements = (partitions.partition_name(table, month) for table in ENTRIES.tables)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(t.outcome), count(c.contract_id) FILTER (WHERE c.cycle_end > %s),"  # noqa: S608
            " count(*) FILTER (WHERE b.rolled_id IS DISTINCT FROM %s AND s.cycle_start > '-infinity'),"
            " count(*) FILTER (WHERE a.send_id IS NOT NULL)"
            f" FROM {sends} s LEFT JOIN {settlements} t USING (contract_id, send_id)"
            " LEFT JOIN metering_cycle c USING (contract_id, cycle_start)"
            " LEFT JOIN metering_use_border b USING (contract_id, cycle_start)"
            " LEFT JOIN metering_use_apart a USING (contract_id, cycle_start, send_id)",
            [young, HASHED],
        )
        count, ended, recent, not_rolled, apart = cursor.fetchone()
    for number, why in (
        (count - ended, "sends are open"),
        (recent, "sends with an id of that month belong to later cycles"),
        (not_rolled + apart, "sends are not added up for good: abono rollups roll"),
    ):
        if number:
            return f"{number} {why}", count
    wrong = next(iter(differences((DIFFERENCES,))), None)
    return (None if wrong is None else f"a roll-up is wrong: {wrong}"), count


def _note_detached(sends: str) -> None:
    """Their cycles have entries that are in no attached partition any more."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE metering_use_border b SET detached = true FROM"  # noqa: S608
            f" (SELECT DISTINCT contract_id, cycle_start FROM {sends}) s"
            " WHERE b.contract_id = s.contract_id AND b.cycle_start = s.cycle_start"
        )
