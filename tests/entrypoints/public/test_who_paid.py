"""Who paid sees that organization in their browser until its administrator comes (CON-9)."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from abono.domain.identity import actions as identity
from abono.domain.identity import queries as people
from abono.domain.invoicing.models import Invoice
from abono.gateways.simulator.company.cards import Behaviour
from tests.entrypoints.public.conftest import Browser
from tests.world import PASSWORD


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
