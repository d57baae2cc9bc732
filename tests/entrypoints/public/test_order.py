"""Contracting: the choice, and an order that waits for whoever began it."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import timedelta

import pytest
from django.test import Client

from abono.domain.contracts import actions as contracts
from abono.domain.contracts.actions import SIGNUP_KEPT
from abono.domain.contracts.models import Signup
from abono.domain.identity import queries as people
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import CONTRACT_CURRENCY, CYCLE_BEGINS
from abono.entrypoints.portal.order.views import FREE_ORDERS
from abono.kernel.periods import local_date
from abono.kernel.proration import Days, left_of
from abono.platform import clock
from tests.entrypoints.public.conftest import DETAILS, Browser, Fields


@pytest.mark.rule("CON-1", part="one plan and one package")
@pytest.mark.rule("CON-2", part="first charge line by line")
@pytest.mark.rule("CON-2", part="what comes every month")
def test_the_choice_leads_to_details_beside_the_first_charge_line_by_line(browser: Browser) -> None:
    page = browser.get(browser.choose()).content.decode()
    # 600.00 + 100.00 + 649.00 once = 1,349.00; every month 700.00.
    for said in (
        "Software plan Specialist",
        "R$600.00",
        "Channel package R$100",
        "R$100.00",
        "Activation of plan Specialist",
        "R$649.00",
        "R$1,349.00",
        "R$700.00",
    ):
        assert said in page
    assert page.count("every month") == 2


@pytest.mark.rule("CON-1", part="same currency")
@pytest.mark.rule("CON-1", part="neither alone")
@pytest.mark.parametrize(
    ("plan", "package", "currency"),
    [
        ("", "brl-100", "BRL"),
        ("specialist", "", "BRL"),  # neither alone is sold
        ("specialist", "brl-100", "USD"),
        ("specialist", "usd-20", "BRL"),
        ("specialist", "brl-100", ""),
        ("enterprise", "brl-100", "BRL"),
        ("gold", "brl-100", "BRL"),
        ("specialist\0", "brl-100", "BRL"),
        ("specialist", "brl-100\0", "BRL"),
        ("specialist", "brl-100", "\0"),
        ("x" * 5_000, "9" * 21, "BRL"),
    ],
)
def test_a_choice_that_cannot_be_sold_begins_nothing(
    browser: Browser, plan: str, package: str, currency: str
) -> None:
    choice = {"plan": plan, "package": package, "currency": currency}
    assert browser.client.get("/en/order/", choice).status_code == 404
    assert browser.client.post("/en/order/", {**choice, **DETAILS}).status_code == 404
    assert not Signup.objects.exists()


@pytest.mark.rule("CON-2")
@pytest.mark.rule("CON-9", part="goes on with the same order")
def test_whoever_begins_again_goes_on_with_the_same_order_whatever_is_chosen(browser: Browser) -> None:
    first = browser.choose()
    assert browser.choose() == first
    assert browser.choose(plan="expert", package="usd-50", currency="USD") == first
    kept = Signup.objects.get()
    assert (kept.plan_code, kept.package_code, kept.currency) == ("expert", "usd-50", "USD")


@pytest.mark.rule("CON-2")
def test_looking_at_an_order_makes_nothing_until_something_is_sent(browser: Browser) -> None:
    choice = {"plan": "specialist", "package": "brl-100", "currency": "BRL"}
    page = browser.client.get("/en/order/", choice)
    assert page.status_code == 200
    assert "R$1,349.00" in page.content.decode()
    assert not Signup.objects.exists()
    assert "sessionid" not in browser.client.cookies

    shown = Fields(page.content.decode()).values
    reply = browser.client.post("/en/order/", {**shown, **choice, **DETAILS})
    order = Signup.objects.get()
    assert reply["Location"].endswith("/pay/")
    assert order.typed["legal_name"] == DETAILS["legal_name"]
    assert browser.client.get("/en/order/", choice).status_code == 302  # it goes on


@pytest.mark.rule("CON-4", part="nothing typed is lost")
def test_a_first_try_that_is_not_right_has_an_address_to_reload_and_to_read_in_another_language(
    browser: Browser,
) -> None:
    choice = {"plan": "specialist", "package": "brl-100", "currency": "BRL"}
    reply = browser.client.post("/en/order/", {**choice, **DETAILS, "city": ""})
    assert reply.status_code == 302
    for address in (reply["Location"], reply["Location"].replace("/en/", "/es/")):
        page = browser.get(address)
        assert list(page.context["form"].errors) == ["city"]
        assert Fields(page.content.decode()).values["legal_name"] == DETAILS["legal_name"]


def test_the_address_of_an_order_alone_leads_on_and_never_to_nothing(browser: Browser) -> None:
    assert browser.get("/es/order/")["Location"] == "/es/plans/"
    order = browser.choose()
    assert browser.get("/en/order/")["Location"] == order
    assert browser.get("/en/order/?plan=specialist").status_code == 404  # a choice that cannot be sold


def test_a_robot_that_sends_order_after_order_waits(browser: Browser) -> None:
    choice = {"plan": "specialist", "package": "brl-100", "currency": "BRL"}
    answers = [Client().post("/en/order/", choice).status_code for _ in range(FREE_ORDERS + 2)]
    assert answers == [302] * FREE_ORDERS + [429] * 2
    assert Signup.objects.count() == FREE_ORDERS


@pytest.mark.rule("CON-9", part="goes on with the same order")
def test_a_signed_link_opens_the_order_on_another_device(browser: Browser) -> None:
    order = browser.ready_to_pay()
    link = re.search(r'href="[^"]*(/en/order/resume/[^"]+)"', browser.get(order).content.decode())
    assert link is not None
    other = Client()
    assert other.get(order).status_code == 404
    assert other.get(link[1])["Location"] == order
    shown = Fields(other.get(order).content.decode()).values
    assert shown["legal_name"] == DETAILS["legal_name"]
    for wrong in (f"{link[1][:-2]}/", f"/en/order/resume/{order.split('/')[3]}/", "/en/order/resume/x/"):
        assert Client().get(wrong).status_code == 404


def test_who_is_signed_in_types_nothing_again_and_finds_the_order_on_every_device(browser: Browser) -> None:
    browser.pay(browser.ready_to_pay())
    ana = people.find_person("ana@padaria.example")
    assert ana is not None
    second = Browser(Client(), browser.simulator)
    second.client.force_login(ana)
    order = second.choose()
    shown = second.fields(order)
    wanted = (
        "legal_name",
        "country",
        "tax_id",
        "administrator_name",
        "administrator_email",
        "financial_name",
    )
    assert {name: shown[name] for name in wanted} == {name: DETAILS[name] for name in wanted}

    third = Client()
    third.force_login(ana)
    assert third.get(order).status_code == 200


def test_an_order_opens_only_in_the_browser_that_began_it(browser: Browser) -> None:
    order = browser.ready_to_pay()
    stranger = Client()
    for address in (order, f"{order}pay/", f"{order}done/"):
        assert stranger.get(address).status_code == 404
        assert browser.client.get(address).status_code in (200, 302)
    assert stranger.post(order, DETAILS).status_code == 404
    assert stranger.post(f"{order}pay/", {"frame_ref": "x"}).status_code == 404


@pytest.mark.parametrize("name", ["sig_0", "x", "sig_" + "0" * 26, "ctr_" + "0" * 26, "sig_" + "z" * 300])
def test_an_unknown_order_is_a_page_that_says_so(browser: Browser, name: str) -> None:
    for ending in ("", "pay/", "done/"):
        reply = browser.get(f"/en/order/{name}/{ending}")
        assert reply.status_code == 404
        assert "There is nothing here" in reply.content.decode()


@pytest.mark.rule("CON-2", "CON-4")
def test_plan_and_package_can_be_changed_beside_the_form_and_what_was_typed_stays(browser: Browser) -> None:
    order = browser.choose()
    reply = browser.client.post(
        order, {"legal_name": "Padaria S", "plan": "expert", "package": "brl-250", "recalculate": "yes"}
    )
    assert reply.status_code == 302
    page = browser.get(order).content.decode()
    assert "R$2,699.00" in page  # 1,800.00 + 250.00 + 649.00
    assert Fields(page).values["legal_name"] == "Padaria S"


@pytest.mark.parametrize(
    ("plan", "package"), [("enterprise", "brl-100"), ("gold", "brl-100"), ("expert", "usd-20"), ("\0", "\0")]
)
def test_a_change_to_what_is_not_sold_changes_nothing(browser: Browser, plan: str, package: str) -> None:
    order = browser.choose()
    browser.fill_in(order, plan=plan, package=package)
    kept = Signup.objects.get()
    assert (kept.plan_code, kept.package_code) == ("specialist", "brl-100")
    assert kept.typed["legal_name"] == DETAILS["legal_name"]


@pytest.mark.rule("CON-4")
def test_another_choice_keeps_what_was_typed_and_accepted(browser: Browser) -> None:
    browser.ready_to_pay()
    shown = browser.fields(browser.choose(plan="expert"))
    assert shown["legal_name"] == DETAILS["legal_name"]
    assert shown["accept"] == DETAILS["accept"]  # the terms are the same: they are not asked again


def test_an_order_whose_plan_was_taken_off_sale_keeps_what_was_typed(browser: Browser) -> None:
    from abono.domain.catalog.models import Plan

    order = browser.ready_to_pay()
    Plan.objects.filter(code="specialist").update(on_sale_until=clock.now())
    reply = browser.get(order)
    assert reply.status_code == 422
    assert "not on sale any more" in reply.content.decode()
    assert Fields(reply.content.decode()).values["legal_name"] == DETAILS["legal_name"]
    assert browser.get(f"{order}pay/").status_code == 302

    browser.fill_in(order, plan="expert", package="brl-100")
    assert browser.get(f"{order}pay/").status_code == 200


@pytest.mark.rule("CON-2")
@pytest.mark.parametrize("language", ["es", "pt-br", "en"])
def test_the_terms_can_be_read_before_they_are_accepted(browser: Browser, language: str) -> None:
    order = browser.choose().replace("/en/", f"/{language}/")
    for address in (order, f"/{language}/terms/"):
        assert "2026-11" in browser.get(address).content.decode()
    assert f'value="2026-11 {language}"' in browser.get(order).content.decode()


@pytest.mark.rule("LIC-6", part="with the first order")
def test_who_ordered_extra_licences_sees_them_when_it_is_done(browser: Browser) -> None:
    order = browser.choose()
    browser.client.post(order, {**DETAILS, "licences": "2"})
    browser.pay(order)
    done = re.sub(r"<[^>]+>", "", browser.get(f"{order}done/").content.decode())
    assert re.search(r"Licences\s*10 \+ 2\s*at the same time", done), done[-2000:]


@pytest.mark.rule("OPS-6")
def test_orders_that_nobody_goes_on_with_are_forgotten_and_paid_ones_stay(browser: Browser) -> None:
    paid = browser.ready_to_pay()
    browser.pay(paid)
    Browser(Client(), browser.simulator).ready_to_pay(legal_name="Left Ltda.")
    old, young = clock.now() + SIGNUP_KEPT + timedelta(minutes=5), clock.now() + timedelta(days=1)
    assert contracts.forget_old_signups(now=young) == 0
    assert contracts.forget_old_signups(now=old) == 1
    assert Signup.objects.get().typed["legal_name"] == DETAILS["legal_name"]
    assert browser.get(f"{paid}done/").status_code == 200


@pytest.mark.rule("CAT-14", part="currency follows the country: default")
@pytest.mark.rule("CAT-14", part="currency follows the country: other")
def test_a_buyer_of_brazil_is_led_to_packages_in_its_currency_and_loses_nothing(browser: Browser) -> None:
    dollars = {"plan": "specialist", "package": "usd-50", "currency": "USD"}
    here = browser.client.post("/en/order/", {**dollars, **DETAILS})["Location"]
    page = browser.get(here)
    assert page.context["form"].errors == {
        "country": ["Organizations of Brazil contract in BRL. Choose a package in BRL."]
    }
    assert 'href="/en/plans/?currency=BRL&amp;plan=specialist"' in page.content.decode()
    assert browser.get(here.replace("?check=1", "pay/"))["Location"] == here
    browser.choose()
    fitting = browser.client.post(here.split("?")[0], DETAILS)
    assert fitting["Location"].endswith("/pay/")
    assert Signup.objects.get().typed["legal_name"] == DETAILS["legal_name"]
    set_value(setting=CONTRACT_CURRENCY, value="any", actor="olga", why="a test", now=clock.now())
    browser.choose(**dollars)
    assert browser.client.post(here.split("?")[0], DETAILS)["Location"].endswith("/pay/")


@pytest.mark.rule("INV-2", part="month: other")
def test_an_order_says_that_its_first_cycle_is_what_is_left_of_the_month(browser: Browser) -> None:
    set_value(setting=CYCLE_BEGINS, value="month", actor="olga", why="a test", now=clock.now())
    page = browser.get(browser.choose()).content.decode()
    today = local_date(clock.now(), "UTC")
    of = monthrange(today.year, today.month)[1]
    left = of - today.day + 1
    paid = f"R${left_of(600_00, Days(left, of)) / 100:,.2f}"
    assert paid in page
    assert ("The first cycle ends with the month" in page) is (left < of)
    assert (f"R$600.00 × {left}/{of} = {paid}" in page) is (left < of)
