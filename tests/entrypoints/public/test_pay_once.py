"""One charge at most for one order, whatever the network, the tabs and the fingers do."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from abono.domain.contracts.models import Contract, Signup
from abono.domain.customers.models import Customer
from abono.domain.identity.models import Person
from abono.domain.invoicing.models import Invoice
from abono.domain.payments.models import Attempt
from abono.gateways.simulator.company.cards import Behaviour
from abono.platform import clock
from tests.entrypoints.public.conftest import DETAILS, FIRST_CHARGE, Browser, Till
from tests.work import ask_gateways
from tests.world import load_catalog

LATER = timedelta(hours=1)
FLUSHED = pytest.mark.django_db(transaction=True)


@pytest.mark.rule("PAY-7")
@pytest.mark.rule("CON-4", part="being confirmed")
@pytest.mark.rule("CON-4", part="never a second charge")
def test_an_unclear_answer_is_waited_for_and_never_charged_again(browser: Browser, till: Till) -> None:
    order = browser.ready_to_pay()
    sent = browser.type_card(order, Behaviour.ANSWER_LOST)
    for _press in range(3):
        assert browser.client.post(f"{order}pay/", sent)["Location"] == f"{order}done/"

    waiting = browser.get(f"{order}done/")
    assert "Your payment is being confirmed" in waiting.content.decode()
    assert waiting.wsgi_request.user.is_anonymous
    assert browser.client.get(f"{order}done/", headers={"hx-request": "true"}).status_code == 204
    for address in (order, f"{order}pay/"):
        assert browser.get(address)["Location"] == f"{order}done/"

    ask_gateways(real=clock.now() + LATER)
    assert browser.client.get(f"{order}done/", headers={"hx-request": "true"})["HX-Refresh"] == "true"
    assert "Your contract is active" in browser.get(f"{order}done/").content.decode()
    assert till.taken == [FIRST_CHARGE]


@pytest.mark.rule("CON-4", "PAY-7", "WAL-6")
def test_a_charge_that_never_arrived_leads_back_to_the_payment(browser: Browser, till: Till) -> None:
    order = browser.ready_to_pay()
    browser.pay(order, Behaviour.REQUEST_LOST)
    assert "being confirmed" in browser.get(f"{order}done/").content.decode()

    ask_gateways(real=clock.now() + LATER)
    assert browser.get(f"{order}done/")["Location"] == f"{order}pay/"
    page = browser.get(f"{order}pay/")
    assert list(page.context["checks"]) == []
    assert "The payment did not reach the bank" in page.content.decode()
    assert "The card was not accepted" not in page.content.decode()
    browser.pay(order)
    assert Contract.objects.get().state == "active"
    assert till.taken == [FIRST_CHARGE]


@pytest.mark.rule("PAY-7")
@pytest.mark.rule("CON-4", part="never a second charge")
@FLUSHED
@pytest.mark.parametrize("round_", range(3))
def test_the_button_pressed_in_several_tabs_at_once_charges_once(
    transactional_db: None, gateway: None, simulator: object, till: Till, round_: int
) -> None:
    load_catalog()
    browser = Browser(Client(), till.simulator)
    order = browser.ready_to_pay()
    tabs = [browser.type_card(order) for _ in range(2)]  # each tab has card fields of its own
    pressed = [*tabs, *tabs]
    ready, answers = threading.Barrier(len(pressed)), []

    def press(sent: dict[str, str]) -> None:
        tab = Client()
        tab.cookies = browser.client.cookies
        ready.wait()
        answers.append(tab.post(f"{order}pay/", sent)["Location"])
        connection.close()

    fingers = [threading.Thread(target=press, args=[sent]) for sent in pressed]
    for finger in fingers:
        finger.start()
    for finger in fingers:
        finger.join()

    assert till.taken == [FIRST_CHARGE]
    assert answers == [f"{order}done/"] * len(pressed)
    assert "Your contract is active" in browser.get(f"{order}done/").content.decode()
    assert Customer.objects.count() == Contract.objects.count() == Person.objects.count() == 1
    assert Attempt.objects.filter(state="paid").count() == 1
    assert Invoice.objects.exclude(state="cancelled").count() == 1


@pytest.mark.rule("CON-4")
def test_after_success_going_back_and_pressing_again_only_shows_the_contract(
    browser: Browser, till: Till
) -> None:
    order = browser.ready_to_pay()
    sent = browser.type_card(order)
    browser.client.post(f"{order}pay/", sent)
    for _ in range(2):
        assert browser.client.post(f"{order}pay/", sent)["Location"] == f"{order}done/"
        assert browser.get(f"{order}pay/")["Location"] == f"{order}done/"
        assert browser.fill_in(order, legal_name="Other").status_code == 302
    assert Customer.objects.get().legal_name == DETAILS["legal_name"]
    assert till.taken == [FIRST_CHARGE]


@pytest.mark.rule("CON-4", part="never a second charge")
def test_a_second_tab_is_told_that_there_is_a_contract_already(browser: Browser, till: Till) -> None:
    order = browser.ready_to_pay()
    tab = browser.type_card(order)
    browser.pay(order)
    for reply in (
        browser.client.post(f"{order}pay/", tab, follow=True),
        browser.client.get(f"{order}pay/", follow=True),
        browser.client.post(order, DETAILS, follow=True),
    ):
        page = reply.content.decode()
        assert "This order has its contract already: nothing was charged again." in page
        assert Contract.objects.get().number in page
        assert 'href="/en/home/"' in page
    assert till.taken == [FIRST_CHARGE]


@pytest.mark.rule("CON-9", part="goes on with the same order")
def test_while_a_payment_is_being_confirmed_beginning_again_leads_to_it(browser: Browser, till: Till) -> None:
    order = browser.ready_to_pay()
    browser.pay(order, Behaviour.ANSWER_LOST)
    choice = {"plan": "expert", "package": "brl-250", "currency": "BRL"}
    for reply in (browser.client.get("/en/order/", choice), browser.client.post("/en/order/", choice)):
        assert reply["Location"] == f"{order}done/"
    assert Signup.objects.get().plan_code == "specialist"
