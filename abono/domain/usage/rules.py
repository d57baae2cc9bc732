"""When the package of a cycle ends, if it goes on as until now, and what was used beyond it. Needs no database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from itertools import groupby

from abono.domain.catalog.types import RouteKey
from abono.domain.usage.types import TimedUse
from abono.kernel.periods import Period
from abono.kernel.rating import apportion

PACE_AFTER = timedelta(days=2)  # earlier, a pace says nothing
_MOMENT = timedelta(microseconds=1)


class Course(Enum):
    """How a package goes."""

    PASSED = "passed"  # it is used up already
    ENDS = "ends"  # it will be before the cycle is over
    LASTS = "lasts"  # it is enough to the end of the cycle


@dataclass(frozen=True, slots=True)
class Pace:
    """`at` is when the package was passed or will be; None when it lasts, or when nobody knows when it was."""

    course: Course
    at: datetime | None


def pace(
    *,
    total_micro: int,
    value_micro: int,
    cycle: Period,
    now: datetime,
    passed_at: datetime | None = None,
    after: timedelta = PACE_AFTER,
) -> Pace | None:
    """The course of a package at the pace of its cycle so far.

    None when there is nothing to go by: no package or no use, a cycle that has not begun or is over, or one that
    is younger than `after` and not used up.

    total_micro   held and used so far, in millionths
    passed_at     when the whole package was reached, where that is known (LIM-3)
    """
    if value_micro <= 0 or total_micro <= 0 or now not in cycle:
        return None
    if total_micro >= value_micro:
        return Pace(Course.PASSED, passed_at)
    elapsed = now - cycle.start
    if elapsed < after or not elapsed:
        return None
    needed = -(-(elapsed // _MOMENT) * value_micro // total_micro)  # rounded up: not before the last of it
    if needed >= (cycle.end - cycle.start) // _MOMENT:
        return Pace(Course.LASTS, None)
    return Pace(Course.ENDS, cycle.start + timedelta(microseconds=needed))


def total_at_end(
    *, total_micro: int, cycle: Period, now: datetime, after: timedelta = PACE_AFTER
) -> int | None:
    """What will be held and used when the cycle ends, in millionths, rounded down; None when nothing says so."""
    elapsed = now - cycle.start
    if total_micro <= 0 or now not in cycle or elapsed < after or not elapsed:
        return None
    return total_micro * ((cycle.end - cycle.start) // _MOMENT) // (elapsed // _MOMENT)


def within(uses: Iterable[TimedUse], *, since_micro: int, until_micro: int) -> dict[RouteKey, int]:
    """Per route, what of the use lies from `since_micro` to `until_micro` of the sum of all, in millionths (FIN-4).

    uses   in the order of time: a package pays for what was sent first. The quarter of an hour in which a border
           lies is shared by its routes as they used it.
    """
    found: dict[RouteKey, int] = {}
    before = 0
    for _at, group in groupby(uses, key=lambda use: use.at):
        quarter = list(group)
        amounts = [use.sent_micro for use in quarter]
        after = before + sum(amounts)
        inside = min(after, until_micro) - max(before, since_micro)
        if inside > 0:
            for use, part in zip(quarter, apportion(inside, amounts), strict=True):
                found[use.route] = found.get(use.route, 0) + part
        before = after
    return {route: part for route, part in found.items() if part}
