"""Prices are adjusted by an index and contracts moved to newer versions by the seller's people in a real Chromium, on a phone
and on a desk (CAT-13, CAT-5)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from abono.platform import clock
from tests.adjustments import lately_known
from tests.e2e.conftest import World, sign_in
from tests.e2e.test_portal_pages import typed
from tests.looking import look_by_day_and_night
from tests.versions import new_versions
from tests.world import DAY, make_olga, make_padaria


@pytest.mark.rule("CAT-5", part="moved in a batch after a preview")
@pytest.mark.rule("CAT-13", part="30 days' notice and preview")
def test_a_preview_is_seen_confirmed_and_done(page: Page, width: int, world_server: World) -> None:
    make_olga()
    make_padaria(card=typed(world_server), now=clock.now() - 3 * DAY)
    new_versions(now=clock.now() - DAY)
    lately_known()
    sign_in(page, "olga@abono.example").goto("/en/back-office/indexes/")
    _adjusted_and_taken_back(page)
    page.goto("/en/back-office/versions/")
    look_by_day_and_night(page)
    page.get_by_label("Software plan").select_option(label="Specialist v2")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("tbody tr")).to_contain_text(["Padaria Sol Ltda."])
    look_by_day_and_night(page)
    page.get_by_label("Move 1 contract on its day").check()
    page.get_by_role("button", name="Move these contracts").click()
    expect(page.locator("main")).to_contain_text("Done: the contracts go on with the newer versions")
    expect(page.get_by_role("button", name="Move these contracts")).to_have_count(0)
    look_by_day_and_night(page)
    page.get_by_role("link", name="Back to the previews").click()
    look_by_day_and_night(page)


def _adjusted_and_taken_back(page: Page) -> None:
    """The yearly adjustment by the index that stands on the page (CAT-13)."""
    look_by_day_and_night(page)
    page.get_by_role("link", name="IPCA").click()
    look_by_day_and_night(page)
    page.goto("/en/back-office/adjustments/")
    page.get_by_label("Prices that may rise up to").fill(f"{clock.now().date() + 90 * DAY}")
    look_by_day_and_night(page)
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("tbody tr")).to_contain_text(["Padaria Sol Ltda."])
    page.get_by_label("Adjust the prices of 1 contract").check()
    look_by_day_and_night(page)
    page.get_by_role("button", name="Adjust these prices").click()
    page.get_by_role("link", name="Take back for").click()
    page.get_by_label("Reason").fill("Agreed")
    look_by_day_and_night(page)
    page.get_by_role("button", name="Take it back and tell the customer").click()
    expect(page.locator("main")).to_contain_text("taken back: Agreed")
    look_by_day_and_night(page)
