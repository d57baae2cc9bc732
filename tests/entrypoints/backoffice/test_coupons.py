"""Coupons through the doors: made in the back office, redeemed with an order, in the portal and over the API (INV-8)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from abono.domain.contracts.states import Arranged
from abono.domain.coupons import actions as coupons_made
from abono.domain.coupons import queries as coupons
from abono.domain.coupons.types import NewCoupon
from abono.domain.invoicing import queries as invoices
from abono.entrypoints.portal.coupon_tries import FREE_TRIES
from abono.flows.arrangements.arrange import Asked, arrange
from abono.kernel.ids import public
from abono.kernel.periods import local_date
from abono.platform import clock
from tests import sql
from tests.entrypoints.api.conftest import program
from tests.entrypoints.portal.reading import words as text_of
from tests.entrypoints.public.conftest import DETAILS
from tests.stories import made_coupon
from tests.world import Tenant, load_catalog, use

pytestmark = pytest.mark.django_db
FORM = {
    "code": "sol10",
    "percent": "10",
    "cycles": "2",
    "most_each": "1",
    "plans": "specialist",
    "why": "spring",
}


def test_a_coupon_is_made_with_its_reason_given_taken_back_and_ended(olga: Client, padaria: Tenant) -> None:
    assert olga.post("/en/back-office/coupons/", {**FORM, "percent": "101"}).status_code == 422
    assert olga.post("/en/back-office/coupons/", {**FORM, "amounts": "BRL 5"}).status_code == 422
    made = olga.post("/en/back-office/coupons/", FORM)
    [coupon] = coupons.newest()
    page = f"/en/back-office/coupons/{coupon.public_id}/"
    assert made["Location"] == page
    assert (coupon.rate_micro, coupon.cycles, coupon.plans) == (100_000, 2, ("specialist",))
    assert "already" in text_of(olga.post("/en/back-office/coupons/", FORM))
    number, contract = padaria.contract.number, public("ctr", padaria.contract_id)
    begun = olga.get("/en/back-office/coupons/", {"code": "sol10", "contract": number})
    assert begun["Location"] == f"{page}?contract={number}"
    given = {"redeem": "yes", "number": number}
    seen = text_of(olga.post(page, given))
    assert "Total R$700.00 As it would be" in seen
    assert "Discount on software plan Specialist −R$60.00" in seen
    assert olga.post(page, {**given, "confirm": "2026-000000-0"}).status_code == 200  # another was looked at
    assert coupons.of_contract(padaria.contract_id) == []
    assert olga.post(page, {**given, "confirm": number}).status_code == 302
    assert "Padaria Sol" in text_of(olga.get(page))
    assert "from cycle 2 on, which begins on" in text_of(olga.get(page))
    assert "Off the fees of Specialist" in text_of(olga.get(page))
    take_back = {"take_back": "yes", "contract": contract, "why": "a mistake"}
    assert "Total R$640.00 As it would be" in text_of(olga.post(page, take_back))
    assert len(coupons.of_contract(padaria.contract_id)) == 1
    assert olga.post(page, {**take_back, "confirm": f"{contract} False"}).status_code == 302
    assert [one.coupon is None for one in coupons.of_contract(padaria.contract_id)] == [False, True]
    assert "no coupon" in text_of(olga.post(page, take_back))
    assert olga.post(page, {"end": "yes", "why": ""}).status_code == 422
    assert olga.post(page, {"end": "yes", "why": "too dear"}).status_code == 302
    assert coupons.get(coupon.id).ended_why == "too dear"


def test_an_order_shows_what_its_coupon_takes_off_before_it_is_paid(gateway: object) -> None:
    load_catalog()
    made_coupon()
    visitor, choice = Client(), {"plan": "specialist", "package": "brl-100", "currency": "BRL"}
    begun = visitor.post("/en/order/", {**choice, **DETAILS, "coupon": "nothing", "recalculate": "yes"})
    details = begun["Location"].partition("#")[0]
    assert "no coupon with this code" in text_of(visitor.get(details))
    refused = visitor.post(details, {**choice, **DETAILS, "coupon": "nothing"})
    assert refused.status_code == 422
    visitor.post(details, {**choice, **DETAILS, "coupon": "sol10", "recalculate": "yes"})
    shown = text_of(visitor.get(details))
    assert "Discount on software plan Specialist" in shown
    assert "−R$60.00" in shown
    assert "R$1,279.00" in shown
    assert visitor.post(details, {**choice, **DETAILS, "coupon": "sol10"})["Location"].endswith("/pay/")
    assert "Then, each month without the coupon R$700.00" in shown


def test_an_order_says_for_how_many_months_its_coupon_holds_and_what_comes_after(gateway: object) -> None:
    load_catalog()
    new = NewCoupon(code="three", rate_micro=100_000, amounts=None, cycles=3, plans=("specialist",))
    coupons_made.make(new, why="a test", actor="olga", now=clock.now())
    visitor, choice = Client(), {"plan": "specialist", "package": "brl-100", "currency": "BRL"}
    sent = {**choice, **DETAILS, "coupon": "three", "recalculate": "yes"}
    shown = text_of(visitor.get(visitor.post("/en/order/", sent)["Location"].partition("#")[0]))
    assert "Then, 2 months with the coupon, each R$640.00" in shown  # 700 less a tenth of 600
    assert "After that, each month without the coupon R$700.00" in shown
    more = text_of(
        visitor.get(visitor.post("/en/order/", {**sent, "licences": "2"})["Location"].partition("#")[0])
    )
    assert "Extra licences, plan Specialist every month R$430.00" in more
    assert "After that, each month without the coupon R$1,130.00" in more  # 700 + 2 x 215


def test_codes_are_not_guessed_for_long(gateway: object) -> None:
    load_catalog()
    visitor, choice = Client(), {"plan": "specialist", "package": "brl-100", "currency": "BRL"}
    sent = {**choice, **DETAILS, "recalculate": "yes"}
    order = visitor.post("/en/order/", {**sent, "coupon": "guess-0"})["Location"].partition("#")[0]
    answers = [visitor.post(order, {**sent, "coupon": f"guess-{n}"}) for n in range(1, FREE_TRIES + 1)]
    assert [one.status_code for one in answers] == [302] * (FREE_TRIES - 1) + [429]
    assert visitor.post(order, {**sent, "coupon": f"guess-{FREE_TRIES - 1}"}).status_code == 302  # known
    assert f'value="guess-{FREE_TRIES - 1}"' in visitor.get(order).text


def test_a_contract_redeems_one_in_the_portal_and_over_the_api(ana: Client, padaria: Tenant) -> None:
    made_coupon()
    made_coupon("other")
    contract, sol = public("ctr", padaria.contract_id), program(padaria.customer_id)
    page = f"/en/settings/contracts/{contract}/coupon/"
    assert "no coupon with this code" in text_of(ana.post(page, {"code": "x"}))
    looked = ana.post(page, {"code": "sol10"})
    assert "As it is" in text_of(looked)
    assert "As it would be" in text_of(looked)
    assert "R$630.00" in text_of(looked)
    confirm = re.findall('name="confirm" value="([^"]+)"', looked.text)[0]
    tries = sql.run("SELECT tries FROM platform_throttle")
    assert ana.post(page, {"code": "other", "confirm": confirm}).status_code == 422  # another was looked at
    tomorrow = local_date(clock.now(), "America/Sao_Paulo") + timedelta(days=1)
    training = Asked(Arranged.ADD_ON, 50_000_000, tomorrow, "Agreed", name="Training")
    arrange(contract_id=padaria.contract_id, asked=training, actor="olga", now=clock.now())
    stale = ana.post(page, {"code": "sol10", "confirm": confirm})
    assert (stale.status_code, "not as you saw it any more" in text_of(stale)) == (422, True)
    assert sol.get(f"/contracts/{contract}/coupons").json()["items"] == []
    confirm = re.findall('name="confirm" value="([^"]+)"', stale.text)[0]
    use(padaria.contract_id, 400, at=clock.now())  # beyond the package, as it goes on while somebody looks
    assert ana.post(page, {"code": "sol10", "confirm": confirm}).status_code == 302
    assert sql.run("SELECT tries FROM platform_throttle") == [(tries[0][0] + 2,)]  # neither look was redeemed
    assert "Coupon SOL10 −R$70.00 on the same invoice" in text_of(ana.get("/en/settings/contracts/"))
    again = sol.post(f"/contracts/{contract}/coupons", {"code": "other"}, once="another")
    assert (again.status_code, again.json()["code"]) == (409, "coupons.another_runs")
    [row] = sol.get(f"/contracts/{contract}/coupons").json()["items"]
    assert (row["coupon"], row["first_cycle"], row["cycles"]) == ("SOL10", 1, 1)
    [line] = [
        one
        for one in sol.get(f"/contracts/{contract}/next-invoice").json()["lines"]
        if one["kind"] == "plan_discount"
    ]
    assert line["calculation"]["code"] == "SOL10"
    assert line["explanation"] == "SOL10: 10% of R$600.00 = R$60.00"
    assert invoices.find(padaria.contract_id, key="cycle:1") is None
