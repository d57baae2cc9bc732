"""A payment link in a browser: made by a member, opened by whoever pays, in three languages, by keyboard, with the bank's page (ACC-3)."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from abono.domain.invoicing import queries as invoices
from abono.domain.payments import queries as payments
from abono.flows.billing.renew import renew
from abono.gateways.simulator.company.cards import Behaviour
from abono.platform import clock
from tests.e2e.conftest import LANGUAGES, Watch, World, sign_in
from tests.e2e.test_portal_pages import typed
from tests.e2e.test_public_pages import type_card
from tests.entrypoints.public.conftest import FIRST_CHARGE
from tests.looking import look_everywhere
from tests.work import ask_gateways
from tests.world import DAY, make_padaria


@pytest.mark.rule("ACC-3", part="payment link")
def test_a_member_gives_out_a_link_and_somebody_else_pays_with_it(
    page: Page, open_context: Callable[..., BrowserContext], world_server: World, watch: Watch
) -> None:
    now = clock.now()
    padaria = make_padaria(card=typed(world_server), now=now - 33 * DAY)
    renew(contract_id=padaria.contract_id, now=now - 2 * DAY)
    [invoice] = invoices.pending(customer_id=padaria.customer_id)

    sign_in(page).goto(f"/en/settings/financial/{invoice.public_id}/")
    page.get_by_role("link", name="Let somebody else pay").click()
    look_everywhere(page)
    page.get_by_label("Send it to").fill("conta@contabil.example")
    page.get_by_role("button", name="Make the payment link").click()
    address = page.locator("code").inner_text()
    page.context.grant_permissions(["clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    look_everywhere(page)
    page.get_by_role("link", name="I have copied it").click()
    expect(page.locator("main")).to_contain_text("conta@contabil.example")
    look_everywhere(page)

    payer = open_context(width=360).new_page()
    payer.goto(address.replace("/pt-br/", "/en/"))
    clean = re.compile(r"/en/pay/link/lnk_\w+/$")
    expect(payer).to_have_url(clean)
    for language in LANGUAGES:
        payer.goto(re.sub(r"/(es|pt-br|en)/pay/", f"/{language}/pay/", payer.url))
        payer.frame_locator(".card-frame iframe").locator("#number").wait_for()
        expect(payer.locator("main")).to_contain_text(invoice.title)
        expect(payer.locator("main")).not_to_contain_text("Padaria")
        look_everywhere(payer)
    assert world_server.taken == [FIRST_CHARGE]

    watch.expected.add(402)
    type_card(payer, Behaviour.NO_BALANCE)
    payer.get_by_role("button", name=re.compile("Pay .* now")).press("Enter")
    expect(payer.get_by_role("alert").first).to_be_focused()
    expect(payer.get_by_role("alert").first).to_contain_text("there is enough balance")
    look_everywhere(payer)

    type_card(payer, Behaviour.CHALLENGE)
    payer.get_by_role("button", name=re.compile("Pay .* now")).click()
    payer.get_by_role("link", name="Confirm with your bank").wait_for()
    look_everywhere(payer)
    payer.get_by_role("link", name="Confirm with your bank").click()
    payer.get_by_role("button", name="Confirm the payment").click()
    payer.get_by_role("link", name="Go back now").click()
    expect(payer).to_have_url(clean)
    ask_gateways(real=clock.now() + DAY)
    payer.get_by_role("heading", name="This invoice is paid").wait_for()  # by itself
    look_everywhere(payer)
    assert world_server.taken == [FIRST_CHARGE, invoice.owed_minor]
    assert len(payments.wallet(padaria.customer_id)) == 1

    watch.expected.add(404)
    payer.context.clear_cookies()
    payer.reload()
    expect(payer.get_by_role("heading", level=1)).to_contain_text("This link opens nothing")
    look_everywhere(payer)
