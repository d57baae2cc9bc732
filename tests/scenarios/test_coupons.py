"""Coupons (INV-8): with the order, on a contract that runs, through changes and renewals, and what they are refused for."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime

import pytest

from abono.domain.contracts import actions as signups
from abono.domain.coupons import actions as coupons
from abono.domain.coupons.errors import (
    CouponElsewhere,
    CouponNotValid,
    CouponOnlyFirst,
    CouponRunning,
    CouponTwice,
    CouponUsedUp,
)
from abono.domain.coupons.types import CouponInfo, NewCoupon
from abono.domain.customers import queries as customers
from abono.domain.customers.types import Particulars
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.labels import explanation, sentence
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import CHANGE_STEP_DOWN, FEES_BILLED, TAXES
from abono.flows.billing.project import project_invoice
from abono.flows.billing.renew import renew
from abono.flows.changes.undo import undo_change
from abono.flows.coupons.redeem import redeem_coupon, take_back_coupon
from abono.flows.people.organization import change_organization
from abono.flows.quotes import seen
from abono.flows.signup.quote import quote_of
from tests.books import check_books
from tests.world import (
    DAY,
    HOUR,
    JUNE_1,
    LUNA,
    PADARIA,
    Tenant,
    accept,
    begin_signup,
    change,
    load_catalog,
    make_padaria,
    quote,
    sign,
)

JULY_1, AUGUST_1, SEPTEMBER_1 = (datetime.fromisoformat(f"2026-0{n}-01T03:00Z") for n in (7, 8, 9))
TEN_PERCENT = 100_000

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalog")]


@pytest.fixture(name="catalog")
def _catalog() -> None:
    load_catalog()


def make(
    code: str = "sol10", *, rate: int | None = TEN_PERCENT, cycles: int | None = 2, **more: object
) -> CouponInfo:
    new = NewCoupon(code=code, rate_micro=rate, cycles=cycles, **{"amounts": None, **more})  # type: ignore[arg-type]
    return coupons.make(new, why="spring", actor="olga", now=JUNE_1)


def order(coupon: str, now: datetime = JUNE_1, *, package: str = "brl-100", **more: object) -> Tenant:
    """Padaria Sol contracts on the site with a coupon."""
    signup_id = begin_signup(package=package, now=now)
    signups.save_typed(
        signup_id=signup_id,
        typed={"coupon": coupon, "country": "BR", "tax_id": PADARIA.tax_id},
        plan_code="specialist",
        package_code=package,
        interval="month",
        currency="BRL",
    )
    signed = sign(signup_id=signup_id, now=now, **more)  # type: ignore[arg-type]
    return Tenant(signed.customer_id, signed.contract_id, {})


def redeem(tenant: Tenant, code: str = "SOL10", *, now: datetime = JUNE_1 + HOUR) -> None:
    redeem_coupon(contract_id=tenant.contract_id, code=code, actor="ana", now=now)


def lines(tenant: Tenant, key: str) -> list[tuple[str, int]]:
    found = invoices.find(tenant.contract_id, key=key)
    assert found is not None
    assert sum(line.amount_minor for line in found.lines) == found.total_minor >= 0
    return [(line.kind.value, line.amount_minor) for line in found.lines]


def projected(tenant: Tenant) -> list[tuple[str, int]]:
    found = project_invoice(contract_id=tenant.contract_id)
    assert found is not None
    return [(line.kind.value, line.amount.minor) for line in found.lines]


@pytest.mark.rule("INV-8", part="percent or amount")
@pytest.mark.rule("INV-8", part="cycles, dates, conditions")
def test_a_coupon_of_an_order_takes_its_share_off_the_first_cycles_and_no_more() -> None:
    make()
    padaria = order("sol10")
    whole = [("plan", 600_00), ("package", 100_00), ("plan_discount", -60_00), ("package_discount", -10_00)]
    assert lines(padaria, "first") == [*whole, ("activation", 649_00)]
    first = invoices.find(padaria.contract_id, key="first")
    assert first is not None
    assert explanation(first.lines[2], "BRL", "en") == "SOL10: 10% of R$600.00 = R$60.00"
    for number, moment, expected in ((1, JULY_1, whole), (2, AUGUST_1, whole[:2])):
        assert projected(padaria) == expected
        renew(contract_id=padaria.contract_id, now=moment)
        assert lines(padaria, f"cycle:{number}") == expected
    assert check_books() == []


@pytest.mark.rule("INV-8", part="percent or amount")
def test_an_amount_is_taken_off_the_plan_first_and_never_more_than_the_fees() -> None:
    make(rate=None, amounts={"BRL": 650_00}, cycles=None)
    padaria = order("SOL10")
    assert lines(padaria, "first")[2:4] == [("plan_discount", -600_00), ("package_discount", -50_00)]
    make("all", rate=None, amounts={"BRL": 9_999_00}, cycles=1)
    take_back_coupon(
        contract_id=padaria.contract_id, whole=False, why="a better one", actor="olga", now=JUNE_1 + HOUR
    )
    redeem(padaria, "all", now=JUNE_1 + 2 * HOUR)
    renew(contract_id=padaria.contract_id, now=JULY_1)
    found = invoices.find(padaria.contract_id, key="cycle:1")
    assert found is not None
    assert (found.total_minor, found.state.value) == (0, "paid")


@pytest.mark.rule("INV-8", part="order")
@pytest.mark.rule("CHG-4", part="from the invoiced line")
def test_a_change_gives_back_what_was_invoiced_net_of_its_discount_and_its_undo_gives_all_back() -> None:
    """12 of 30 days: 600.00 less 60.00 were invoiced, so 216.00 of it are unused; 3,900.00 less 390.00 cost 1,404.00."""
    make()
    padaria = order("sol10")
    at = JUNE_1 + 18 * DAY
    change_id = quote(padaria, plan="professional", actor="ana", now=at)
    seen_one = seen.find(change_id).quote
    amounts = [(line.kind.value, line.amount.minor) for line in seen_one.lines]
    assert amounts == [
        ("plan_unused", -240_00),
        ("plan", 1_560_00),
        ("plan_discount", 24_00),
        ("plan_discount", -156_00),
    ]
    sentences = [sentence(one.name, one.calculation, one.amount, "en") for one in seen_one.lines[2:]]
    assert sentences == [
        "SOL10, taken back: 10% of R$600.00 = R$60.00; 12 of 30 days: R$60.00 × 12/30 = R$24.00",
        "SOL10: 10% of R$3,900.00 = R$390.00; 12 of 30 days: R$390.00 × 12/30 = R$156.00",
    ]
    assert seen_one.today.minor == 1_404_00 - 216_00
    assert seen_one.next_invoice.minor == (3_900_00 + 100_00) * 9 // 10
    accept(padaria, change_id, now=at)
    assert lines(padaria, f"change:{change_id}") == amounts
    undo_change(change_id=change_id, customer_id=padaria.customer_id, actor="ana", now=at + HOUR / 2)
    assert projected(padaria) == [
        ("plan", 600_00),
        ("package", 100_00),
        ("plan_discount", -60_00),
        ("package_discount", -10_00),
    ]
    assert check_books() == []


def test_a_raised_package_has_its_share_taken_off_whole_and_an_amount_goes_by_days() -> None:
    make(cycles=None)
    padaria = order("sol10")
    at = JUNE_1 + 15 * DAY
    raised = seen.find(quote(padaria, package="brl-250", now=at)).quote
    assert [(line.kind.value, line.amount.minor) for line in raised.lines] == [
        ("package_raise", 150_00),
        ("package_discount", 10_00),
        ("package_discount", -25_00),
    ]
    take_back_coupon(contract_id=padaria.contract_id, whole=True, why="a mistake", actor="olga", now=at)
    of_june = [("package_discount", 10_00), ("plan_discount", 60_00)]
    assert sorted(projected(padaria)[2:]) == of_june
    renew(contract_id=padaria.contract_id, now=JULY_1)
    assert sorted(lines(padaria, "cycle:1")[2:]) == of_june
    renew(contract_id=padaria.contract_id, now=AUGUST_1)
    assert lines(padaria, "cycle:2") == [("plan", 600_00), ("package", 100_00)]


@pytest.mark.rule("INV-8", part="order")
@pytest.mark.rule("CHG-1", part="to the cent")
def test_a_change_that_costs_nothing_is_shown_to_cost_nothing_on_an_invoice_that_comes_afterwards() -> None:
    """All is free; 500.00 of package less, and seven licences more, with a tax on top of them that takes rounding."""
    of_licences = {
        "name": "IVA",
        "country": "BR",
        "fiscal_type": "licensing",
        "percent": "100",
        "way": "on_top",
    }
    for setting, value in (
        (FEES_BILLED, "afterwards"),
        (CHANGE_STEP_DOWN, "at_once"),
        (TAXES, [of_licences]),
    ):
        set_value(setting=setting, value=value, actor="olga", why="a", now=JUNE_1 - DAY)
    make(rate=1_000_000, cycles=None)
    padaria = order("sol10", package="brl-1000")
    change_id = quote(padaria, package="brl-500", licences=7, actor="ana", now=JUNE_1 + HOUR)
    shown = seen.find(change_id).quote
    assert (shown.today.minor, shown.next_invoice.minor) == (0, 0)
    accept(padaria, change_id, now=JUNE_1 + HOUR)
    assert projected(padaria) == []


@pytest.mark.rule("INV-8", part="cycles, dates, conditions")
def test_one_that_is_taken_back_whole_is_asked_for_of_two_cycles_whatever_else_is_put_right() -> None:
    make(cycles=None)
    padaria = order("sol10")
    set_value(setting=CHANGE_STEP_DOWN, value="at_once", actor="olga", why="a test", now=JUNE_1)
    change(padaria, licences=3, now=JUNE_1 + DAY)
    change(padaria, licences=0, now=JUNE_1 + 2 * DAY)  # so that June is looked at for a year
    for moment in (JULY_1, AUGUST_1):
        renew(contract_id=padaria.contract_id, now=moment)
    at = AUGUST_1 + DAY
    take_back_coupon(contract_id=padaria.contract_id, whole=True, why="a mistake", actor="olga", now=at)
    renew(contract_id=padaria.contract_id, now=SEPTEMBER_1)
    assert sorted(lines(padaria, "cycle:3")[2:]) == [
        *[("package_discount", 10_00)] * 2,  # of July and August
        *[("plan_discount", 60_00)] * 2,
    ]


@pytest.mark.rule("INV-8", part="cycles, dates, conditions")
def test_a_running_contract_has_it_from_its_next_cycle_on_and_one_at_a_time() -> None:
    make(cycles=1, plans=("specialist",))
    make("other")
    padaria = make_padaria()
    redeem(padaria)
    with pytest.raises(CouponRunning):
        redeem(padaria, "other")
    with pytest.raises(CouponRunning):
        redeem(padaria)
    renew(contract_id=padaria.contract_id, now=JULY_1)
    assert lines(padaria, "cycle:1") == [("plan", 600_00), ("package", 100_00), ("plan_discount", -60_00)]
    with pytest.raises(CouponTwice):
        redeem(padaria, now=JULY_1 + HOUR)
    redeem(padaria, "other", now=JULY_1 + HOUR)


@pytest.mark.rule("INV-8", part="cycles, dates, conditions")
def test_a_coupon_is_refused_with_a_code_where_it_is_not_for() -> None:
    padaria = make_padaria()
    for more, no in (
        ({"valid_from": JULY_1}, CouponNotValid),
        ({"valid_until": JUNE_1}, CouponNotValid),
        ({"packages": ("brl-250",)}, CouponElsewhere),
        ({"countries": ("CO",)}, CouponElsewhere),
        ({"rate": None, "amounts": {"USD": 1}}, CouponElsewhere),
        ({"first_only": True, "most": 1}, None),
    ):
        code = f"c{len(str(more))}{'valid_from' in more}"
        make(code, **more)  # type: ignore[arg-type]
        if no is not None:
            with pytest.raises(no):
                redeem(padaria, code)
    ended = make("ended")
    coupons.end(ended.id, why="too dear", actor="olga", now=JUNE_1)
    with pytest.raises(CouponNotValid):
        redeem(padaria, "ended")


@pytest.mark.rule("INV-8", part="cycles, dates, conditions")
def test_the_same_organization_has_it_once_and_all_together_as_often_as_it_says() -> None:
    make(most=1)
    make("first", first_only=True)
    order("sol10")
    refused = {code: _quote(code).refused for code in ("sol10", "first")}
    assert isinstance(refused["sol10"], CouponTwice)
    assert isinstance(refused["first"], CouponOnlyFirst)
    assert _quote("sol10").first_total.minor == 1_349_00
    luna = {"country": "CO", "tax_id": LUNA.tax_id}
    assert isinstance(_quote("sol10", **luna).refused, CouponUsedUp)
    assert _quote("first", **luna).first_total.minor == 1_279_00


@pytest.mark.rule("INV-8", part="cycles, dates, conditions")
def test_another_tax_id_makes_no_other_organization() -> None:
    for code, more in (("sol10", {}), ("first", {"first_only": True}), ("once", {})):
        make(code, **more)
    padaria, second = make_padaria(), "11222333000262"  # of another establishment of the same company
    redeem(padaria)
    order("once")
    now = customers.get(padaria.customer_id)
    kept = {one.name: getattr(now, one.name) for one in fields(Particulars)}
    change_organization(
        customer_id=padaria.customer_id,
        new=Particulars(**{**kept, "tax_id": second}),
        by="Ana",
        by_seller=False,
        actor="ana",
        now=JUNE_1 + HOUR,
    )
    for tax_id in (PADARIA.tax_id, second):
        assert isinstance(_quote("sol10", tax_id=tax_id).refused, CouponTwice)
        assert isinstance(_quote("first", tax_id=tax_id).refused, CouponOnlyFirst)
    renew(contract_id=padaria.contract_id, now=JULY_1)
    renew(contract_id=padaria.contract_id, now=AUGUST_1)
    with pytest.raises(CouponTwice):  # another of its organization had it, under the tax id from before
        redeem(padaria, "once", now=AUGUST_1 + HOUR)


def _quote(coupon: str, *, country: str = "BR", tax_id: str = PADARIA.tax_id):  # type: ignore[no-untyped-def]
    signup_id = begin_signup(now=JUNE_1)
    signups.save_typed(
        signup_id=signup_id,
        typed={"coupon": coupon, "country": country, "tax_id": tax_id},
        plan_code="specialist",
        package_code="brl-100",
        interval="month",
        currency="BRL",
    )
    return quote_of(signups.read_signup(signup_id), now=JUNE_1 + HOUR)


def test_a_declined_order_gives_its_coupon_back() -> None:
    from abono.domain.payments.errors import CardDeclined

    made = make(most=1)
    with pytest.raises(CardDeclined):
        order("sol10", card="decline:balance")
    padaria = order("sol10")
    assert lines(padaria, "first")[2] == ("plan_discount", -60_00)
    assert made.redeemed == 0
