"""What a contract is for at a moment, with what it costs: prices of the catalog, and its own (CAT-10, CAT-11)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from abono.domain.catalog import queries as catalog
from abono.domain.catalog.errors import NoPriceInCurrency
from abono.domain.catalog.types import PackageInfo, PlanInfo, PlanPriceInfo
from abono.domain.contracts import arrangements, terms
from abono.domain.contracts.models import Arrangement, Contract, Term
from abono.domain.contracts.states import Arranged
from abono.domain.contracts.types import YEAR
from abono.domain.invoicing.states import LineKind
from abono.domain.metering import queries as cycles
from abono.domain.restrictions import queries as restrictions
from abono.flows.charges.discounts import Fee
from abono.flows.charges.paid_for import PaidFor, Part
from abono.kernel.money import Money
from abono.kernel.rating import to_money


def read(contracts: Collection[Contract]) -> None:
    """What `paid_for`, `arranged` and `held` ask of each of many contracts, in four statements; of contracts that are looked
    at, for cycles that are opened later are not seen."""
    terms.read(contracts)
    arrangements.read(contracts)
    restrictions.read(contracts)
    opened = cycles.opened(one.id for one in contracts)
    for one in contracts:
        one.opened = opened[one.id]


@dataclass(frozen=True, slots=True)
class Held:
    """What a contract is for at a moment, with what it costs."""

    plan: PlanInfo
    price: PlanPriceInfo
    package: PackageInfo
    extra_licences: int = 0
    own: tuple[tuple[str, int], ...] = ()  # prices of its own by kind, in millionths (CAT-11): see `agreed`

    @property
    def by_year(self) -> bool:
        return self.price.interval == YEAR

    @property
    def monthly(self) -> Money:
        """What comes every month: of a plan that is sold by the year the rest (CAT-10)."""
        rest = self.package_fee + self.licences
        return rest if self.by_year else self.price.price + rest

    @property
    def yearly(self) -> Money:
        """What comes every year beside it."""
        return self.price.price if self.by_year else Money(0, self.price.currency)

    @property
    def package_fee(self) -> Money:
        """What the package costs: its value, unless the contract has a price of its own for it."""
        own = dict(self.own).get(Arranged.PACKAGE.value)
        return self.package.value if own is None else to_money(own, self.package.currency)

    @property
    def licences(self) -> Money:
        """What the extra ones cost a month, at the price of the plan's version (LIC-6)."""
        return Money(self.extra_licences * self.price.extra_licence_minor, self.price.currency)

    def fees(self, pays: PaidFor) -> tuple[Fee, ...]:
        """What a coupon can take something off in a cycle."""
        plan, package = self.plan, self.package
        return (
            *((self.plan_fee(pays.plan),) if pays.plan_begins else ()),
            Fee(LineKind.PACKAGE_DISCOUNT, package.code, package.code, self.package_fee, pays.package),
            Fee(LineKind.LICENCES_DISCOUNT, plan.code, plan.name, self.licences, pays.monthly),
        )

    def plan_fee(self, pays: Part) -> Fee:
        return Fee(LineKind.PLAN_DISCOUNT, self.plan.code, self.plan.name, self.price.price, pays)

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


def priced(plan_id: UUID, currency: str, interval: str) -> tuple[PlanInfo, PlanPriceInfo]:
    """Raises NoPriceInCurrency."""
    plan, price = catalog.priced_plan(plan_id=plan_id, currency=currency, interval=interval)
    if price is None:
        raise NoPriceInCurrency(plan.name, currency, interval)
    return plan, price


def arranged(contract: Contract, pays: PaidFor) -> list[Arrangement]:
    """The prices of its own, and the add-ons, that count in a cycle."""
    return arranged_at(
        contract,
        pays.cycle.start,
        plan_since=pays.plan.begins,
        interval=contract.at(pays.cycle.start).interval,
    )


def arranged_at(
    contract: Contract, moment: datetime, *, plan_since: datetime, interval: str
) -> list[Arrangement]:
    """The same for a cycle that begins at a moment. That of its plan is the one with which the year began that is paid for, and
    none where the plan was sold by another interval when it was arranged."""
    plan = Arranged.PLAN.value
    others = [one for one in contract.arranged(moment) if one.kind != plan]
    return others + [
        one
        for one in contract.arranged(plan_since)
        if one.kind == plan and contract.at(one.since).interval == interval
    ]
