"""What an index makes of the prices of one contract, and from when on (CAT-13)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from abono.domain.adjustments import rules
from abono.domain.adjustments.models import AdjustmentLine
from abono.domain.adjustments.states import Months, Part
from abono.domain.adjustments.types import NewLine, PartPrice
from abono.domain.contracts import arrangements
from abono.domain.contracts.models import Contract
from abono.domain.contracts.states import Arranged
from abono.domain.contracts.types import YEAR
from abono.flows.charges.cycles import cycle_of
from abono.flows.charges.held import Held, arranged, at_prices, held
from abono.flows.charges.paid_for import paid_for
from abono.flows.charges.rises import Begins, Rises, begins, prices, set_on
from abono.kernel.adjustment import adjusted, factor
from abono.kernel.money import micro_per_minor
from abono.kernel.periods import add_months, local_date

MONTHS = 12
STEP_MICRO = 100  # of what an extra interaction costs: a hundredth of a cent, as session prices
KINDS = {part: Arranged(part.value) for part in Part}


@dataclass(frozen=True, slots=True)
class Asked:
    """How prices are adjusted.

    values   of the index, by month
    until    prices that may rise up to this local day
    """

    values: Mapping[date, Decimal]
    months: Months
    parts: Collection[Part]
    until: date


def reckon(contract: Contract, asked: Asked, *, counted: date | None, now: datetime) -> NewLine | None:
    """None where no price of it may rise by then, where one of its own waits, or where the index does not have all the months.

    counted   the last month by which its prices were adjusted before: none counts twice
    now       real time
    """
    rises = _due(contract, asked, now=now)
    if not (rises.plan or rises.package) or arrangements.waits(contract, now=contract.customer_now(now)):
        return None
    parts = [one for one in Part if one in asked.parts and _rises(rises, one)]
    first = _first(contract, rises, parts, now=now)
    months = _months(contract, rises, first, asked, counted)
    percents = None if months is None else rules.of(asked.values, *months)
    if months is None or percents is None:
        return None
    by, has = factor(percents), _held(contract, first.number)
    adjusted_ = _adjusted(has, parts, by)
    if not adjusted_:
        return None
    return NewLine(
        contract_id=contract.id,
        cycle_number=first.number,
        begins_at=first.at,
        first_month=months[0],
        last_month=months[1],
        factor=by,
        prices=tuple(adjusted_),
        before_minor=has.monthly.minor,
        after_minor=_after(has, adjusted_).monthly.minor,
        waits=first.waits or "",
    )


def as_shown(
    contract: Contract,
    line: AdjustmentLine,
    values: Mapping[date, Decimal],
    *,
    counted: date | None,
    now: datetime,
) -> bool:
    """Whether the contract has the prices that its line says, pays before and after what it says, by months that say so still,
    and may be told now of its day."""
    percents = rules.of(values, line.first_month, line.last_month)
    parts = [Part(one["part"]) for one in line.prices]
    rises = Rises(plan=any(one is not Part.PACKAGE for one in parts), package=Part.PACKAGE in parts)
    has = _held(contract, line.cycle_number)
    return (
        not arrangements.waits(contract, now=contract.customer_now(now))
        and _first(contract, rises, parts, now=now).at <= line.begins_at
        and (counted is None or counted < line.first_month)
        and percents is not None
        and factor(percents) == line.factor
        and [(of_part(has, one), prices(has)[KINDS[one]]) for one in parts]
        == [(one["of"], one["before_micro"]) for one in line.prices]
        and (has.monthly.minor, _after(has, line.part_prices).monthly.minor)
        == (line.before_minor, line.after_minor)
    )


def of_part(what: Held, part: Part) -> str:
    """The code of what its price is of."""
    return what.package.code if part is Part.PACKAGE else what.plan.code


def _due(contract: Contract, asked: Asked, *, now: datetime) -> Rises:
    """Which of its parts may become dearer up to the day."""

    def may(rises: Rises) -> bool:
        if not any(_rises(rises, one) for one in asked.parts):
            return False
        first = _first(contract, rises, [one for one in asked.parts if _rises(rises, one)], now=now)
        return local_date(first.at, contract.customer.time_zone) <= asked.until

    return Rises(plan=may(Rises(plan=True, package=False)), package=may(Rises(plan=False, package=True)))


def _first(contract: Contract, rises: Rises, parts: Collection[Part], *, now: datetime) -> Begins:
    """The first cycle in which these prices may rise: the fee of a year with a paid year (CAT-10)."""
    first = begins(contract, rises, now=now)
    if Part.PLAN not in parts or contract.at(first.at).interval != YEAR:
        return first
    number = first.number
    while not paid_for(contract, cycle := cycle_of(contract, number)).plan_begins:
        number += 1
    return Begins(number, cycle.start, first.waits)


def _held(contract: Contract, number: int) -> Held:
    """What the contract is for in a cycle to come, with what it costs then."""
    pays = paid_for(contract, cycle_of(contract, number))
    return held(contract.at(pays.cycle.start), arranged(contract, pays))


def _after(has: Held, adjusted_: Iterable[PartPrice]) -> Held:
    """The same at these prices."""
    return at_prices(has, {**dict(has.own), **{KINDS[one.part].value: one.after_micro for one in adjusted_}})


def _rises(rises: Rises, part: Part) -> bool:
    return rises.package if part is Part.PACKAGE else rises.plan


def _months(
    contract: Contract, rises: Rises, first: Begins, asked: Asked, counted: date | None
) -> tuple[date, date] | None:
    if not asked.values:
        return None
    day = local_date(first.at, contract.customer.time_zone).replace(day=1)
    if asked.months is Months.OWN:
        since = set_on(contract, rises).replace(day=1)
        last = add_months(since, MONTHS - 1)
    else:
        last = min(max(asked.values), add_months(day, -1))
        since = add_months(last, 1 - MONTHS)
    if counted is not None:
        since = max(since, add_months(counted, 1))
    return (since, last) if since <= last < day else None


def _adjusted(has: Held, parts: Collection[Part], by: Decimal) -> list[PartPrice]:
    found, now = [], prices(has)
    for part in parts:
        before = now[KINDS[part]]
        whole = micro_per_minor(has.package.currency)
        step = STEP_MICRO if part is Part.EXTRA_INTERACTION else whole
        if before:
            after = adjusted(before, by, step_micro=step)
            a_year = part is Part.PLAN and has.by_year
            found.append(PartPrice(part, of_part(has, part), before, after, a_year))
    return found
