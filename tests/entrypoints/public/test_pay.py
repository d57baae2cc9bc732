"""Paying for a new contract: whatever the card and the person do, nothing is half done and nothing typed is lost."""

from __future__ import annotations

import pytest
from django.conf import LazySettings
from django.test import Client

from abono.domain.contracts.models import Acceptance, Contract, Signup
from abono.domain.customers.models import Customer
from abono.domain.identity.models import Person
from abono.domain.invoicing.models import Invoice
from abono.domain.payments import registry
from abono.domain.payments.models import PaymentMethod
from abono.entrypoints.site.design.cards import card_help
from abono.flows.signup import terms
from abono.gateways.simulator.company.cards import Behaviour, card_that
from tests.entrypoints.public.conftest import DETAILS, FIRST_CHARGE, Browser, Till


@pytest.mark.rule("CON-5")
@pytest.mark.rule("CON-3", part="active in the same answer")
@pytest.mark.rule("CON-2", part="pay")
@pytest.mark.rule("CON-2", part="administrator")
@pytest.mark.rule("PAY-1", part="new contract")
def test_an_accepted_card_makes_the_contract_active_in_the_same_answer(browser: Browser, till: Till) -> None:
    order = browser.ready_to_pay()
    reply = browser.pay(order)

    assert (reply.status_code, reply["Location"]) == (302, f"{order}done/")
    contract = Contract.objects.get()
    assert contract.state == "active"
    page = browser.get(f"{order}done/").content.decode()
    for said in (contract.number, "Padaria Sol Ltda.", "R$100.00", "500", "10", "ana@padaria.example"):
        assert said in page
    assert till.taken == [FIRST_CHARGE]
    assert Invoice.objects.get().total_minor == FIRST_CHARGE


@pytest.mark.rule("CON-2", part="terms kept")
def test_who_accepted_which_terms_from_where_is_kept(browser: Browser) -> None:
    order = browser.ready_to_pay(accept="2026-11 pt-br")
    sent = browser.type_card(order)
    browser.client.post(f"{order}pay/", sent, REMOTE_ADDR="203.0.113.7")
    kept = Acceptance.objects.get()
    assert (kept.person_name, kept.person_email) == ("Ana Souza", "ana@padaria.example")
    assert (str(kept.address), kept.language) == ("203.0.113.7", "pt-br")
    assert kept.terms_hash == terms.fingerprint("pt-br")


@pytest.mark.rule("WAL-2", part="never to our server")
def test_the_card_is_typed_at_the_gateway_and_we_only_hear_a_reference(browser: Browser) -> None:
    order = browser.ready_to_pay()
    page = browser.get(f"{order}pay/")
    assert f"frame-src {browser.simulator.url}" in page["Content-Security-Policy"]
    of_card = {"csrfmiddlewaretoken", "frame_ref", "opened", "offer"}
    assert set(browser.fields(f"{order}pay/")) == of_card | {"means"}  # by which it is paid
    assert "frame-src 'none'" in browser.get(order)["Content-Security-Policy"]

    browser.pay(order)
    card = PaymentMethod.objects.get()
    number = card_that(Behaviour.PAID).number
    kept = " ".join(str(value) for value in vars(card).values())
    assert card.last4 == number[-4:]
    assert number not in kept


@pytest.mark.rule("CON-4", part="nothing active")
@pytest.mark.rule("CON-4", part="help")
@pytest.mark.rule("WAL-6", part="what to check")
@pytest.mark.rule("WAL-6", part="likely reason first")
@pytest.mark.parametrize(
    ("behaviour", "hint"),
    [
        (Behaviour.WRONG_NUMBER, "number"),
        (Behaviour.EXPIRED, "expiry"),
        (Behaviour.WRONG_CVV, "cvv"),
        (Behaviour.NOT_ONLINE, "online"),
        (Behaviour.NO_BALANCE, "balance"),
        (Behaviour.ASK_ISSUER, "issuer"),
        (Behaviour.NEW_CODE, "issuer"),
    ],
)
def test_a_card_that_is_not_accepted_gets_help_and_another_one_goes_on(
    browser: Browser, till: Till, behaviour: Behaviour, hint: str
) -> None:
    order = browser.ready_to_pay()
    refused = browser.pay(order, behaviour)
    page = browser.get(refused["Location"])

    assert page.status_code == 200
    assert list(page.context["checks"]) == card_help(hint)
    assert f"<strong>{card_help(hint)[0]}</strong>" in page.content.decode()
    assert till.taken == []
    assert not Contract.objects.filter(state="active").exists()
    assert browser.fields(order)["legal_name"] == DETAILS["legal_name"]

    assert browser.pay(order)["Location"] == f"{order}done/"
    assert Contract.objects.get().state == "active"
    assert Customer.objects.count() == Person.objects.count() == 1
    assert till.taken == [FIRST_CHARGE]


@pytest.mark.rule("CON-2")
def test_a_page_that_shows_another_total_than_the_order_has_now_charges_nothing(
    browser: Browser, till: Till
) -> None:
    order = browser.ready_to_pay()
    sent = browser.type_card(order)
    browser.fill_in(order, plan="expert", package="brl-250")  # in another tab

    reply = browser.client.post(f"{order}pay/", sent, follow=True)
    assert "The order changed since this page was opened" in reply.content.decode()
    assert "R$2,699.00" in reply.content.decode()
    assert till.taken == []
    assert not Contract.objects.exists()

    browser.pay(order)
    assert till.taken == [2_699_00]
    assert Contract.objects.get().plan.code == "expert"


@pytest.mark.rule("PAY-8")
def test_a_card_that_is_never_to_be_tried_again_is_not_asked_for_again(browser: Browser) -> None:
    order = browser.ready_to_pay()
    never = browser.get(browser.pay(order, Behaviour.STOLEN)["Location"]).content.decode()
    assert "Do not try this card again" in never
    assert "Try again or use another card" not in never


@pytest.mark.rule("WAL-6", part="what to check")
@pytest.mark.parametrize(
    ("language", "check", "again", "give_up"),
    [
        ("en", "Check the security code (CVV)", "type the card anew", "Do not try this card again"),
        ("es", "Revisa el código de seguridad (CVV)", "escribe la tarjeta de nuevo", "No intentes de nuevo"),
        ("pt-br", "Confira o código de segurança (CVV)", "digite o cartão de novo", "Não tente de novo"),
    ],
)
def test_who_is_to_check_what_they_typed_is_not_told_to_give_the_card_up(
    browser: Browser, language: str, check: str, again: str, give_up: str
) -> None:
    order = browser.ready_to_pay()
    declined = browser.pay(order, Behaviour.WRONG_CVV)["Location"].replace("/en/", f"/{language}/")
    said = browser.get(declined).content.decode()
    assert check in said
    assert again in said
    assert give_up not in said


@pytest.mark.rule("CON-2", "CON-4")
def test_after_a_decline_the_choice_can_still_be_changed(browser: Browser, till: Till) -> None:
    order = browser.ready_to_pay()
    browser.pay(order, Behaviour.NO_BALANCE)
    browser.fill_in(order, plan="starter", package="brl-100")
    browser.pay(order)
    contract = Contract.objects.select_related("term__plan").get()
    assert (contract.plan.code, contract.plan.limit_percent) == ("starter", 0)
    assert till.taken == [749_00]  # 0.00 + 100.00 + 649.00


@pytest.mark.rule("CON-4", part="price 0 needs a method")
def test_a_plan_of_price_zero_still_needs_a_card(browser: Browser, till: Till) -> None:
    order = browser.choose(plan="starter")
    browser.fill_in(order)
    reply = browser.client.post(
        f"{order}pay/", {"offer": browser.fields(f"{order}pay/")["offer"]}, follow=True
    )
    assert "Type your card first" in reply.content.decode()
    assert not Contract.objects.exists()
    assert till.taken == []


@pytest.mark.rule("CON-8")
@pytest.mark.rule("PAY-3", part="first by card or Pix")
@pytest.mark.parametrize("method", ["slip", "boleto"])
def test_the_first_purchase_is_never_by_slip(browser: Browser, till: Till, method: str) -> None:
    order = browser.ready_to_pay()
    page = browser.get(f"{order}pay/").content.decode().lower()
    assert "slip" not in page
    assert "boleto" not in page
    offer = browser.fields(f"{order}pay/")["offer"]
    browser.client.post(f"{order}pay/", {"offer": offer, "method": method, "payment_method": method})
    assert not Contract.objects.exists()

    sent = browser.type_card(order, Behaviour.NO_BALANCE)
    browser.client.post(f"{order}pay/", {**sent, "method": method, "payment_method": method})
    # the card is asked whatever the form says, and it said no
    assert "balance" in Signup.objects.get().declined

    sent = browser.type_card(order)
    browser.client.post(f"{order}pay/", {**sent, "method": method, "payment_method": method})
    assert Contract.objects.get().state == "active"
    assert till.taken == [FIRST_CHARGE]


@pytest.mark.parametrize("ref", ["", "\0", "nothing", "x" * 201, "../../v1/book", "9" * 21])
def test_a_made_up_card_reference_pays_nothing(browser: Browser, till: Till, ref: str) -> None:
    order = browser.ready_to_pay()
    page = browser.fields(f"{order}pay/")
    for opened in (page["opened"], ref, f"{ref}:{page['opened'].partition(':')[2]}"):
        sent = {"frame_ref": ref, "opened": opened, "offer": page["offer"]}
        reply = browser.client.post(f"{order}pay/", sent, follow=True)
        assert "Type your card first" in reply.content.decode()
    assert not Contract.objects.exists()
    assert till.taken == []


def test_a_card_typed_for_one_order_serves_no_other(browser: Browser, till: Till) -> None:
    mine = browser.ready_to_pay()
    sent = browser.type_card(mine)
    browser.client.post(f"{mine}pay/", sent)

    other = Browser(Client(), browser.simulator)
    order = other.ready_to_pay(administrator_email="eve@elsewhere.example")
    for opened in (sent["opened"], other.fields(f"{order}pay/")["opened"]):
        other.client.post(f"{order}pay/", {**sent, "opened": opened})
    assert till.taken == [FIRST_CHARGE]
    assert Contract.objects.count() == 1


def test_a_gateway_that_does_not_answer_loses_nothing(browser: Browser, settings: LazySettings) -> None:
    order = browser.ready_to_pay()
    sent = browser.type_card(order)
    options = {**settings.GATEWAYS["simulator"]["options"], "base_url": "http://127.0.0.1:9"}
    settings.GATEWAYS = {"simulator": {**settings.GATEWAYS["simulator"], "options": options}}
    registry.gateway.cache_clear()

    page = browser.get(f"{order}pay/")
    assert page.status_code == 503
    assert "The payment gateway is not answering" in page.content.decode()
    reply = browser.client.post(f"{order}pay/", sent, follow=True)
    assert "Nothing was charged" in reply.content.decode()
    assert browser.fields(order)["legal_name"] == DETAILS["legal_name"]
    assert not Contract.objects.exists()


@pytest.mark.rule("CON-7", part="several contracts")
def test_the_same_organization_can_contract_again_and_gets_a_second_contract(
    browser: Browser, till: Till
) -> None:
    first = browser.ready_to_pay()
    browser.pay(first)
    second = browser.ready_to_pay()
    assert second != first
    browser.pay(second)
    assert Contract.objects.count() == Customer.objects.count() == 2
    assert till.taken == [FIRST_CHARGE, FIRST_CHARGE]
    assert Signup.objects.count() == 2


@pytest.mark.rule("TIM-2")
@pytest.mark.parametrize("sandbox", [True, False])
def test_in_a_sandbox_the_customer_gets_a_clock_of_its_own(
    browser: Browser, settings: LazySettings, sandbox: bool
) -> None:
    settings.SANDBOX = sandbox
    browser.pay(browser.ready_to_pay())
    assert Customer.objects.get().sandbox is sandbox
