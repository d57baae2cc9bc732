"""The holder of a card goes to the bank's page and comes back, in a real Chromium, on a phone and on a desk."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from abono.domain.payments import unmatched
from abono.domain.payments.states import Why
from abono.flows.wallet import save_card
from abono.gateways.simulator.company.cards import Behaviour
from abono.kernel.ids import public
from abono.kernel.money import Money
from abono.platform import clock
from tests.e2e.conftest import World, sign_in
from tests.e2e.test_portal_pages import padaria, signed_at, typed
from tests.looking import look, look_by_day_and_night
from tests.work import ask_gateways
from tests.world import DAY, Tenant, make_olga

__all__ = ["padaria", "signed_at"]


def raise_package(page: Page, tenant: Tenant, world: World) -> None:
    """Ask for the bigger package with a card whose holder the bank asks."""
    ref = typed(world, Behaviour.CHALLENGE)(public("cus", tenant.customer_id))
    save_card(customer_id=tenant.customer_id, frame_ref=ref, use=True, actor="ana", now=clock.now())
    sign_in(page)
    page.goto(f"/en/settings/contracts/{public('ctr', tenant.contract_id)}/change/?package=brl-250")
    page.get_by_role("button", name="See before and after").click()
    page.get_by_role("button", name=re.compile("^Change and pay .* now$")).click()
    page.get_by_role("heading", name="Your payment is being confirmed").wait_for()


@pytest.mark.rule("PAY-7", part="asked until known")
def test_the_holder_confirms_at_the_bank_and_the_payment_follows(
    page: Page, width: int, padaria: Tenant, world_server: World
) -> None:
    raise_package(page, padaria, world_server)
    look(page)
    payment = page.url
    page.get_by_role("link", name="Confirm with your bank").click()
    page.get_by_role("button", name="Confirm the payment").wait_for()
    look(page)
    page.get_by_role("button", name="Confirm the payment").click()
    page.get_by_role("link", name="Go back now").click()
    expect(page).to_have_url(payment)
    ask_gateways(real=clock.now() + DAY)
    page.get_by_role("heading", name="Your payment was received").wait_for()  # by itself
    look(page)
    assert world_server.taken == [150_00]
    assert padaria.contract.package_code == "brl-250"


@pytest.mark.rule("CHG-7")
def test_without_a_script_the_holder_refuses_and_the_payment_says_so(
    open_context: Callable[..., BrowserContext], padaria: Tenant, world_server: World
) -> None:
    page = open_context(java_script_enabled=False).new_page()
    raise_package(page, padaria, world_server)
    page.get_by_role("link", name="Confirm with your bank").click()
    page.get_by_role("button", name="Refuse it").click()
    page.get_by_role("link", name="Go back now").click()
    ask_gateways(real=clock.now() + DAY)
    page.get_by_role("link", name="Look again now").click()
    page.get_by_role("heading", name="The payment did not go through").wait_for()
    assert world_server.taken == []
    assert padaria.contract.package_code == "brl-100"


@pytest.mark.rule("PAY-12", part="shown, never applied")
def test_the_seller_reads_what_came_and_says_what_became_of_it(
    page: Page, width: int, world_server: World
) -> None:
    make_olga()
    unmatched.keep(
        why=Why.NOBODY,
        gateway="simulator",
        key="an order of another shop",
        reference="ch_1",
        taken=Money(99_00, "BRL"),
        attempt=None,
        real=clock.now(),
    )
    sign_in(page, "olga@abono.example").goto("/en/back-office/money/")
    look_by_day_and_night(page)
    page.get_by_label("What became of it").fill("sent back")
    page.get_by_role("button", name=re.compile("The money went back")).click()
    page.get_by_text("Nothing waits for you").wait_for()
    look_by_day_and_night(page)
