"""Paying for a new contract: one charge at most, whatever the card, the network and the person do."""

from __future__ import annotations

import re
import threading
from datetime import timedelta

import pytest
from django.conf import LazySettings, settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from abono.domain.contracts.models import Acceptance, Contract, Signup
from abono.domain.customers.models import Customer
from abono.domain.identity import actions as identity
from abono.domain.identity import queries as people
from abono.domain.identity.models import Membership, Person
from abono.domain.invoicing.models import Invoice
from abono.domain.payments import registry
from abono.domain.payments.models import Attempt, PaymentMethod
from abono.entrypoints.portal.card_tries import FREE_CARDS_OF_ADDRESS
from abono.entrypoints.site import links
from abono.entrypoints.site.design.cards import card_help
from abono.flows.signup import terms
from abono.flows.signup.tries import FREE_CARDS, FREE_CARDS_OF_CUSTOMER
from abono.gateways.simulator.cards import Behaviour, card_that
from abono.platform import clock
from tests.entrypoints.portal.reading import words
from tests.entrypoints.public.conftest import DETAILS, Browser, Fields, Till
from tests.stand_ins import Simulator
from tests.work import ask_gateways
from tests.world import PASSWORD, load_catalog

LATER = timedelta(hours=1)
FIRST_CHARGE = 1_349_00  # 600.00 plan + 100.00 package + 649.00 activation
FLUSHED = pytest.mark.django_db(transaction=True)


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
    assert set(browser.fields(f"{order}pay/")) == {"csrfmiddlewaretoken", "frame_ref", "opened", "offer"}
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


@pytest.mark.rule("CON-2", "CON-4")
def test_after_a_decline_the_choice_can_still_be_changed(browser: Browser, till: Till) -> None:
    order = browser.ready_to_pay()
    browser.pay(order, Behaviour.NO_BALANCE)
    browser.fill_in(order, plan="starter", package="brl-100")
    browser.pay(order)
    contract = Contract.objects.select_related("plan").get()
    assert (contract.plan.code, contract.limit_percent) == ("starter", 0)
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


@pytest.mark.rule("CON-9", part="who paid sees it until then")
def test_who_paid_sees_that_organization_until_its_administrator_comes(browser: Browser) -> None:
    order = browser.ready_to_pay()
    browser.pay(order)
    page = browser.get(f"{order}done/")
    assert "It went to ana@padaria.example and says how its owner becomes" in page.content.decode()
    assert page.wsgi_request.user.is_anonymous  # nobody has shown that the address is theirs
    assert 'href="/en/home/"' in page.content.decode()
    assert "Sign in to the portal" not in page.content.decode()  # there is no password yet
    home = browser.get("/en/home/")
    assert "Padaria Sol Ltda." in home.content.decode()
    assert "You see this because you paid the contract." in home.content.decode()
    invoice = Invoice.objects.get()
    assert browser.get(f"/en/settings/financial/{invoice.public_id}/pdf/").status_code == 200

    for address in ("/en/settings/contracts/overage/", "/en/usage/limits/save/", "/en/notices/read/"):
        assert browser.client.post(address)["Location"].startswith("/en/sign-in/")
    for address in ("/en/settings/wallet/add/", "/en/profile/", "/en/notices/choose/"):
        assert browser.get(address)["Location"].startswith("/en/sign-in/")

    ana = people.find_person("ana@padaria.example")
    assert ana is not None
    identity.set_password(person_id=ana.id, password=PASSWORD)  # by the link in her mail
    assert browser.get("/en/home/")["Location"].startswith("/en/sign-in/")


@pytest.mark.rule("CON-9", part="who paid sees it until then")
def test_nobody_but_the_browser_that_paid_sees_it(browser: Browser) -> None:
    first = browser.ready_to_pay()
    link = re.search(r'href="[^"]*(/en/order/resume/[^"]+)"', browser.get(first).content.decode())
    assert link is not None
    browser.pay(first)
    other = Client()
    other.get(link[1])
    assert other.get(f"{first}done/").status_code == 200
    assert other.get("/en/home/")["Location"].startswith("/en/sign-in/")

    second = Browser(Client(), browser.simulator)
    order = second.ready_to_pay(legal_name="Outra Ltda.", administrator_email="rui@outra.example")
    second.pay(order)
    second.get(f"{order}done/")
    assert "Outra Ltda." in second.get("/en/home/").content.decode()
    invoice = Invoice.objects.order_by("id").first()
    assert invoice is not None
    assert second.get(f"/en/settings/financial/{invoice.public_id}/").status_code == 404

    browser.get(f"{first}done/")
    browser.client.post("/en/sign-out/")
    assert browser.get(f"{first}done/").status_code == 404  # signing out ends that trust
    assert browser.get("/en/home/")["Location"].startswith("/en/sign-in/")


@pytest.mark.rule("CON-9", part="who paid sees it until then")
def test_a_browser_whose_card_was_declined_does_not_see_what_another_one_paid(browser: Browser) -> None:
    order = browser.ready_to_pay()
    link = re.search(r'href="[^"]*(/en/order/resume/[^"]+)"', browser.get(order).content.decode())
    assert link is not None
    assert "declined" in browser.pay(order, Behaviour.NO_BALANCE)["Location"]
    other = Browser(Client(), browser.simulator)
    other.get(link[1])
    assert other.pay(order)["Location"].endswith("/done/")

    assert 'href="/en/home/"' in other.get(f"{order}done/").content.decode()
    assert other.get("/en/home/").status_code == 200
    seen = browser.get(f"{order}done/").content.decode()
    assert 'href="/en/home/"' not in seen
    assert "Sign in to the portal" in seen
    assert browser.get("/en/home/")["Location"].startswith("/en/sign-in/")


def known_ana() -> Person:
    ana, _new = identity.ensure_person(
        email="ana@padaria.example", name="Ana", language="en", now=clock.now()
    )
    identity.set_password(person_id=ana.id, password=PASSWORD)
    return ana


SIGN_IN = {"email": "ana@padaria.example", "password": PASSWORD}


@pytest.mark.rule("CON-9", part="known address waits for consent")
def test_somebody_who_is_known_consents_by_signing_in_where_it_was_paid(browser: Browser) -> None:
    ana = known_ana()
    order = browser.ready_to_pay(administrator_email="ANA@Padaria.example")
    browser.pay(order)
    page = browser.get(f"{order}done/")
    assert Contract.objects.get().state == "active"
    assert page.wsgi_request.user.is_anonymous
    assert "It went to ANA@Padaria.example and says how its owner becomes" in page.content.decode()
    assert people.memberships(ana.id) == []

    browser.client.post("/en/sign-in/", SIGN_IN)
    assert [one.customer_id for one in people.memberships(ana.id)] == [Customer.objects.get().id]
    assert "Padaria Sol Ltda." in browser.get("/en/home/").content.decode()


def test_the_last_page_does_not_tell_whether_an_address_is_known(shop: None, simulator: Simulator) -> None:
    """The same words, the same buttons, as many statements: the mail says the rest, to its owner."""
    said, asked = [], []
    for known in (False, True):
        if known:
            known_ana()
        browser = Browser(Client(), simulator)
        order = browser.ready_to_pay(
            administrator_email="ana@padaria.example" if known else "eva@padaria.example"
        )
        browser.pay(order)
        with CaptureQueriesContext(connection) as captured:
            page = words(browser.get(f"{order}done/"))
        number = Contract.objects.latest("id").number
        said.append(page.replace(number, "NUMBER").replace("eva@", "ana@"))
        asked.append(
            [sql["sql"][:40] for sql in captured.captured_queries if "settings_value" not in sql["sql"]]
        )
    assert said[0] == said[1]
    assert "Go to the portal" in said[0]
    assert len(asked[0]) == len(asked[1])


@pytest.mark.rule("CON-9", part="known address waits for consent")
@pytest.mark.parametrize("answer", ["accept", "decline"])
def test_elsewhere_they_are_asked_after_signing_in(browser: Browser, answer: str) -> None:
    ana = known_ana()
    browser.pay(browser.ready_to_pay())
    hers = Client()
    reply = hers.post("/en/sign-in/", {**SIGN_IN, "next": "/en/profile/"})
    assert reply["Location"] == "/en/invitation/"
    page = hers.get("/en/invitation/").content.decode()
    assert "Padaria Sol Ltda. names you as its Administrator" in page
    assert people.memberships(ana.id) == []  # looking answers nothing

    key = Fields(page).values["invitation"]
    hers.post("/en/invitation/", {"invitation": key, "answer": answer})
    assert bool(people.memberships(ana.id)) is (answer == "accept")
    assert "Nothing waits for your answer" in hers.get("/en/invitation/").content.decode()


@pytest.mark.rule("CON-9", part="known address waits for consent")
def test_the_button_in_the_mail_serves_without_a_sign_in(browser: Browser) -> None:
    ana = known_ana()
    browser.pay(browser.ready_to_pay())
    [asked] = people.invitations(ana.id)
    address = links.invitation_url(asked.id, "en").removeprefix(settings.PUBLIC_URL)
    hers = Client()
    assert hers.get(address)["Location"] == "/en/invitation/"
    page = hers.get("/en/invitation/").content.decode()
    assert people.memberships(ana.id) == []
    key = Fields(page).values["invitation"]
    assert hers.post("/en/invitation/", {"invitation": key, "answer": "accept"})["Location"] == "/en/sign-in/"
    assert [one.customer_id for one in people.memberships(ana.id)] == [Customer.objects.get().id]

    stranger = Client()
    for wrong in (f"{address[:-3]}/", "/en/invitation/x/", address):  # made up, or answered
        stranger.get(wrong)
        stranger.post("/en/invitation/", {"invitation": key, "answer": "accept"})
        assert "Nothing waits for your answer" in stranger.get("/en/invitation/").content.decode()


@pytest.mark.rule("CON-9", part="a declined try leaves nothing")
def test_nobody_becomes_anything_of_an_organization_that_nobody_paid_for(browser: Browser) -> None:
    ana = known_ana()
    for name in ("Evil 1", "Evil 2"):
        browser.pay(browser.ready_to_pay(legal_name=name), Behaviour.NO_BALANCE)
    assert people.memberships(ana.id) == people.invitations(ana.id) == []
    assert not Customer.objects.exists()
    assert browser.get("/en/home/")["Location"].startswith("/en/sign-in/")


def test_who_is_signed_in_stays_who_they_are(browser: Browser) -> None:
    bruno, _new = identity.ensure_person(
        email="bruno@padaria.example", name="Bruno", language="en", now=clock.now()
    )
    browser.client.force_login(bruno)
    order = browser.ready_to_pay()
    browser.pay(order)
    browser.get(f"{order}done/")
    assert browser.client.session["_auth_user_id"] == str(bruno.id)
    assert people.memberships(bruno.id) == []


def test_an_administrator_typed_wrong_at_first_gets_no_access(browser: Browser) -> None:
    order = browser.ready_to_pay(administrator_email="anna@elsewhere.example")
    browser.pay(order, Behaviour.NO_BALANCE)
    browser.fill_in(order)
    browser.pay(order)
    members = Membership.objects.select_related("person")
    assert [member.person.email for member in members] == ["ana@padaria.example"]
    assert people.find_person("anna@elsewhere.example") is None


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


def test_the_testing_of_cards_is_bounded_by_order(browser: Browser, till: Till) -> None:
    order = browser.ready_to_pay()
    for _card in range(FREE_CARDS):
        assert "declined=" in browser.pay(order, Behaviour.NO_BALANCE)["Location"]
    sent = browser.type_card(order)
    reply = browser.client.post(f"{order}pay/", sent)
    assert (reply.status_code, reply["Retry-After"]) == (429, "30")
    page = reply.content.decode()
    assert "Nothing was charged. You can try the next card in one minute." in page
    assert f'href="{order}pay/"' in page
    assert till.taken == []
    assert browser.fields(order)["legal_name"] == DETAILS["legal_name"]


def test_the_testing_of_cards_is_bounded_by_customer_and_address(browser: Browser) -> None:
    def tries(most: int, **other: str) -> list[int]:
        one = Browser(Client(), browser.simulator)
        order = one.ready_to_pay(**other)
        return [one.pay(order, Behaviour.NO_BALANCE).status_code for _ in range(most)]

    answers = tries(4) + tries(4) + tries(4)  # three orders of one tax id
    assert answers == [302] * FREE_CARDS_OF_CUSTOMER + [429] * (12 - FREE_CARDS_OF_CUSTOMER)
    others = ("16.727.230/0001-97", "00.000.000/0001-91", "12.ABC.345/01DE-35", "390.533.447-05")
    answers += [status for tax_id in others for status in tries(4, tax_id=tax_id)]
    assert answers.count(302) == FREE_CARDS_OF_ADDRESS


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
