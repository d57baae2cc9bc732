"""Half-open periods (TIM-3), cycles counted from their anchor (TIM-4), and when a local day starts (TIM-5)."""

from __future__ import annotations

import calendar
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MOVED = timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class Period:
    """`[start, end)`: a boundary instant belongs to the period that it starts."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a period needs moments with a time zone")
        if not self.start < self.end:
            raise ValueError("a period ends after it starts")

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


def day_start(day: date, zone: str) -> datetime:
    """First instant of a local day, in UTC (TIM-5).

    Where midnight comes twice it is the earlier one; where it does not exist, the first moment after
    the gap. The database is never asked: PostgreSQL picks the later of two midnights.
    """
    local = ZoneInfo(zone)
    midnight = datetime.combine(day, time(), local)
    early, late = sorted(midnight.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if early.astimezone(local).date() == day:
        return early
    # Midnight falls in a gap, whose end lies between the two: read with the offset after it, midnight comes before
    # the gap, and read with that before it, as much after its end as it lay inside (Toronto, 31 March 1919: 30 minutes).
    while late - early > timedelta(seconds=1):
        middle = (early + (late - early) // 2).replace(microsecond=0)
        if middle.astimezone(local).date() < day:
            early = middle
        else:
            late = middle
    return late


def local_moment(day: date, at: time, zone: str) -> datetime:
    """When clocks of a zone show a time of a day, in UTC: where they show it twice the first, where never as long after the gap
    as it lies in it."""
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)


def local_date(moment: datetime, zone: str) -> date:
    """The calendar day on which a moment falls for people in a zone."""
    return moment.astimezone(ZoneInfo(zone)).date()


def boundary_day(boundary: datetime, zone: str) -> date:
    """The day that begins at a boundary of cycles: that of the midnight beside it.

    Where the zone's rules changed since the boundary was promised it lies a little before or after midnight (TIM-6),
    and is called by the same day as before. Nobody's rules change by more than MOVED at once, but at the date line.
    """
    return local_date(boundary + MOVED, zone)


def day_beside(moment: datetime, boundaries: Collection[datetime], zone: str) -> date:
    """The day on which a moment falls by the clock with which the nearest of some boundaries of cycles was promised:
    the day before a boundary ends there, whatever the zone's rules have become since (TIM-6)."""
    nearest = min(boundaries, key=lambda boundary: abs(boundary - moment))
    moved = nearest - day_start(boundary_day(nearest, zone), zone)
    return local_date(moment - moved, zone)


def last_date(end: datetime, zone: str) -> date:
    """The last local day of a period that ends, exclusively, at `end` (TIM-3): how people say when it ends."""
    return boundary_day(end, zone) - timedelta(days=1)


def ended_date(at: datetime, zone: str) -> date:
    """The last local day of what ended at a moment, which may lie within a day; at midnight that is the day before."""
    return local_date(at - timedelta(microseconds=1), zone)


def add_months(anchor: date, months: int) -> date:
    """The same day `months` later; a day that the month lacks becomes its last (31 January, 28 February)."""
    index = anchor.year * 12 + anchor.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(anchor.day, calendar.monthrange(year, month)[1]))


def cycle_start(anchor: date, number: int, zone: str) -> datetime:
    """When the n-th monthly cycle of a contract begins, counted from 0 and always from the anchor (INV-2, TIM-4).

    Day 31 becomes the month's last and returns to 31, because no day is derived from the one before. It is said
    once, when the cycle is opened, and stands whatever the zone's rules become (TIM-6).
    """
    return day_start(add_months(anchor, number), zone)


def cycle(anchor: date, number: int, zone: str) -> Period:
    """The n-th monthly cycle as the zone's rules are now."""
    return Period(cycle_start(anchor, number, zone), cycle_start(anchor, number + 1, zone))
