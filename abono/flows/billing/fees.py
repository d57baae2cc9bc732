"""What plan, package and extra licences cost in a cycle under the terms that held in it: the one book of fixed fees (INV-1,
CHG-4, CHG-5).

Order, first invoice, renewal, projection, quote and change all ask here. What is owed of a cycle follows from the terms and
the coupons of its contract; an invoice is that less what was billed of it, so that a change that came late, or was undone,
puts itself right.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from uuid import UUID

from abono.domain.catalog import queries as catalog
from abono.domain.catalog.errors import NoPriceInCurrency
from abono.domain.catalog.types import PackageInfo, PlanInfo, PlanPriceInfo
from abono.domain.contracts.models import Arrangement, Contract, Term
from abono.domain.contracts.states import Arranged
from abono.domain.coupons.types import Discount
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing import taxes
from abono.domain.invoicing.states import LineKind
from abono.domain.invoicing.types import Calculation, FeeKey, NewLine, Taxed
from abono.flows.billing import discounts
from abono.flows.billing.discounts import Fee
from abono.flows.billing.months import month_of, share_of
from abono.kernel.money import Money
from abono.kernel.periods import Period
from abono.kernel.proration import WHOLE, Days, days_left, left_of, seconds_left
from abono.kernel.rating import line_total, to_micro, to_money

ROUNDED = 5  # minor units that the rounding of an invoice's taxes may make together


@dataclass(frozen=True, slots=True)
class Held:
    """What a contract is for at a moment, with what it costs."""

    plan: PlanInfo
    price: PlanPriceInfo
    package: PackageInfo
    extra_licences: int = 0
    own: tuple[tuple[str, int], ...] = ()  # prices of its own by kind, in millionths (CAT-11): see `agreed`

    @property
    def monthly(self) -> Money:
        return self.price.price + self.package_fee + self.licences

    @property
    def package_fee(self) -> Money:
        """What the package costs: its value, unless the contract has a price of its own for it."""
        own = dict(self.own).get(Arranged.PACKAGE.value)
        return self.package.value if own is None else to_money(own, self.package.currency)

    @property
    def licences(self) -> Money:
        """What the extra ones cost a month, at the price of the plan's version (LIC-6)."""
        return Money(self.extra_licences * self.price.extra_licence_minor, self.price.currency)

    @property
    def fees(self) -> tuple[Fee, ...]:
        """What a coupon can take something off."""
        plan, package = self.plan, self.package
        return (
            Fee(LineKind.PLAN_DISCOUNT, plan.code, plan.name, self.price.price),
            Fee(LineKind.PACKAGE_DISCOUNT, package.code, package.code, self.package_fee),
            Fee(LineKind.LICENCES_DISCOUNT, plan.code, plan.name, self.licences),
        )

    @property
    def sells_licences(self) -> bool:
        return self.plan.included_licences is not None and self.price.extra_licence_minor > 0


def held(term: Term, arranged: Iterable[Arrangement] = ()) -> Held:
    """With the prices of its own that are `arranged`. Raises NoPriceInCurrency."""
    package = catalog.package(term.package_id)
    sold = Held(*priced(term.plan_id, package.currency, term.interval), package, term.extra_licences)
    return agreed(sold, arranged)


def agreed(what: Held, arranged: Iterable[Arrangement]) -> Held:
    """The same at the prices of its own that a contract has for this plan and this package (CAT-11)."""
    codes = {Arranged.PACKAGE.value: what.package.code}
    own = {one.kind: one.price_micro for one in arranged if one.of == codes.get(one.kind, what.plan.code)}
    own.pop(Arranged.ADD_ON.value, None)
    return at_prices(what, own)


def at_prices(what: Held, own: Mapping[str, int]) -> Held:
    """The same at these prices in millionths, by kind, where there are any."""
    price = at_own(what.price, {Arranged(kind): micro for kind, micro in own.items()})
    return replace(what, price=price, own=tuple(sorted(own.items())))


def at_own(price: PlanPriceInfo, own: Mapping[Arranged, int]) -> PlanPriceInfo:
    """What a plan costs at these prices in millionths."""

    def minor(kind: Arranged, listed: int) -> int:
        return to_money(own[kind], price.currency).minor if kind in own else listed

    return replace(
        price,
        price_minor=minor(Arranged.PLAN, price.price_minor),
        extra_licence_minor=minor(Arranged.EXTRA_LICENCE, price.extra_licence_minor),
        extra_interaction_micro=own.get(Arranged.EXTRA_INTERACTION, price.extra_interaction_micro),
    )


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


def priced(plan_id: UUID, currency: str, interval: str) -> tuple[PlanInfo, PlanPriceInfo]:
    """Raises NoPriceInCurrency."""
    plan, price = catalog.priced_plan(plan_id=plan_id, currency=currency, interval=interval)
    if price is None:
        raise NoPriceInCurrency(plan.name, currency, interval)
    return plan, price


def whole(
    what: Held, cycle: Period, discount: Discount | None = None, *, share: Days = WHOLE
) -> list[NewLine]:
    """The fees of a cycle in which nothing changes, billed when it begins, and what a coupon takes off them.

    share   what part of its month the cycle is: see `months`
    """
    if share != WHOLE:
        return _part(what, cycle, discount, share)
    plan, package, each = what.price.price, what.package_fee, what.price.extra_licence
    lines = [
        _line(LineKind.PLAN, what.plan.name, cycle, plan, _own(what, Arranged.PLAN, plan)),
        _line(LineKind.PACKAGE, what.package.code, cycle, package, _own(what, Arranged.PACKAGE, package)),
    ]
    if what.licences:
        licences = LineKind.EXTRA_LICENCES, what.plan.name, cycle, what.extra_licences, to_micro(each)
        lines.append(NewLine(*licences, what.licences, _own(what, Arranged.EXTRA_LICENCE, each)))
    return lines + discounts.whole(what.fees, discount, cycle)


def _part(what: Held, cycle: Period, discount: Discount | None, share: Days) -> list[NewLine]:
    """The same of a cycle that is a part of its month (INV-2)."""
    plan, package, each = what.price.price, what.package_fee, what.price.extra_licence
    kinds = [
        (LineKind.PLAN, what.plan.name, plan, 1),
        (LineKind.PACKAGE, what.package.code, package, 1),
        (LineKind.EXTRA_LICENCES, what.plan.name, each, what.extra_licences),
    ]
    lines = [
        _line(
            kind, name, cycle, _share(Money(fee.minor * count, fee.currency), share), _of(fee, share, count)
        )
        for kind, name, fee, count in kinds
        if kind is not LineKind.EXTRA_LICENCES or what.licences
    ]
    return lines + discounts.part(what.fees, discount, cycle, share)


def _own(what: Held, kind: Arranged, fee: Money) -> Calculation | None:
    """Where a fee is a price of the contract's own, whole."""
    return Calculation(fee.minor, 0, 0) if kind.value in dict(what.own) else None


def first(
    what: Held,
    cycle: Period,
    discount: Discount | None = None,
    *,
    ahead: bool = True,
    share: Days = WHOLE,
) -> list[NewLine]:
    """What contracting costs: the first cycle's fees, where they are billed ahead, and the activation, once (INV-1). Without
    that they are billed ahead in any case: a contract begins with a payment (CON-3)."""
    fee = Money(what.price.activation_fee_minor, what.price.currency)
    once = [_line(LineKind.ACTIVATION, what.plan.name, cycle, fee)] if fee else []
    return [*(whole(what, cycle, discount, share=share) if ahead or not once else []), *once]


def difference(
    before: Held,
    after: Held,
    month: Period,
    *,
    since: datetime,
    zone: str,
    unit: str = "day",
    discount: Discount | None = None,
    share: Days = WHOLE,
) -> list[NewLine]:
    """What a change within a cycle takes off and adds: of the plan and of the extra licences the share of what is left
    (CHG-4, LIC-6), of the package the whole difference in value (CHG-5); each with what a coupon takes off it. Nothing for what
    costs the same.

    month, share   of which the cycle is a part, and which: see `months`
    unit           what is left is counted by `day` or `second`; `none`: the fees of plan and licences begin with the next cycle
    """
    period, days = Period(since, month.end), _left(month, since, zone, unit)
    off, on = _share(before.price.price, days), _share(after.price.price, days)
    lines = []
    if before.plan.id != after.plan.id and on != off:
        lines = [
            _line(LineKind.PLAN_UNUSED, before.plan.name, period, -off, _of(-before.price.price, days)),
            _line(LineKind.PLAN, after.plan.name, period, on, _of(after.price.price, days)),
        ]
    lines += _package(before, after, period, share)
    lines += _licences(before, after, period, days)
    lines += discounts.difference(before.fees, after.fees, discount, period, days, share)
    return [_counted(line, unit) for line in lines if line.amount.minor]


def _package(before: Held, after: Held, period: Period, share: Days) -> list[NewLine]:
    """What is there at once is paid for at once, on whatever day."""
    was, is_ = before.package, after.package
    more = _share(after.package_fee, share) - _share(before.package_fee, share)
    if is_.value_minor > was.value_minor and more.minor > 0:
        return [_line(LineKind.PACKAGE_RAISE, is_.code, period, more)]
    if is_.value_minor < was.value_minor and more.minor < 0:
        return [_line(LineKind.PACKAGE_BACK, was.code, period, more)]
    return []


def _left(month: Period, since: datetime, zone: str, unit: str) -> Days:
    if unit == "none":
        return Days(0, 1)
    return seconds_left(month, since) if unit == "second" else days_left(month, since, zone)


def _counted(line: NewLine, unit: str) -> NewLine:
    how = line.calculation
    if unit != "second" or how is None or isinstance(how, Taxed):
        return line
    return replace(line, calculation=replace(how, unit="second"))


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
    it takes off and adds."""
    own = contract.arranged(cycle.start)
    before, discount = held(contract.at(cycle.start), own), discounts.discount_in(contract, cycle)
    month, share, zone = month_of(contract, cycle), share_of(contract, cycle), contract.customer.time_zone
    lines = whole(before, cycle, discount, share=share)
    for since, term in contract.changes_within(cycle):
        after, unit = held(term, own), term.unit
        lines += difference(
            before, after, month, since=since, zone=zone, unit=unit, discount=discount, share=share
        )
        before = after
    return lines


def unbilled(contract: Contract, cycles: Sequence[Period]) -> list[NewLine]:
    """What is owed of cycles less what was billed of them, part by part; nothing of a cycle where only its parts differ, and
    their taxes do not."""
    billed = invoices.fees_billed(contract.id, cycle_ends=[one.end for one in cycles])
    lines: list[NewLine] = []
    for cycle in cycles:
        of_cycle = {key: minor for key, minor in billed.items() if key.until == cycle.end}
        rest = _less(owed(contract, cycle), of_cycle, contract.currency)
        lines += rest if _asks(contract, rest) else []
    return lines


def _asks(contract: Contract, lines: Sequence[NewLine]) -> bool:
    """Whether lines ask for anything, or give it back, with the taxes on top of them."""
    buyer = contract.customer
    return bool(
        round(sum(line.amount.minor * taxes.load(line, buyer.country, buyer.tax_id) for line in lines))
    )


def _less(lines: Sequence[NewLine], billed: dict[FeeKey, int], currency: str) -> list[NewLine]:
    parts: dict[FeeKey, list[NewLine]] = defaultdict(list)
    for line in lines:
        parts[FeeKey.of(line.kind, line.name, line.period.start, line.period.end)].append(line)
    rest = [line for key, found in parts.items() if key not in billed for line in found]
    for key, minor in billed.items():
        rest += _rest(key, sum(line.amount.minor for line in parts[key]) - minor, currency)
    return rest


def fitting(contract: Contract, lines: Sequence[NewLine], repairs: Sequence[NewLine]) -> list[NewLine]:
    """`lines` with as much of `repairs` as they can bear: an invoice never asks for less than nothing, with the taxes on
    top of it, and what does not fit stands on the one after it."""
    buyer = contract.customer
    loads = [taxes.load(line, buyer.country, buyer.tax_id) for line in (*lines, *repairs)]
    amounts = [line.amount.minor for line in lines] + [max(one.amount.minor, 0) for one in repairs]
    room = sum((minor * load for minor, load in zip(amounts, loads, strict=True)), Fraction())
    if max(loads, default=1) != 1:
        room = max(room - ROUNDED, Fraction())
    fit = list(lines)
    for one, load in zip(repairs, loads[len(lines) :], strict=True):
        minor = max(one.amount.minor, -int(room / load))
        room += min(minor, 0) * load
        if minor:
            fit.append(
                one
                if minor == one.amount.minor
                else _line(one.kind, one.name, one.period, Money(minor, one.amount.currency))
            )
    return fit


def _rest(key: FeeKey, minor: int, currency: str) -> list[NewLine]:
    if not minor:
        return []
    return [_line(key.kind(minor), key.name, Period(key.since, key.until), Money(minor, currency))]


def _share(fee: Money, days: Days) -> Money:
    return Money(left_of(fee.minor, days), fee.currency)


def _of(fee: Money, days: Days, quantity: int = 1) -> Calculation:
    return Calculation(fee.minor, days.left, days.of, quantity)


def _line(
    kind: LineKind, name: str, period: Period, amount: Money, calculation: Calculation | None = None
) -> NewLine:
    return NewLine(kind, name, period, 1, to_micro(amount), amount, calculation)
