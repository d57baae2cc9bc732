"""A life at random: its settings, its coupons, its order, and what must hold after each act."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from abono.domain.catalog import actions as catalog
from abono.domain.catalog.content import Catalog
from abono.domain.contracts import actions as signups
from abono.domain.contracts.models import Contract
from abono.domain.contracts.types import MONTH, YEAR, ContractInfo
from abono.domain.coupons import actions as coupons
from abono.domain.coupons.types import NewCoupon
from abono.domain.credit import queries as credit
from abono.domain.customers.types import Address
from abono.domain.invoicing.models import Invoice
from abono.domain.metering import actions as metering
from abono.domain.payments import registry
from abono.domain.payments.models import Receipt
from abono.domain.settings import known, trials
from abono.domain.settings.actions import set_value
from abono.domain.settings.restriction import END_AFTER, RESTRICT_AFTER
from abono.domain.settings.types import SELLER, Whose
from abono.kernel.errors import Refusal
from abono.kernel.money import Money
from abono.kernel.periods import add_months
from tests.books import check_books
from tests.database import empty_catalog
from tests.domain.catalog.edits import SHIPPED_CATALOG
from tests.pushes import FakePush
from tests.scenarios.years import sell_by_the_year
from tests.world import CATALOG_FROM, DAY, JUNE_1, PADARIA, Tenant, begin_signup, sign

PLANS = ["starter", "specialist", "expert", "professional"]
PACKAGES = ["brl-100", "brl-250", "brl-500", "brl-1000"]
ROUNDED = 5
TAX = {"country": "BR", "way": "on_top"}
SETTINGS: dict[str, list[Any]] = {
    known.CHANGE_PRORATION.key: ["day", "day", "second", "none"],
    known.CHANGE_STEP_DOWN.key: ["next_cycle", "at_once"],
    known.CHANGE_DIFFERENCE.key: [
        known.CHANGE_DIFFERENCE.shipped,
        known.CHANGE_DIFFERENCE.shipped,
        "next_invoice",
    ],
    known.CHANGE_INTERACTIONS.key: ["by_day", "whole"],
    known.CHANGE_MINIMUM.key: ["none", "BRL 50", "BRL 20000"],
    known.YEAR_UNUSED.key: ["end", "credit"],
    known.CYCLE_BEGINS.key: ["adhesion", "month"],
    known.FEES_BILLED.key: ["ahead", "ahead", "afterwards"],
    known.PRICE_KEPT_MONTHS.key: [0, 0, 12],
    known.REVIEW_FOR.key: [timedelta(0), timedelta(0), timedelta(hours=36), timedelta(days=7)],
    known.CHANGE_HELD_FOR.key: ["", "", "", "approval"],
    trials.TRIAL_DAYS.key: [0, 0, 5, 45],
    trials.TRIAL_SENDS.key: ["seller", "package", "customer"],
    known.TAXES.key: [
        [],
        [],
        [{**TAX, "name": "ISS", "fiscal_type": "licensing", "percent": "5"}],
        [{**TAX, "name": "IVA", "fiscal_type": "licensing", "percent": "100"}],
        [
            {**TAX, "name": "ISS", "fiscal_type": "licensing", "percent": "4.33"},
            {**TAX, "name": "PIS", "fiscal_type": "sva", "percent": "9.25"},
            {**TAX, "name": "COF", "fiscal_type": "sva", "percent": "3"},
        ],
    ],
}

FERRETERIA = replace(
    PADARIA,
    legal_name="Ferretería Andes SpA",
    country="CL",
    tax_id="76086428-5",
    address=Address("Avenida Providencia", "Santiago", "1208", region="RM", postal_code="7500000"),
)


def sold_in(currency: str) -> Catalog:
    """What is sold in reais, in a currency without cents: as many pesos as centavos."""
    plans = [
        replace(
            plan,
            prices=tuple(replace(one, currency=currency) for one in plan.prices if one.currency == "BRL"),
        )
        for plan in SHIPPED_CATALOG.plans
    ]
    packages = [replace(one, currency=currency) for one in SHIPPED_CATALOG.packages if one.currency == "BRL"]
    return replace(SHIPPED_CATALOG, plans=tuple(plans), packages=tuple(packages))


def in_pesos(value: Any) -> Any:
    """A setting of Brazil, as one of Chile."""
    if isinstance(value, list):
        return [{**one, "country": "CL"} for one in value]
    return value.replace("BRL", "CLP") if isinstance(value, str) else value


class Life:
    def __init__(
        self,
        dice: Random,
        gateway: Any,
        *,
        by_year: bool | None = None,
        zone: str = PADARIA.time_zone,
        since: datetime | None = None,
        currency: str = "BRL",
    ) -> None:
        self.dice, self.gateway, self.now = dice, gateway, since or JUNE_1 + dice.choice([0, 18]) * DAY
        self.currency, self.customer = currency, replace(PADARIA, time_zone=zone)
        self.before = self.now - 30 * DAY
        self.lost, self.catalog = 0, SHIPPED_CATALOG  # what a bank gave back itself
        self.adjustments: list[UUID] = []
        self.known_from = self.known_to = add_months(self.now.date().replace(day=1), -14)
        self.story: list[Any] = []
        self.name = ""  # in the story of several
        self.bank: FakePush = registry.push_gateway("bank")  # type: ignore[assignment]
        self.strays: dict[str, Money] = {}  # Pix of nobody, until it goes back
        self.newest: tuple[UUID, dict[str, Any], int, tuple[str, str, int]] | None = None
        self.clean = self.repaired = True
        if currency != "BRL":
            self.customer, self.catalog = replace(FERRETERIA, time_zone=zone), sold_in(currency)
        if self.catalog != SHIPPED_CATALOG or self.before < CATALOG_FROM:
            empty_catalog()
            catalog.apply(catalog=self.catalog, actor="test", now=self.before)
        for threshold in (known.SECOND_PERSON_CREDIT, known.SECOND_PERSON_PRICES):
            set_value(setting=threshold, value="never", actor="olga", why="a", now=self.before)
        for setting in SETTINGS:
            self.set(setting, now=self.before)
        set_value(
            setting=known.REGRET_WITHIN, value=timedelta(days=90), actor="olga", why="a", now=self.before
        )
        # Whoever owes for a year is restricted then, and not at an end before the life is over (END-5).
        for days in (RESTRICT_AFTER, END_AFTER):
            set_value(setting=days, value=365, actor="olga", why="a", now=self.before)
        self.by_year = dice.randrange(3) == 0 if by_year is None else by_year
        if self.by_year:
            self.catalog = sell_by_the_year(self.catalog, now=self.before)
        self.coupon("a")
        self.coupon("b")
        self.tenant = self.order()
        self.key = self.tenant.contract_id
        self.checked()

    def beside(self, dice: Random, name: str, *, alike: bool) -> Life:
        """Another contract of the same seller, as this one was; else on another day at times, and half of them otherwise."""
        other = copy(self)
        other.dice, other.name, other.adjustments, other.newest = dice, name, [], None
        if not alike:
            other.now += dice.choice([0, 0, 0, 5]) * DAY
        other.tenant = other.order(like=self.tenant.contract if alike or dice.randrange(2) else None)
        other.key = other.tenant.contract_id
        return other

    def about_to_renew(self) -> None:
        """Its cycle is over, and nothing is done about it yet."""

    def tell(self, *what: Any) -> None:
        self.story.append((f"{self.now:%m-%d %H:%M}", *filter(None, [self.name]), *what))

    def set(self, key: str, now: datetime, *, whose: Whose = SELLER) -> None:
        setting = known.SETTINGS[key]
        value = self.dice.choice(SETTINGS[key])
        if self.currency != "BRL":
            value = in_pesos(value)
        set_value(setting=setting, value=value, whose=whose, actor="olga", why="a", now=now)
        self.tell(setting.key, value)

    def coupon(self, code: str) -> None:
        off = self.dice.choice(
            [
                {"rate_micro": 333_333},
                {"rate_micro": 1_000_000},
                {"amounts": {self.currency: 150_01}},
                {"amounts": {self.currency: 777_77}},
            ]
        )
        named: dict[str, Any] = self.dice.choice(
            [{}, {}, {"plans": ("specialist", "expert")}, {"packages": ("brl-250",)}]
        )
        cycles = self.dice.choice([1, 2, None])
        coupons.make(
            NewCoupon(
                **{"code": code, "rate_micro": None, "amounts": None, "cycles": cycles, **off, **named}
            ),
            why="a",
            actor="olga",
            now=self.before,
        )
        self.tell("coupon", code, off, named, cycles)

    def order(self, like: ContractInfo | None = None) -> Tenant:
        plan, package = self.dice.choice(PLANS), self.dice.choice(PACKAGES)
        interval, coupon = self.interval(YEAR), self.dice.choice(["", "a"])
        if like:
            plan, package, interval, coupon = like.plan_code, like.package_code, like.interval, ""
        for code in (coupon, ""):
            try:
                signup = begin_signup(
                    now=self.now, plan=plan, package=package, customer=self.customer, currency=self.currency
                )
                signups.save_typed(
                    signup_id=signup,
                    typed={"coupon": code, "country": self.customer.country, "tax_id": self.customer.tax_id},
                    plan_code=plan,
                    package_code=package,
                    interval=interval,
                    currency=self.currency,
                )
                signed = sign(signup_id=signup, customer=self.customer, now=self.now)
                self.tell("order", plan, package, code, interval)
                return Tenant(signed.customer_id, signed.contract_id, {})
            except Refusal as no:
                self.tell("order refused", repr(no))
        raise AssertionError

    def interval(self, has: str) -> str:
        """Another one at times, where plans are sold by the year."""
        return self.dice.choice([has, has, has, MONTH, YEAR]) if self.by_year else MONTH

    @property
    def contract(self) -> Contract:
        return Contract.objects.select_related("term__plan", "term__package", "customer").get(id=self.key)

    @property
    def received(self) -> int:
        """What came otherwise than by a card, and was not taken back."""
        found = Receipt.objects.filter(invoice__contract_id=self.key, withdrawn_at=None)
        return sum(found.values_list("amount_minor", flat=True))

    @property
    def money(self) -> int:
        return sum(self.gateway.book.values()) + self.received - credit.balance(self.key)

    def stands(self) -> dict[str, Any]:
        start = self.tenant.contract.cycle_start
        return metering.stands(contract_id=self.key, cycle_start=start)

    def checked(self) -> None:
        found = [(one.where, one.booked) for one in check_books()]
        assert found == sorted(
            (f"bank {key}", f"{one.currency} {one.minor}") for key, one in self.strays.items()
        )
        for invoice in Invoice.objects.filter(contract_id=self.key):
            assert sum(invoice.lines.values_list("amount_minor", flat=True)) == invoice.total_minor >= 0
            assert min(invoice.owed_minor, invoice.rest_minor, invoice.received_minor) >= 0
            assert invoice.rest_minor <= invoice.total_minor
