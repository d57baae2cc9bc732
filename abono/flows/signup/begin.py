"""An order that a program makes: a choice, and who contracts, whole and right from the beginning (CON-1, CON-2)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from uuid import UUID

from abono.domain.contracts import actions as contracts
from abono.domain.contracts.errors import OrderClosed
from abono.domain.contracts.types import MONTH, Draft
from abono.domain.customers import addresses
from abono.domain.customers import rules as customer_rules
from abono.domain.customers.types import Address, NewCustomer
from abono.flows import locks
from abono.flows.signup.currency import require_currency
from abono.flows.signup.progress import progress
from abono.flows.signup.quote import Quote, buyer_of, licences_of, quote, zone_of
from abono.flows.signup.sign import Administrator, check
from abono.platform.idempotency import Ask
from abono.platform.use_case import use_case

_FACTS = ("legal_name", "country", "tax_id", "time_zone", "language", "financial_name", "financial_email")


@dataclass(frozen=True, slots=True)
class Details:
    """What is asked for: plan, package and currency; who contracts; the code of a coupon, or none; extra licences; by the month
    or the year."""

    choice: tuple[str, str, str]
    customer: NewCustomer
    administrator: Administrator
    coupon: str = ""
    extra_licences: int = 0
    interval: str = MONTH


@use_case
def begin_order(*, details: Details, now: datetime, ask: Ask) -> Draft:
    """Keep an order that can be paid; nothing is charged, and nobody gets an account.

    Raises PlanNotOnSale, PackageNotOnSale, NoPriceInCurrency, CurrencyMismatch, CurrencyOfCountry, ExtraLicencesNotSold,
    TooManyLicences, as `sign.check` and as `flows.coupons.redeem.usable`.
    """
    if "order" in ask.led_to:
        return contracts.read_signup(UUID(ask.led_to["order"]))
    details = _right(details, now=now)
    plan, package, currency = details.choice
    draft, _secret = contracts.start_signup(
        plan_code=plan,
        package_code=package,
        currency=currency,
        interval=details.interval,
        language=details.customer.language,
        typed=_typed(details),
        now=now,
    )
    ask.note(order=str(draft.id))
    return draft


@use_case
def change_order(*, order_id: UUID, details: Details, now: datetime) -> Draft:
    """Put these details in the place of those before. Raises NoSuchSignup, OrderClosed, and as `begin_order`."""
    details = _right(details, contract_id=contracts.read_signup(order_id).contract_id, now=now)
    with locks.draft(order_id) as draft:
        if not progress(draft).open:
            raise OrderClosed()
        plan, package, currency = details.choice
        contracts.save_typed(
            signup_id=order_id,
            typed=_typed(details),
            plan_code=plan,
            package_code=package,
            currency=currency,
            interval=details.interval,
        )
        return contracts.read_signup(order_id)


def details_of(draft: Draft) -> Details:
    """What was kept; of an order of the site as far as it was typed. What is right of it, `sign.check` knows."""
    kept = {**dict.fromkeys((*_FACTS, *addresses.MOST), ""), "language": draft.language, **draft.typed}
    if kept.get("same_person"):
        kept |= {f"financial_{part}": kept.get(f"administrator_{part}", "") for part in ("name", "email")}
    kept["time_zone"] = kept["time_zone"] or _usual_zone(kept["country"])
    address = Address(**{name: kept[name] for name in addresses.MOST})
    return Details(
        draft.choice,
        NewCustomer(**{name: kept[name] for name in _FACTS}, address=address),
        Administrator(kept.get("administrator_name", ""), kept.get("administrator_email", "").lower()),
        kept.get("coupon", ""),
        licences_of(draft),
        draft.interval,
    )


def _quoted(details: Details, *, contract_id: UUID | None, now: datetime) -> Quote:
    plan, package, currency = details.choice
    customer = details.customer
    return quote(
        plan_code=plan,
        package_code=package,
        currency=currency,
        interval=details.interval,
        coupon=details.coupon,
        extra_licences=details.extra_licences,
        buyer=buyer_of(customer.country, customer.tax_id),
        zone=zone_of(customer.country, customer.time_zone),
        contract_id=contract_id,
        now=now,
    )


def _right(details: Details, *, now: datetime, contract_id: UUID | None = None) -> Details:
    """The same with a time zone, once it is all sold and right, its coupon too."""
    currency = details.choice[2]
    found = _quoted(details, contract_id=contract_id, now=now)
    for no in (found.refused, found.unsold):
        if no is not None:
            raise no
    require_currency(details.customer.country, currency, at=now)
    zone = details.customer.time_zone or _usual_zone(details.customer.country)
    customer = replace(details.customer, time_zone=zone)
    check(customer, details.administrator)
    return replace(details, customer=customer)


def _usual_zone(country: str) -> str:
    """Empty where we do not sell: then the country is what is wrong."""
    return customer_rules.COUNTRIES[country][2] if country in customer_rules.COUNTRIES else ""


def _typed(details: Details) -> dict[str, str]:
    """As the fields of the page on which an order is made: whoever goes on there finds it."""
    customer = details.customer
    return {
        **{name: getattr(customer, name) for name in _FACTS},
        **asdict(customer.address),
        "administrator_name": details.administrator.name,
        "administrator_email": details.administrator.email,
        "coupon": details.coupon,
        "licences": str(details.extra_licences or ""),
    }
