"""Sends that nothing covers in a real Chromium: the seller announces, the customer says no (PKG-12)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from abono.platform import clock
from tests.e2e.conftest import Watch, World, sign_in
from tests.e2e.test_portal_pages import typed
from tests.looking import look
from tests.stories import announced, uncover
from tests.world import DAY, PASSWORD, Tenant, code, make_olga, make_padaria

pytestmark = pytest.mark.rule("PKG-12")


@pytest.fixture
def padaria(world_server: World) -> Tenant:
    return make_padaria(card=typed(world_server), now=clock.now() - DAY)


@pytest.mark.rule("PKG-12", part="contested")
def test_an_administrator_contests_in_one_press(page: Page, width: int, padaria: Tenant) -> None:
    announced(padaria)
    uncover(padaria, "order-8", channel="pigeon", country="")
    sign_in(page).goto("/en/usage/")
    look(page)
    page.get_by_role("link", name="See these sends").click()
    look(page)
    page.get_by_role("button", name="I do not agree: do not bill them").click()
    expect(page.locator("main")).to_contain_text("These sends are not billed.")
    expect(page.locator("main")).to_contain_text("Contested, not billed")
    look(page)


@pytest.mark.rule("PKG-12", part="told five days before")
def test_the_seller_announces_with_a_price_and_a_reason(
    page: Page, width: int, padaria: Tenant, watch: Watch
) -> None:
    watch.expected.add(422)
    make_olga()
    uncover(padaria, "a", "b", "c")
    uncover(padaria, "order-8", channel="pigeon", country="")
    page.goto("/en/sign-in/?next=/en/back-office/uncovered/")
    page.locator("#id_email").fill("olga@abono.example")
    page.locator("#id_password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    look(page)
    page.get_by_label("Code").fill(code())
    page.get_by_role("button", name="Sign in", exact=True).click()
    look(page)
    page.get_by_role("link", name="Padaria Sol Ltda.").click()
    look(page)
    group = page.locator("section", has=page.get_by_role("heading", name="3 sends: SMS"))
    group.get_by_label("Price of each").fill("0.12")
    group.get_by_label("Price of each").press("Enter")  # neither bills them nor lets them go
    expect(page.locator(".error-summary")).to_have_count(0)
    group.get_by_role("button", name="Tell the customer that they will be billed").click()
    expect(page.locator(".error-summary")).to_contain_text("Say why: the customer reads it.")
    look(page)
    group.get_by_label("Reason").fill("The carrier charged us for them.")
    group.get_by_role("button", name="Tell the customer that they will be billed").click()
    expect(page.locator("main")).to_contain_text("Told to the customer: R$0.36")
    look(page)
