"""An overdue invoice is said before a package is chosen, and a sandbox's invoice says what it is (CHG-8, INV-4)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from abono.domain.invoicing import queries as invoices
from abono.flows.billing.renew import renew
from abono.kernel.ids import public
from abono.platform import clock
from tests.e2e.conftest import World, sign_in
from tests.e2e.test_portal_pages import typed
from tests.looking import look_by_day_and_night
from tests.world import DAY, make_padaria


@pytest.mark.rule("CHG-8", part="overdue")
@pytest.mark.rule("INV-4", part="sandbox's own")
def test_who_owes_is_led_to_the_invoice_that_stands_in_the_way(
    page: Page, world_server: World, width: int
) -> None:
    now = clock.now()
    padaria = make_padaria(card=typed(world_server), now=now - 45 * DAY, sandbox=True)
    assert renew(contract_id=padaria.contract_id, now=now - 13 * DAY) is not None
    late = invoices.pending(customer_id=padaria.customer_id)[0]
    sign_in(page).goto(f"/en/settings/contracts/{public('ctr', padaria.contract_id)}/change/")
    expect(page.get_by_role("alert")).to_contain_text(f"The invoice {late.title} is overdue.")
    expect(page.locator("main form")).to_have_count(0)
    look_by_day_and_night(page)
    page.get_by_role("link", name="Pay the invoice").click()
    expect(page.locator("main")).to_contain_text(late.title)
    page.goto(f"/en/settings/financial/{late.public_id}/")
    expect(page.locator("main")).to_contain_text("It is not a fiscal document")
    look_by_day_and_night(page)
