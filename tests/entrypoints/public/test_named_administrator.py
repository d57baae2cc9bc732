"""Whom an order names as administrator: known or new, told by mail, asked before anything is theirs (CON-9)."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from abono.domain.contracts.models import Contract
from abono.domain.customers.models import Customer
from abono.domain.identity import actions as identity
from abono.domain.identity import invitations
from abono.domain.identity import queries as people
from abono.domain.identity.models import Membership, Person
from abono.entrypoints.site import links
from abono.gateways.simulator.company.cards import Behaviour
from abono.platform import clock
from tests.entrypoints.portal.reading import words
from tests.entrypoints.public.conftest import Browser, Fields
from tests.stand_ins import Simulator
from tests.world import PASSWORD


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
    [asked] = invitations.of_person(ana.id, real=clock.now())
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


@pytest.mark.rule("CON-9", part="known address waits for consent")
def test_the_button_hands_the_account_to_nobody_whose_address_it_is_no_more(browser: Browser) -> None:
    """A thief had the account's address changed to theirs and got the mail; its owner took it back."""
    ana = known_ana()
    browser.pay(browser.ready_to_pay())
    [asked] = invitations.of_person(ana.id, real=clock.now())
    address = links.invitation_url(asked.id, "en").removeprefix(settings.PUBLIC_URL)
    ana.email = "ana@sol.example"
    ana.set_unusable_password()
    ana.save()
    thief = Client()
    thief.get(address)
    key = Fields(thief.get("/en/invitation/").content.decode()).values["invitation"]
    assert (
        thief.post("/en/invitation/", {"invitation": key, "answer": "accept"})["Location"] == "/en/sign-in/"
    )


@pytest.mark.rule("CON-9", part="a declined try leaves nothing")
def test_nobody_becomes_anything_of_an_organization_that_nobody_paid_for(browser: Browser) -> None:
    ana = known_ana()
    for name in ("Evil 1", "Evil 2"):
        browser.pay(browser.ready_to_pay(legal_name=name), Behaviour.NO_BALANCE)
    assert people.memberships(ana.id) == invitations.of_person(ana.id, real=clock.now()) == []
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
