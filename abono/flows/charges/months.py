"""The month of which a cycle is a part: all of it, but for the first cycle of a contract whose cycles begin with the calendar
month (INV-2). That one has a share of the fees, and of what plan and package give, by its days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from abono.domain.contracts.models import Contract
from abono.domain.settings import queries as settings
from abono.domain.settings.known import CYCLE_BEGINS, FEES_BILLED
from abono.domain.settings.trials import TRIAL_DAYS, TRIAL_SENDS, TRIAL_SENDS_PERCENT
from abono.domain.settings.types import Whose
from abono.kernel.periods import Period, boundary_day, cycle, cycle_start, day_start
from abono.kernel.proration import Days, part_of_month


@dataclass(frozen=True, slots=True)
class Trial:
    """Days whose fees nobody pays, before the day `until` (INV-10). Who bears the sends, and how many percent of the package
    where it is the seller, the settings say."""

    days: int
    until: date
    sends: str
    percent: int

    @property
    def last(self) -> date:
        return self.until - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class First:
    """The first cycle of a contract that has fees, what part of a month it is, the day from which all cycles are counted,
    whether its fees are billed ahead (INV-1), and the trial before it."""

    counted_from: date
    cycle: Period
    share: Days
    ahead: bool
    trial: Trial | None


def first_cycle(day: date, zone: str, *, whose: Whose, at: datetime, tried: bool = False) -> First:
    """Of a contract that begins on a local day, by the settings as they are at a moment.

    tried   it may have a trial before
    """
    begins, billed, days, sends, percent = settings.values(
        CYCLE_BEGINS, FEES_BILLED, TRIAL_DAYS, TRIAL_SENDS, TRIAL_SENDS_PERCENT, whose=whose, at=at
    )
    trial = None
    if tried and days:
        day += timedelta(days=days)
        trial = Trial(days, day, sends, percent)
    counted_from = day.replace(day=1) if begins == "month" else day
    month = cycle(counted_from, 0, zone)
    first = Period(day_start(day, zone), month.end)
    return First(counted_from, first, part_of_month(first, month, zone), billed == "ahead", trial)


def month_of(contract: Contract, period: Period) -> Period:
    """The whole month of which a cycle of a contract is what is left."""
    anchor, first, zone = contract.anchor, contract.fees_from, contract.customer.time_zone
    if anchor is None or anchor == first or boundary_day(period.start, zone) != first:
        return period
    return Period(cycle_start(anchor, 0, zone), period.end)


def share_of(contract: Contract, period: Period) -> Days:
    """What part of its month a cycle is, by days."""
    return part_of_month(period, month_of(contract, period), contract.customer.time_zone)
