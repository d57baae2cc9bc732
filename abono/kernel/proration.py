"""Shares of a cycle by its local days, for money and for allowances (CHG-4, CHG-5; `docs/billing-arithmetic.md`).

One function says what is left of a fee on a day. A change takes off what is left of the old fee and adds what is left
of the new one, so that whatever comes in between adds up: two changes on a day cost what the direct one does, a change
and its way back nothing, and all of a cycle what each fee costs on its days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from abono.kernel.periods import Period, boundary_day, day_beside
from abono.kernel.rating import div_half_up

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Days:
    """`left` of the `of` local days of a cycle, the day of the change among those that are left."""

    left: int
    of: int

    def __post_init__(self) -> None:
        if not 0 <= self.left <= self.of or self.of < 1:
            raise ValueError(f"{self.left} of {self.of} days")


WHOLE = Days(1, 1)
NOTHING = Days(0, 1)


def granted_of(total: int, days: Days) -> int:
    """Interactions of a cycle that is a part of its month: the share of its days, rounded up (INV-2)."""
    return -(-total * days.left // days.of)


def days_left(cycle: Period, at: datetime, zone: str) -> Days:
    """The days of a cycle from that of a moment on. A moment outside counts as the nearest day inside: before the
    cycle all are left, from its end on none.

    Days are those by whose boundaries the cycle was promised, whatever the zone's rules became since (TIM-6).
    """
    first, end = boundary_day(cycle.start, zone), boundary_day(cycle.end, zone)
    day = end if at >= cycle.end else day_beside(max(at, cycle.start), (cycle.start, cycle.end), zone)
    return Days((end - day).days, (end - first).days)


def part_of_month(period: Period, month: Period, zone: str) -> Days:
    """The share of a cycle that is what is left of a month (INV-2): all of it where it is the month."""
    return WHOLE if period == month else days_left(month, period.start, zone)


def seconds_left(cycle: Period, at: datetime) -> Days:
    """The same in seconds, of which the one that has begun is used up."""
    whole, rest = cycle.end - cycle.start, cycle.end - min(max(at, cycle.start), cycle.end)
    return Days(rest // _SECOND, whole // _SECOND)


def left_of(fee_minor: int, days: Days) -> int:
    """What is left of a cycle's fee: its share of the days, half up; of a fee below zero as of its opposite."""
    return div_half_up(fee_minor * days.left, days.of)


def used_of(fee_minor: int, days: Days) -> int:
    """The rest of it: used and left together are always the fee."""
    return fee_minor - left_of(fee_minor, days)


def difference(before_minor: int, after_minor: int, days: Days) -> int:
    """What a change from one fee to another costs on a day; below zero it is owed to the customer."""
    return left_of(after_minor, days) - left_of(before_minor, days)


def cycle_price(fees: Sequence[tuple[int, int]], of: int) -> int:
    """What a cycle of `of` days costs under fees that follow each other: the specification of any list of changes.

    fees   (days that are left when the fee begins, fee of a whole cycle), the first of all days, in order

    Each fee costs what is left of it when it begins, less what is left of it when the next one does.
    """
    ends = [left for left, _fee in fees[1:]] + [0]
    return sum(
        left_of(fee, Days(begins, of)) - left_of(fee, Days(end, of))
        for (begins, fee), end in zip(fees, ends, strict=True)
    )


def allowance_after(total: int, before: int, after: int, days: Days) -> int:
    """Interactions of a cycle after a change of plan: what it had and the difference of the two allowances for the
    days that are left, rounded up (CHG-5). A step down takes the difference back, rounded the same way."""
    share = granted_of(abs(after - before), days)
    return total + share if after >= before else max(total - share, 0)
