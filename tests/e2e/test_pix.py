"""A Pix is paid before one's eyes: the page shows it, and goes on by itself (FIN-3, PAY-1)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from abono.domain.invoicing import queries as invoices
from abono.domain.payments.pushed import requests
from abono.flows.billing.renew import renew
from abono.flows.requests.ask import look
from abono.platform import clock
from tests.e2e.conftest import World, sign_in
from tests.e2e.test_portal_pages import typed
from tests.looking import look_everywhere
from tests.world import DAY, make_padaria


@pytest.mark.rule("FIN-3", part="Pix")
def test_a_pix_is_read_paid_and_seen_to_be_paid(page: Page, world_server: World) -> None:
    now = clock.now()
    padaria = make_padaria(card=typed(world_server), now=now - 40 * DAY)
    assert renew(contract_id=padaria.contract_id, now=now - 8 * DAY) is not None
    [invoice] = invoices.pending(customer_id=padaria.customer_id)
    sign_in(page).goto(f"/pt-br/settings/financial/{invoice.public_id}/pay/")
    look_everywhere(page)
    page.get_by_role("button", name="com Pix").click()
    expect(page.get_by_role("img", name="QR")).to_be_visible()
    look_everywhere(page)

    [asked] = requests.of_invoice(invoice.id)
    world_server.simulator.ask("POST", f"pix/{asked.id.hex}/pay", {})
    look(request_id=asked.id, real=clock.now())  # as its news would have it
    expect(page.get_by_text(f"A fatura {invoice.title} está quitada.")).to_be_visible()
    look_everywhere(page)
