"""What plan, package and extra licences cost in a cycle under the terms that held in it: the one book of fixed fees (INV-1,
CHG-4, CHG-5).

Order, first invoice, renewal, projection, quote and change all ask here. What is owed of a cycle follows from the terms and
the coupons of its contract; an invoice is that less what was billed of it, so that a change that came late, or was undone,
puts itself right.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from typing import Literal

from abono.domain.contracts.models import Contract
from abono.domain.contracts.states import Arranged
from abono.domain.coupons.types import Discount
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing import taxes
from abono.domain.invoicing.states import FeePart, LineKind
from abono.domain.invoicing.types import (
    Billed,
    Calculation,
    Discounted,
    Exchanged,
    FeeKey,
    How,
    NewLine,
    PaidLate,
    Taxed,
)
from abono.flows.charges import discounts
from abono.flows.charges.discounts import Fee
from abono.flows.charges.held import Held, arranged, arranged_at, held
from abono.flows.charges.paid_for import CYCLES, PaidFor, Part, in_full, just_before, paid_for
from abono.kernel.money import Money
from abono.kernel.periods import MOVED, Period
from abono.kernel.proration import WHOLE, Days, left_of
from abono.kernel.rating import line_total, to_micro

ROUNDED = 5  # minor units that the rounding of an invoice's taxes may make together
_PARTS = list(FeePart)


def add_ons(contract: Contract, cycle: Period) -> list[NewLine]:
    """What was added to a contract in the cycle (CAT-11), billed when it begins."""
    lines = []
    for one in contract.arranged(cycle.start):
        if one.kind == Arranged.ADD_ON.value:
            amount = line_total(one.quantity, one.price_micro, contract.currency)
            lines.append(NewLine(LineKind.ADD_ON, one.of, cycle, one.quantity, one.price_micro, amount))
    return lines


def fixed(contract: Contract, cycle: Period) -> list[NewLine]:
    """What a cycle costs, whatever is used: its fees, and its add-ons."""
    return [*owed(contract, cycle), *add_ons(contract, cycle)]


def whole(what: Held, pays: PaidFor, discount: Discount | None = None) -> list[NewLine]:
    """The fees of a cycle in which nothing changes, billed when it begins, and what a coupon takes off them. The fee of a year
    is billed once, with its first cycle (CAT-10). Of what is not served there is none (END-5)."""
    plan, package, price = what.plan.name, what.package.code, what.price
    lines = []
    if pays.plan_begins and pays.plan.share.left:
        lines.append(_begins(LineKind.PLAN, plan, price.price, pays.plan, _own(what, Arranged.PLAN)))
    if pays.package.share.left:
        own = _own(what, Arranged.PACKAGE)
        lines.append(_begins(LineKind.PACKAGE, package, what.package_fee, pays.package, own))
    if what.licences and pays.monthly.share.left:
        lines.append(extra_licences(LineKind.EXTRA_LICENCES, what, pays, what.extra_licences))
    return lines + discounts.whole(what.fees(pays), discount)


def extra_licences(kind: LineKind, what: Held, pays: PaidFor, count: int) -> NewLine:
    """So many beyond those of the plan in a cycle, bought (LIC-6) or in use (LIC-4)."""
    own, each = _own(what, Arranged.EXTRA_LICENCE), what.price.extra_licence
    return _begins(kind, what.plan.name, each, pays.monthly, own, count)


def _begins(kind: LineKind, name: str, each: Money, pays: Part, own: bool, quantity: int = 1) -> NewLine:
    """So many of a fee, when what it pays for begins.

    own   it is a price of the contract's own (CAT-11)
    """
    fee = Money(each.minor * quantity, each.currency)
    if pays.share != WHOLE:
        return _line(kind, name, pays.period, _share(fee, pays.share), _of(each, pays.share, quantity))
    how = Calculation(each.minor, 0, 0) if own else None
    return NewLine(kind, name, pays.period, quantity, to_micro(each), fee, how)


def _own(what: Held, kind: Arranged) -> bool:
    return kind.value in dict(what.own)


def going_on(was: Held, what: Held, pays: PaidFor, discount_of_year: Discount | None = None) -> list[NewLine]:
    """What another plan takes off a paid year from a cycle on, and adds: the months that are left, of twelve. Where it is sold
    by the month, nothing is added (CAT-10)."""
    year = pays.year
    if year is None or (was.plan.id == what.plan.id and what.by_year):
        return []
    days, since = Days(pays.left, CYCLES), pays.cycle.start
    old, new = was.plan_fee(year), what.plan_fee(year)
    if not what.by_year:
        new = replace(new, amount=Money(0, old.amount.currency))
    lines = [
        *_plan(old, new, Period(since, year.period.end), days),
        *discounts.difference([old], [new], discount_of_year, since, lambda _year: days),
    ]
    return [_counted(line, "month") for line in lines if line.amount.minor]


def first(
    what: Held, pays: PaidFor, discount: Discount | None = None, *, ahead: bool = True
) -> list[NewLine]:
    """What contracting costs: the first cycle's fees, where they are billed ahead, and the activation, once (INV-1). Without
    that they are billed ahead in any case: a contract begins with a payment (CON-3)."""
    once = activation(what, pays.cycle)
    fees = whole(what, pays, discount)
    return [*(fees if ahead or not once else of_year(fees, pays.cycle)), *once]


def each_year(what: Held, pays: PaidFor, discount: Discount | None = None) -> list[NewLine]:
    """What a plan that is sold by the year costs again each year; nothing of any other."""
    cycle, year = pays.cycle, pays.plan.period
    return of_year(whole(what, in_full(Part(cycle, cycle), Part(year, year)), discount), cycle)


def of_year(fees: Iterable[NewLine], cycle: Period) -> list[NewLine]:
    """Of the fees of a cycle those of a paid year, which is billed at its start whatever the setting says of fees (CAT-10)."""
    return [line for line in fees if line.period.end > cycle.end]


def activation(what: Held, cycle: Period) -> list[NewLine]:
    """What is paid once for a contract, with its first fees."""
    fee = Money(what.price.activation_fee_minor, what.price.currency)
    return [_line(LineKind.ACTIVATION, what.plan.name, cycle, fee)] if fee else []


def after_trial(contract: Contract, cycle: Period) -> list[NewLine]:
    """The same of a contract that was tried: its fees begin with this cycle (INV-10)."""
    return activation(held(contract.at(cycle.start)), cycle) if cycle.start == contract.trial_until else []


def difference(
    before: Held,
    after: Held,
    pays: PaidFor,
    *,
    since: datetime,
    zone: str,
    unit: str = "day",
    discount: Discount | None = None,
    discount_of_year: Discount | None = None,
) -> list[NewLine]:
    """What a change within a cycle takes off and adds: of the plan and of the extra licences the share of what is left
    (CHG-4, LIC-6), of a plan that is sold by the year of the paid year (CAT-10), of the package the whole difference in value
    (CHG-5); each with what a coupon takes off it. Nothing for what costs the same.

    unit   what is left is counted by `day` or `second`; `none`: the fees of plan and licences begin with their next period
    """

    def left(part: Part) -> Days:
        return part.left(since, zone, unit)

    old, new, lines = before.plan_fee(pays.plan), after.plan_fee(pays.plan), []
    if before.plan.id != after.plan.id:
        lines = _plan(old, new, pays.plan.rest(since), left(pays.plan))
    lines += _package(before, after, pays.package.rest(since), pays.package.share)
    lines += _licences(before, after, pays.monthly.rest(since), left(pays.monthly))
    lines += discounts.difference(before.fees(pays), after.fees(pays), discount, since, left)
    if not pays.plan_begins:
        lines += discounts.difference([old], [new], discount_of_year, since, left)
    lines = [line for line in lines if line.amount.minor]
    return [_counted(line, "second") for line in lines] if unit == "second" else lines


def _plan(old: Fee, new: Fee, period: Period, days: Days) -> list[NewLine]:
    off, on = _share(old.amount, days), _share(new.amount, days)
    if on == off:
        return []
    return [
        _line(LineKind.PLAN_UNUSED, old.name, period, -off, _of(-old.amount, days)),
        _line(LineKind.PLAN, new.name, period, on, _of(new.amount, days)),
    ]


def _package(before: Held, after: Held, period: Period, share: Days) -> list[NewLine]:
    """What is there at once is paid for at once, on whatever day."""
    was, is_ = before.package, after.package
    off, on = _share(before.package_fee, share), _share(after.package_fee, share)
    more, how = on - off, Exchanged(on.minor, off.minor)
    if is_.value_minor > was.value_minor and more.minor > 0:
        return [_line(LineKind.PACKAGE_RAISE, is_.code, period, more, how)]
    if is_.value_minor < was.value_minor and more.minor < 0:
        return [_line(LineKind.PACKAGE_BACK, was.code, period, more, how)]
    return []


def _counted(line: NewLine, unit: Literal["second", "month"]) -> NewLine:
    how = line.calculation
    if how is None or isinstance(how, Taxed | Exchanged | PaidLate):
        return line
    return replace(line, calculation=replace(how, unit=unit))


def _licences(before: Held, after: Held, period: Period, days: Days) -> list[NewLine]:
    off, on = _share(before.licences, days), _share(after.licences, days)
    if on == off:
        return []
    was, is_ = before.price.extra_licence, after.price.extra_licence
    unused = _of(-was, days, before.extra_licences)
    return [
        _line(LineKind.LICENCES_UNUSED, before.plan.name, period, -off, unused),
        _line(LineKind.EXTRA_LICENCES, after.plan.name, period, on, _of(is_, days, after.extra_licences)),
    ]


def owed(contract: Contract, cycle: Period) -> list[NewLine]:
    """All fees of a cycle, by terms and coupons as they are known now: those of its beginning, and what each change within
    it takes off and adds; none of a trial (INV-10)."""
    return _owed(contract, paid_for(contract, cycle))


def _owed(contract: Contract, pays: PaidFor) -> list[NewLine]:
    if contract.in_trial(pays.cycle):
        return []
    cycle, own, zone = pays.cycle, arranged(contract, pays), contract.customer.time_zone
    before, discount = held(contract.at(cycle.start), own), discounts.discount_in(contract, cycle.start)
    of_paid_year = discount if pays.year is None else discounts.discount_in(contract, pays.year.begins)
    lines = whole(before, pays, discount)
    lines += _less_of_year(contract, before, pays)
    for since, term in contract.changes_within(cycle):
        after = held(term, own)
        lines += difference(
            before,
            after,
            pays,
            since=since,
            zone=zone,
            unit=term.unit,
            discount=discount,
            discount_of_year=of_paid_year,
        )
        before = after
    return lines


def less_of_year(contract: Contract, cycle: Period) -> list[NewLine]:
    """What a cycle that begins takes off a paid year: no invoice asks for less than nothing, so that it is put right like what is
    given back of cycles that are over."""
    pays = paid_for(contract, cycle)
    return _less_of_year(contract, held(contract.at(cycle.start), arranged(contract, pays)), pays)


def _less_of_year(contract: Contract, begins: Held, pays: PaidFor) -> list[NewLine]:
    if pays.year is None:
        return []
    since = pays.year.begins
    was, discount = _had(contract, since, pays.cycle), discounts.discount_in(contract, since)
    return going_on(was, begins, pays, discount)


def is_less_of_year(line: NewLine) -> bool:
    how = line.calculation
    return isinstance(how, Calculation | Discounted) and how.unit == "month"


def _had(contract: Contract, plan_since: datetime, cycle: Period) -> Held:
    """What a paid year, billed with the cycle that began then, was for just before one of its cycles."""
    term = contract.at(just_before(cycle))
    return held(
        term, arranged_at(contract, just_before(cycle), plan_since=plan_since, interval=term.interval)
    )


def unbilled(contract: Contract, cycles: Sequence[Period], *, billed: Billed | None = None) -> list[NewLine]:
    """What is owed of cycles less what was billed of them, part by part; nothing of a cycle where only its parts differ, and
    their taxes do not.

    billed   what invoices ask for of these cycles, where the caller has read it
    """
    fees = billed.fees if billed is not None else invoices.fees_billed(contract.id, cycles=cycles)
    lines: list[NewLine] = []
    for cycle in cycles:
        pays = paid_for(contract, cycle)
        of_cycle = {_beside(key, pays): minor for key, minor in fees.items() if key.since in cycle}
        lines += asking(contract, _less(_owed(contract, pays), of_cycle, contract.currency))
    return lines


def _beside(key: FeeKey, pays: PaidFor) -> FeeKey:
    """A year's end is promised before its last cycle is opened: where the rules of the zone changed since, it is called by the
    same moment all the same (TIM-6)."""
    parts = [pays.package, pays.monthly, pays.plan, pays.year or pays.plan]
    ends = [one.period.end for one in parts]
    nearest = min(ends, key=lambda end: abs(end - key.until))
    return replace(key, until=nearest) if abs(nearest - key.until) <= MOVED else key


def asking(contract: Contract, lines: Sequence[NewLine]) -> Sequence[NewLine]:
    """These lines of a cycle, or none where together, with the taxes on top of them, they neither ask for anything nor give it
    back."""
    buyer = contract.customer
    loads = [taxes.load(line, buyer.country, buyer.tax_id) for line in lines]
    asks = sum(line.amount.minor * load for line, load in zip(lines, loads, strict=True))
    return lines if round(asks) else ()


def _less(lines: Sequence[NewLine], billed: dict[FeeKey, int], currency: str) -> list[NewLine]:
    parts: dict[FeeKey, list[NewLine]] = defaultdict(list)
    for line in lines:
        parts[FeeKey.of(line.kind, line.name, line.period.start, line.period.end)].append(line)
    rest = [line for key, found in parts.items() if key not in billed for line in found]
    for key, minor in sorted(billed.items(), key=lambda one: _place(one[0])):
        rest += _rest(key, sum(line.amount.minor for line in parts[key]) - minor, currency)
    return rest


def _place(key: FeeKey) -> tuple[datetime, int, str, datetime]:
    """Of a repair among the others: the oldest days first, of the same days as parts are listed (`fitting` asks for that)."""
    return key.since, _PARTS.index(key.part), key.name, key.until


def fitting(contract: Contract, lines: Sequence[NewLine], repairs: Sequence[NewLine]) -> list[NewLine]:
    """`lines` with as much of `repairs` as they can bear: an invoice never asks for less than nothing, with the taxes on
    top of it, and what does not fit stands on the one after it. What is newest comes first: the discount of a fee stands beside
    it, whatever is still given back of older ones."""
    if not repairs:
        return [*lines]
    buyer = contract.customer
    loads = [taxes.load(line, buyer.country, buyer.tax_id) for line in (*lines, *repairs)]
    amounts = [line.amount.minor for line in lines] + [max(one.amount.minor, 0) for one in repairs]
    room = sum((minor * load for minor, load in zip(amounts, loads, strict=True)), Fraction())
    if max(loads, default=1) != 1:
        room = max(room - ROUNDED, Fraction())
    fit: list[NewLine] = []
    for one, load in zip(reversed(repairs), reversed(loads[len(lines) :]), strict=True):
        minor = max(one.amount.minor, -int(room / load))
        room += min(minor, 0) * load
        if minor:
            fit.append(
                one
                if minor == one.amount.minor
                else _line(one.kind, one.name, one.period, Money(minor, one.amount.currency))
            )
    return [*lines, *reversed(fit)]


def _rest(key: FeeKey, minor: int, currency: str) -> list[NewLine]:
    if not minor:
        return []
    return [_line(key.kind(minor), key.name, Period(key.since, key.until), Money(minor, currency))]


def _share(fee: Money, days: Days) -> Money:
    return Money(left_of(fee.minor, days), fee.currency)


def _of(fee: Money, days: Days, quantity: int = 1) -> Calculation:
    return Calculation(fee.minor, days.left, days.of, quantity)


def _line(
    kind: LineKind, name: str, period: Period, amount: Money, calculation: How | None = None
) -> NewLine:
    return NewLine(kind, name, period, 1, to_micro(amount), amount, calculation)
