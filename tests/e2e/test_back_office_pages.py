"""The back office in a real Chromium: readable on every screen, with help beside its pages (HLP-1, PAY-6)."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from abono.domain.invoicing import queries as invoices
from abono.domain.payments.receipts import Came
from abono.domain.payments.states import Way
from abono.domain.withholding import actions as withholding
from abono.domain.withholding.types import NewRate
from abono.flows.billing.renew import renew
from abono.flows.standing.record import record_payment
from abono.platform import clock
from tests.e2e.conftest import World, sign_in
from tests.e2e.test_portal_pages import typed
from tests.looking import look, look_by_day_and_night, look_everywhere
from tests.world import DAY, Tenant, make_olga, make_padaria, today

ADDRESSES = (
    "contracts/",
    "money/",
    "members/",
    "changes/",
    "as-of/",
    "invoices/",
    "fiscal/",
    "bank-files/",
    "statements/",
    "reconciliation/",
    "payouts/",
    "journal/",
    "margins/",
    "adjustments/",
    "arrangements/",
)


@pytest.fixture
def padaria(world_server: World) -> Tenant:
    make_olga()
    return make_padaria(card=typed(world_server), now=clock.now() - 40 * DAY)


@pytest.mark.rule("PAY-6", part="shown to both")
def test_what_is_withheld_and_its_proof_are_readable_on_every_screen(page: Page, padaria: Tenant) -> None:
    now, tax = clock.now(), NewRate("ISS", Decimal(2), today() - 60 * DAY)
    withholding.set_rate(tax, why="Lei 116", actor="olga", now=now)
    assert renew(contract_id=padaria.contract_id, now=now - 8 * DAY) is not None
    [invoice] = invoices.pending(customer_id=padaria.customer_id)
    came = Came(Way.TRANSFER, 686_00, today())  # 700.00 less 2 %
    record_payment(invoice_id=invoice.id, came=came, actor="olga", now=now)
    sign_in(page).goto(f"/es/settings/financial/{invoice.public_id}/")
    page.get_by_role("link", name="Entregar un comprobante").click()
    expect(page.locator("h1")).to_have_text("Comprobante de impuestos retenidos")
    look_everywhere(page)
    sign_in(page, "olga@abono.example").goto("/pt-br/back-office/withheld/")
    page.get_by_text("O comprovante chegou").click()
    look_everywhere(page)


@pytest.mark.rule("HLP-1", part="beside the page")
def test_help_opens_beside_a_page_of_the_back_office(page: Page, width: int, padaria: Tenant) -> None:
    sign_in(page, "olga@abono.example").goto("/es/back-office/bank-files/")
    page.locator("[data-help]").click()
    expect(page.locator("#help-title")).to_be_focused()
    expect(page).to_have_url(re.compile("/back-office/bank-files/$"))
    look_by_day_and_night(page)
    whole = page.get_by_role("dialog").get_by_role("link", name="Abrirla como página propia")
    whole.click()
    expect(page.locator("h1")).to_contain_text("Archivos bancarios: boletos")
    look(page)


@pytest.mark.nightly
def test_every_page_of_the_back_office_is_readable_on_every_screen(page: Page, padaria: Tenant) -> None:
    sign_in(page, "olga@abono.example")
    for address in ADDRESSES:
        page.goto(f"/pt-br/back-office/{address}")
        expect(page.locator("h1")).to_be_visible()
        look_everywhere(page)
