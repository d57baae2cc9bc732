"""What the fixed fees of a cycle pay for: the cycle, and for a plan that is sold by the year the paid year (CAT-10); of what begins
restricted the days from the release on (END-5).

A year is twelve cycles, counted from the first of those in a row that are sold by the year. That follows from the terms of a
contract and from nothing else, so that whatever comes late, is withdrawn or undone puts itself right.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from abono.domain.contracts.models import Contract
from abono.domain.contracts.types import YEAR, ContractInfo
from abono.flows.charges.cycles import cycle_of, number_at
from abono.flows.charges.months import First, month_of, share_of
from abono.flows.charges.served import left_from, plan_waits, served_from
from abono.kernel.periods import Period, cycle_start
from abono.kernel.proration import NOTHING, WHOLE, Days, days_left, seconds_left

CYCLES = 12
"""Of a year."""
_JUST = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Part:
    """What a fee pays for, and of which whole month or year that is a part; all of it, but where a contract begins within a
    calendar month (INV-2), or the period restricted (END-5). The share of what is never served is nothing.

    since   the beginning of the cycle with which it is billed, where that is another moment
    """

    period: Period
    whole: Period
    share: Days = WHOLE
    since: datetime | None = None

    @property
    def begins(self) -> datetime:
        """When the cycle begins with which it is billed."""
        return self.since or self.period.start

    def rest(self, since: datetime) -> Period:
        """What a change at a moment finds of it."""
        return Period(max(since, self.period.start), self.period.end)

    def left(self, since: datetime, zone: str, unit: str) -> Days:
        """What a change at a moment finds left of it, by `day` or `second`; `none`: nothing."""
        if unit == "none" or not self.share.left:
            return NOTHING
        since = max(since, self.period.start)
        return seconds_left(self.whole, since) if unit == "second" else days_left(self.whole, since, zone)


@dataclass(frozen=True, slots=True)
class PaidFor:
    """What the fees of a cycle pay for.

    package   by its fee
    monthly   by the fees of licences, and of the plan where that is sold by the month
    plan      by the fee of the plan: the same, or the year in which the cycle lies
    year      paid for before, and not over when the cycle begins, whatever the plan is sold by now
    left      how many of its twelve months are left then
    """

    cycle: Period
    package: Part
    monthly: Part
    plan: Part
    year: Part | None = None
    left: int = 0

    @property
    def plan_begins(self) -> bool:
        """Whether the fee of the plan is billed with this cycle."""
        return self.plan.begins == self.cycle.start


def in_full(monthly: Part, plan: Part) -> PaidFor:
    """Of a cycle that is served from its beginning on."""
    return PaidFor(monthly.period, monthly, monthly, plan)


def paid_for(contract: Contract, cycle: Period, interval: str | None = None) -> PaidFor:
    """Of a cycle of a contract that has begun, by what is known now.

    interval   by which its plan is sold in it, if that is to be another than its terms say
    """
    number = number_at(contract, cycle.start)
    passed = _passed(contract, cycle.start, number)
    package, monthly = _month(contract, cycle)
    by_year = (interval or contract.at(cycle.start).interval) == YEAR and not contract.in_trial(cycle)
    year = _year(contract, number - passed) if passed or by_year else None
    plan = year if year is not None and by_year else monthly
    if year is None or not passed or not year.share.left or year.begins >= cycle.start:
        return PaidFor(cycle, package, monthly, plan)
    return PaidFor(cycle, package, monthly, plan, year, CYCLES - passed)


def _month(contract: Contract, cycle: Period) -> tuple[Part, Part]:
    """What the package's fee and the others pay for."""
    month = month_of(contract, cycle)
    whole = Part(cycle, month, share_of(contract, cycle))
    since = served_from(contract, cycle)
    if since == cycle.start:
        return whole, whole
    served = Part(_from(since, cycle), month, left_from(contract, month, since), cycle.start)
    return served, served if plan_waits(contract, cycle) else whole


def _from(since: datetime | None, period: Period) -> Period:
    return period if since is None else Period(since, period.end)


def paid_until(info: ContractInfo) -> datetime | None:
    """The end of the paid year in which a contract is; None for one that has none."""
    if info.interval != YEAR or info.cycle_start is None:
        return None
    contract = Contract.objects.select_related("customer").get(id=info.id)
    assert contract.cycle is not None
    pays = paid_for(contract, contract.cycle)
    return None if pays.plan == pays.monthly else pays.plan.period.end


def first_paid_for(interval: str, first: First, zone: str) -> PaidFor:
    """Of the first cycle of a contract."""
    month, following = (cycle_start(first.counted_from, number, zone) for number in (0, 1))
    monthly = Part(first.cycle, Period(month, following), first.share)
    if interval != YEAR:
        return in_full(monthly, monthly)
    end = cycle_start(first.counted_from, CYCLES, zone)
    return in_full(monthly, _part(Period(first.cycle.start, end), Period(month, end), zone))


def every_month(pays: PaidFor) -> PaidFor:
    """Of a whole cycle in which no year begins: what comes again each month."""
    monthly = Part(pays.cycle, pays.cycle)
    if pays.plan == pays.monthly:
        return in_full(monthly, monthly)
    earlier = Period(pays.cycle.start - _JUST, pays.cycle.end)
    return in_full(monthly, Part(earlier, earlier))


def just_before(cycle: Period) -> datetime:
    """The last moment before a cycle."""
    return cycle.start - _JUST


def _year(contract: Contract, number: int) -> Part:
    """Of twelve cycles; what begins restricted is billed with that of them in which it is released."""
    begins = cycle_of(contract, number)
    year = Period(begins.start, cycle_of(contract, number + CYCLES).start)
    whole = Period(month_of(contract, begins).start, year.end)
    since = served_from(contract, year)
    if since == year.start or not plan_waits(contract, year):
        return _part(year, whole, contract.customer.time_zone)
    billed = None
    if since is not None:
        while begins.end <= since:
            number += 1
            begins = cycle_of(contract, number)
        billed = begins.start
    return Part(_from(since, year), whole, left_from(contract, whole, since), billed)


def _part(period: Period, whole: Period, zone: str) -> Part:
    return Part(period, whole, WHOLE if period == whole else days_left(whole, period.start, zone))


def is_within_year(contract: Contract, start: datetime) -> bool:
    """Whether a year that is paid for goes on when a cycle begins."""
    return _passed(contract, start, number_at(contract, start)) > 0


def _passed(contract: Contract, start: datetime, number: int) -> int:
    """How many cycles of a paid year are over when a cycle begins; 0 where none is paid for then."""
    first = 0 if contract.trial_until is None else 1  # with fees
    if number <= first or contract.at(start - _JUST).interval != YEAR:
        return 0
    began = first
    for moment in sorted({one.begins_at for one in contract.timeline if one.begins_at is not None}):
        if moment < start and contract.at(moment - _JUST).interval != YEAR:
            began = max(number_at(contract, moment), first)
    return (number - began) % CYCLES
