"""What a plan with a package costs: the first charge and every month, line by line (CON-2)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from uuid import UUID

from abono.domain.catalog import queries as catalog
from abono.domain.catalog.types import PackageInfo, PlanInfo, PlanPriceInfo
from abono.domain.contracts import queries as contracts
from abono.domain.contracts.errors import CurrencyMismatch, ExtraLicencesNotSold, TooManyLicences
from abono.domain.contracts.types import MONTH, MOST_LICENCES, Draft
from abono.domain.coupons.types import Buyer, Discount
from abono.domain.customers.errors import GenericTaxId, InvalidTaxId, UnknownCountry
from abono.domain.customers.rules import COUNTRIES, compact_tax_id
from abono.domain.customers.types import NewCustomer
from abono.domain.invoicing.taxes import taxed
from abono.domain.invoicing.types import NewLine
from abono.domain.settings.types import Whose
from abono.flows.charges import fees
from abono.flows.charges.held import Held
from abono.flows.charges.months import Trial, first_cycle
from abono.flows.charges.paid_for import every_month, first_paid_for
from abono.flows.coupons.redeem import usable
from abono.kernel.errors import Refusal
from abono.kernel.ids import public, uuid7
from abono.kernel.money import Money, total
from abono.kernel.periods import last_date, local_date
from abono.kernel.proration import WHOLE
from abono.kernel.zones import zones


@dataclass(frozen=True, slots=True)
class Quote:
    """`first` is charged on contracting, or after the trial, `monthly` at the start of each later cycle, `yearly` beside it at
    the start of each later year of a plan that is sold by the year (CAT-10); as if the contract began now.

    discount   what the order's coupon takes off; what it takes off some cycles only, those do not know
    refused    why its coupon takes nothing off
    unsold     why its extra licences are not in it (LIC-6)
    between    what comes each month as long as its coupon still takes something off; empty where that is once or always
    ends       the last day of the first cycle, where that is a part of a month (INV-2)
    trial      what is tried before; None: nothing is (INV-10)
    """

    what: Held
    first: tuple[NewLine, ...]
    monthly: tuple[NewLine, ...]
    yearly: tuple[NewLine, ...] = ()
    discount: Discount | None = None
    refused: Refusal | None = None
    unsold: Refusal | None = None
    between: tuple[NewLine, ...] = ()
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
    def yearly_total(self) -> Money:
        return total([line.amount for line in self.yearly], self.package.currency)

    @property
    def stands(self) -> bool:
        """Whether all that was asked for is in it."""
        return self.refused is None and self.unsold is None

    @property
    def between_total(self) -> Money:
        return total([line.amount for line in self.between], self.package.currency)

    @property
    def fingerprint(self) -> str:
        """What a person who saw it agrees to: this plan with this package and these licences, now, or from a day on, every month
        and every year."""
        versions = public("pln", self.plan.id), public("pkg", self.package.id)
        licences = f":{self.what.extra_licences}" if self.what.extra_licences else ""
        tried = "" if self.trial is None else f":{self.trial.until:%Y%m%d}"
        yearly = f":{self.yearly_total.minor}" if self.what.by_year else ""
        sums = f"{self.first_total.minor}:{self.monthly_total.minor}{yearly}"
        return f"{versions[0]}:{versions[1]}:{sums}{licences}{tried}"


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
        interval=draft.interval,
        coupon=draft.typed.get("coupon", ""),
        extra_licences=licences_of(draft),
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
    interval: str = MONTH,
    coupon: str = "",
    extra_licences: int = 0,
    buyer: Buyer | None = None,
    zone: str = "UTC",
    contract_id: UUID | None = None,
    now: datetime,
) -> Quote:
    """A coupon that is refused takes nothing off, and extra licences that are not sold are not in it: the quote says why.

    Raises PlanNotOnSale, PackageNotOnSale, NoPriceInCurrency, CurrencyMismatch (CON-1).
    """
    plan = catalog.plan_on_sale(code=plan_code, at=now)
    package = catalog.package_on_sale(code=package_code, at=now)
    if package.currency != currency:
        raise CurrencyMismatch()
    price = catalog.plan_price(plan_id=plan.id, currency=currency, interval=interval)
    what, choice = Held(plan, price, package, extra_licences), (plan_code, package_code, currency)
    unsold, discount, refused = _unsold(what), None, None
    if unsold is not None:
        what = replace(what, extra_licences=0)
    if coupon.strip():
        try:
            found = usable(coupon, choice, buyer=buyer, contract_id=contract_id, now=now)
            discount = found.discount(currency)
        except Refusal as no:
            refused = no
    offer = combine(what, discount, buyer=buyer, zone=zone, contract_id=contract_id, now=now)
    return replace(offer, refused=refused, unsold=unsold)


def _unsold(what: Held) -> Refusal | None:
    if not 0 <= what.extra_licences <= MOST_LICENCES:
        return TooManyLicences(MOST_LICENCES)
    return ExtraLicencesNotSold(what.plan.name) if what.extra_licences and not what.sells_licences else None


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
    monthly, yearly = fees.whole(what, every_month(pays), lasts), fees.each_year(what, pays, lasts)
    between = []
    if discount is not None and (discount.cycles or 0) > 1:
        between = fees.whole(what, every_month(pays), discount)
    if buyer is not None:
        first, monthly, yearly, between = (
            taxed(lines, buyer.country, buyer.tax_id) for lines in (first, monthly, yearly, between)
        )
    ends = None if begins.share == WHOLE else last_date(begins.cycle.end, zone)
    return Quote(
        what,
        tuple(first),
        tuple(monthly),
        tuple(yearly),
        discount,
        between=tuple(between),
        ends=ends,
        trial=begins.trial,
    )


def had_contract(buyer: Buyer, *, without: UUID | None) -> bool:
    """Whether an organization has or had another one: then it has no trial (INV-10)."""
    return contracts.had_before(country=buyer.country, tax_ids=buyer.tax_ids, without=without or uuid7())


def licences_of(draft: Draft) -> int:
    """How many extra ones were typed in an order; none where that is no number."""
    typed = draft.typed.get("licences", "").strip()
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 9 else 0


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
