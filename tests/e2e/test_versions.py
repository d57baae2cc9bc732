"""Contracts are moved to newer versions by the seller's people in a real Chromium, on a phone and on a desk (CAT-5)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from abono.platform import clock
from tests.e2e.conftest import World, sign_in
from tests.e2e.test_portal_pages import typed
from tests.looking import look_by_day_and_night
from tests.versions import new_versions
from tests.world import DAY, make_olga, make_padaria


@pytest.mark.rule("CAT-5", part="moved in a batch after a preview")
def test_a_preview_is_seen_confirmed_and_done(page: Page, width: int, world_server: World) -> None:
    make_olga()
    make_padaria(card=typed(world_server), now=clock.now() - 3 * DAY)
    new_versions(now=clock.now() - DAY)
    sign_in(page, "olga@abono.example").goto("/en/back-office/versions/")
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
