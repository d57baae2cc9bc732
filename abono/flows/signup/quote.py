"""What a plan with a package costs: the first charge and every month, line by line (CON-2)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from uuid import UUID

from abono.domain.catalog import queries as catalog
from abono.domain.catalog.types import PackageInfo, PlanInfo, PlanPriceInfo
from abono.domain.contracts import queries as contracts
from abono.domain.contracts.errors import CurrencyMismatch
from abono.domain.contracts.types import Draft
from abono.domain.coupons.types import Buyer, Discount
from abono.domain.customers.errors import GenericTaxId, InvalidTaxId, UnknownCountry
from abono.domain.customers.rules import COUNTRIES, compact_tax_id
from abono.domain.customers.types import NewCustomer
from abono.domain.invoicing.taxes import taxed
from abono.domain.invoicing.types import NewLine
from abono.domain.settings.types import Whose
from abono.flows.billing import fees
from abono.flows.billing.held import Held
from abono.flows.billing.months import Trial, first_cycle
from abono.flows.billing.paid_for import every_month, first_paid_for
from abono.flows.coupons.redeem import usable
from abono.kernel.errors import Refusal
from abono.kernel.ids import public, uuid7
from abono.kernel.money import Money, total
from abono.kernel.periods import last_date, local_date
from abono.kernel.proration import WHOLE
from abono.kernel.zones import zones


@dataclass(frozen=True, slots=True)
class Quote:
    """`first` is charged on contracting, or after the trial, `monthly` at the start of each later cycle; as if the contract began
    now.

    discount   what the order's coupon takes off; what it takes off some cycles only, `monthly` does not know
    refused    why its coupon takes nothing off
    ends       the last day of the first cycle, where that is a part of a month (INV-2)
    trial      what is tried before; None: nothing is (INV-10)
    """

    what: Held
    first: tuple[NewLine, ...]
    monthly: tuple[NewLine, ...]
    discount: Discount | None = None
    refused: Refusal | None = None
    ends: date | None = None
    trial: Trial | None = None

    @property
    def plan(self) -> PlanInfo:
        return self.what.plan

    @property
    def price(self) -> PlanPriceInfo:
        return self.what.price

    @property
    def package(self) -> PackageInfo:
        return self.what.package

    @property
    def first_total(self) -> Money:
        return total([line.amount for line in self.first], self.package.currency)

    @property
    def today(self) -> Money:
        """What is charged on contracting."""
        return self.first_total if self.trial is None else Money(0, self.package.currency)

    @property
    def monthly_total(self) -> Money:
        return total([line.amount for line in self.monthly], self.package.currency)

    @property
    def fingerprint(self) -> str:
        """What a person who saw it agrees to: this plan with this package, now, or from a day on, and every month."""
        versions = public("pln", self.plan.id), public("pkg", self.package.id)
        tried = "" if self.trial is None else f":{self.trial.until:%Y%m%d}"
        return f"{versions[0]}:{versions[1]}:{self.first_total.minor}:{self.monthly_total.minor}{tried}"


def quote_of(draft: Draft, *, customer: NewCustomer | None = None, now: datetime) -> Quote:
    """What an order costs, with its coupon as far as that is usable, and the taxes of whoever contracts as far as that was
    typed; or of `customer`. Raises as `quote`."""
    typed = draft.typed
    country = typed.get("country", "") if customer is None else customer.country
    tax_id = typed.get("tax_id", "") if customer is None else customer.tax_id
    zone = typed.get("time_zone", "") if customer is None else customer.time_zone
    plan_code, package_code, currency = draft.choice
    return quote(
        plan_code=plan_code,
        package_code=package_code,
        currency=currency,
        coupon=draft.typed.get("coupon", ""),
        buyer=buyer_of(country, tax_id),
        zone=zone_of(country, zone),
        contract_id=draft.contract_id,
        now=now,
    )


def quote(
    *,
    plan_code: str,
    package_code: str,
    currency: str,
    coupon: str = "",
    buyer: Buyer | None = None,
    zone: str = "UTC",
    contract_id: UUID | None = None,
    now: datetime,
) -> Quote:
    """A coupon that is refused takes nothing off: the quote says why.

    Raises PlanNotOnSale, PackageNotOnSale, NoPriceInCurrency, CurrencyMismatch (CON-1).
    """
    plan = catalog.plan_on_sale(code=plan_code, at=now)
    package = catalog.package_on_sale(code=package_code, at=now)
    if package.currency != currency:
        raise CurrencyMismatch()
    price = catalog.plan_price(plan_id=plan.id, currency=currency, interval="month")
    what, choice = Held(plan, price, package), (plan_code, package_code, currency)
    priced = partial(combine, what, buyer=buyer, zone=zone, contract_id=contract_id, now=now)
    if not coupon.strip():
        return priced()
    try:
        found = usable(coupon, choice, buyer=buyer, contract_id=contract_id, now=now)
    except Refusal as no:
        return replace(priced(), refused=no)
    return priced(found.discount(currency))


def combine(
    what: Held,
    discount: Discount | None = None,
    *,
    buyer: Buyer | None = None,
    zone: str = "UTC",
    contract_id: UUID | None = None,
    now: datetime,
) -> Quote:
    """The same for a plan, its price and a package in one currency that were read before; with the taxes on top of it once
    it is known who buys."""
    whose = partial(first_cycle, local_date(now, zone), zone, whose=Whose(what.plan.code), at=now)
    begins = whose(tried=True)
    if begins.trial and buyer is not None and had_contract(buyer, without=contract_id):
        begins = whose()
    pays = first_paid_for(what.price.interval, begins, zone)
    lasts = discount if discount is not None and discount.cycles is None else None
    first = fees.first(what, pays, discount, ahead=begins.ahead)
    monthly = fees.whole(what, every_month(pays), lasts)
    if buyer is not None:
        first, monthly = (taxed(lines, buyer.country, buyer.tax_id) for lines in (first, monthly))
    ends = None if begins.share == WHOLE else last_date(begins.cycle.end, zone)
    return Quote(what, tuple(first), tuple(monthly), discount, ends=ends, trial=begins.trial)


def had_contract(buyer: Buyer, *, without: UUID | None) -> bool:
    """Whether an organization has or had another one: then it has no trial (INV-10)."""
    return contracts.had_before(country=buyer.country, tax_id=buyer.tax_id, without=without or uuid7())


def buyer_of(country: str, tax_id: str) -> Buyer | None:
    """Who contracts, once it was said right."""
    try:
        return Buyer(country, compact_tax_id(country, tax_id))
    except (UnknownCountry, InvalidTaxId, GenericTaxId):
        return None


def zone_of(country: str, typed: str) -> str:
    """Where the buyer's days are counted, as far as that was said."""
    usual = COUNTRIES[country][2] if country in COUNTRIES else "UTC"
    return typed if typed in zones() else usual
