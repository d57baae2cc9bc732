"""Contracting: forms from elsewhere, late or too big, and methods that no page has."""

from __future__ import annotations

import pytest
from django.test import Client

from abono.domain.contracts.models import Signup
from tests.entrypoints.public.conftest import DETAILS, Browser, Fields
from tests.world import load_catalog


def test_a_form_from_elsewhere_is_refused_and_keeps_nothing(shop: None) -> None:
    client = Client(enforce_csrf_checks=True)
    load_catalog()
    page = client.get("/en/order/", {"plan": "specialist", "package": "brl-100", "currency": "BRL"})
    token = Fields(page.content.decode()).values["csrfmiddlewaretoken"]
    choice = {"plan": "specialist", "package": "brl-100", "currency": "BRL"}
    order = client.post("/en/order/", {**choice, "csrfmiddlewaretoken": token})["Location"]
    for address in ("/en/order/", order, f"{order}pay/", "/en/sign-in/", "/en/sign-out/"):
        assert client.post(address, DETAILS).status_code == 403
    assert Signup.objects.get().typed == {}


def test_a_form_that_came_too_late_keeps_what_was_typed_and_leads_back_to_it(shop: None) -> None:
    client = Client(enforce_csrf_checks=True)
    load_catalog()
    choice = {"plan": "specialist", "package": "brl-100", "currency": "BRL"}
    page = client.get("/en/order/", choice).content.decode()
    token = Fields(page).values["csrfmiddlewaretoken"]
    order = client.post("/en/order/", {**choice, "csrfmiddlewaretoken": token})["Location"]
    late = client.post(order, DETAILS, headers={"Origin": "http://testserver"})
    assert late.status_code == 403
    assert "What you typed is kept" in late.content.decode()
    assert f'href="{order}"' in late.content.decode()
    assert 'value="Padaria Sol Ltda."' in client.get(order).content.decode()

    stranger = Client(enforce_csrf_checks=True)
    other = {**DETAILS, "legal_name": "Evil"}
    assert stranger.post(order, other, headers={"Origin": "http://testserver"}).status_code == 403
    assert client.post(order, other, headers={"Origin": "http://evil.example"}).status_code == 403
    assert client.post(order, other).status_code == 403
    assert 'value="Padaria Sol Ltda."' in client.get(order).content.decode()


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_refused(browser: Browser, method: str) -> None:
    order = browser.choose()
    for address in (order, f"{order}pay/", f"{order}done/", "/en/order/", "/en/order/resume/x/"):
        assert getattr(browser.client, method)(address).status_code == 405


@pytest.mark.parametrize(("name", "count"), [("legal_name", 1), ("x", 1_100)], ids=["10 MB", "1,100 fields"])
def test_a_body_that_is_too_big_is_refused_whole(browser: Browser, name: str, count: int) -> None:
    order = browser.choose()
    body = "&".join(
        f"{name}{n or ''}=" + "a" * (10_000_000 // count if count == 1 else 10) for n in range(count)
    )
    reply = browser.client.post(order, body, content_type="application/x-www-form-urlencoded")
    assert reply.status_code == 400
    assert "We could not read this request" in reply.content.decode()
    assert Signup.objects.get().typed == {}
