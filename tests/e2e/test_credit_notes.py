"""The seller takes back of an invoice in a browser, the customer sees it: readable on every screen (INV-4, INV-9)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from abono.domain.invoicing import queries as invoices
from abono.platform import clock
from tests.e2e.conftest import World, sign_in
from tests.e2e.test_portal_pages import typed
from tests.looking import look_everywhere
from tests.world import DAY, make_olga, make_padaria


@pytest.mark.rule("INV-4", part="credit notes")
@pytest.mark.rule("INV-9", part="statement")
def test_an_invoice_is_taken_back_of_after_a_look_at_what_that_does(page: Page, world_server: World) -> None:
    padaria = make_padaria(card=typed(world_server), now=clock.now() - 3 * DAY)
    [invoice] = invoices.list_for_customer(padaria.customer_id)
    make_olga()
    sign_in(page, "olga@abono.example").goto("/en/back-office/invoices/")
    look_everywhere(page)
    page.get_by_role("link", name=invoice.title).click()
    page.get_by_label("Software plan").fill("150.00")
    page.get_by_label("Reason").fill("The plan was not there for ten days.")
    page.get_by_role("button", name="See what it does").click()
    expect(page.get_by_role("status")).to_contain_text("R$150.00 was paid already and becomes credit")
    look_everywhere(page)
    page.get_by_role("button", name="Issue the credit note").click()
    expect(page.locator("main")).to_contain_text("is issued.")
    page.goto("/en/back-office/journal/")
    expect(page.locator("main")).to_contain_text("A credit note was issued")
    look_everywhere(page)

    page.goto(f"/es/back-office/invoices/{invoice.public_id}/")
    title = page.get_by_role("heading", level=1).bounding_box()
    assert title is not None
    assert title["height"] < 45  # on one line, however much can be done
    page.goto(f"/en/back-office/invoices/{invoice.public_id}/")
    page.get_by_role("link", name="Payments and disputes").click()
    page.get_by_label("Amount", exact=True).first.fill("49.90")
    page.get_by_label("Reference").fill("E2E-1")
    page.get_by_role("button", name="Record the payment").click()
    expect(page.locator("main")).to_contain_text("R$49.90 of it became credit")
    look_everywhere(page)

    sign_in(page)
    for address in ("", "credit/", f"{invoice.public_id}/"):
        page.goto(f"/pt-br/settings/financial/{address}")
        expect(page.locator("main")).to_contain_text("The plan was not there for ten days.")
        look_everywhere(page)
