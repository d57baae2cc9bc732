"""People, the second person, keys and the customer's view in a real Chromium: readable on every screen (ACC-4, ACC-5)."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from abono.domain.identity.roles import Role
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import SECOND_PERSON_CREDIT
from abono.platform import clock
from tests.e2e.conftest import World, sign_in
from tests.e2e.test_portal_pages import typed
from tests.looking import look_everywhere
from tests.stories import asked
from tests.world import DAY, make_colleague, make_olga, make_padaria


@pytest.mark.rule("ACC-5", part="acting as")
@pytest.mark.rule("ACC-4", part="shown once, hashed")
def test_people_keys_second_person_and_the_customers_view(page: Page, world_server: World) -> None:
    padaria = make_padaria(card=typed(world_server), now=clock.now() - 3 * DAY)
    make_olga()
    make_colleague("Otto Brandão", Role.BILLING)
    set_value(setting=SECOND_PERSON_CREDIT, value="BRL 100", actor="olga", why="x", now=clock.now())
    waiting = asked(padaria)
    sign_in(page, "olga@abono.example").goto("/en/back-office/people/")
    look_everywhere(page)
    page.get_by_role("link", name="Otto Brandão").click()
    look_everywhere(page)
    page.goto("/en/back-office/approvals/")
    look_everywhere(page)
    page.goto(f"/en/back-office/approvals/{waiting.public_id}/")
    look_everywhere(page)
    page.goto("/en/back-office/keys/")
    page.get_by_label("Name").fill("Billing robot")
    page.get_by_label("Read contracts, invoices and usage").check()
    page.get_by_role("button", name="Make the key").click()
    expect(page.locator("main code")).to_have_text(re.compile("abk_.{40,}"))
    look_everywhere(page)
    page.get_by_role("link", name="I have copied it").click()
    page.get_by_text("Replace or end").click()
    look_everywhere(page)
    page.goto(f"/en/back-office/act-as/?contract={padaria.contract.number}")
    look_everywhere(page)
    page.get_by_label("Reason").fill("Called about the invoice.")
    page.get_by_role("button", name="See the portal").click()
    expect(page.locator("main")).to_contain_text("You see the portal as Padaria Sol Ltda. sees it.")
    look_everywhere(page)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("main")).to_contain_text("no longer")
    sign_in(page).goto("/pt-br/settings/keys/")
    look_everywhere(page)
