"""An Administrator buys licences, then gives the contract back: on a phone and on a desk, in a real Chromium."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from abono.domain.contracts.states import State
from tests.e2e.conftest import World, sign_in
from tests.e2e.test_change_plan import SEE, shot
from tests.e2e.test_portal_pages import typed
from tests.looking import look_everywhere
from tests.remembered import lately
from tests.world import Tenant, load_catalog, make_padaria


@pytest.fixture
def padaria(world_server: World) -> Tenant:
    load_catalog()
    return make_padaria(now=lately(), card=typed(world_server))


@pytest.mark.rule("CON-10", part="full refund in one press")
@pytest.mark.rule("LIC-6", part="bought pro rata")
def test_licences_are_bought_and_the_contract_is_given_back(page: Page, padaria: Tenant) -> None:
    sign_in(page)
    page.goto(f"/en/settings/contracts/{padaria.contract.public_id}/change/")
    page.get_by_label("Extra licences").fill("3")
    look_everywhere(page)
    shot(page, "licences")
    page.get_by_role("button", name=SEE["en"]).click()
    look_everywhere(page)
    shot(page, "licences-quote")
    page.get_by_role("button", name="Change and pay R$645.00 now").click()
    expect(page.locator(".note.good").first).to_contain_text("3 extra licences")
    page.goto("/en/settings/contracts/")
    page.get_by_role("link", name="End the contract with a full refund").click()
    look_everywhere(page)
    shot(page, "give-back")
    page.get_by_role("button", name="End the contract and get").click()
    expect(page.locator(".note.good").first).to_contain_text("has ended")
    assert padaria.contract.state is State.ENDED
