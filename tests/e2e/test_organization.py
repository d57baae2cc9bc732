"""What an organization says of itself is changed in a real Chromium, on a phone and on a desk (ACC-1)."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Watch, sign_in
from tests.e2e.test_portal_pages import padaria, signed_at
from tests.looking import look_everywhere
from tests.world import Tenant

__all__ = ["padaria", "signed_at"]
SHOTS = os.environ.get("ABONO_SHOTS", "")


def shot(page: Page, name: str) -> None:
    for width in (360, 1280) if SHOTS else ():
        page.set_viewport_size({"width": width, "height": 800})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=Path(SHOTS) / f"{name}-{width}-{scheme}.png", full_page=True)


def test_an_administrator_changes_the_data_of_the_organization(
    page: Page, padaria: Tenant, watch: Watch
) -> None:
    watch.expected.add(422)
    sign_in(page).goto("/en/settings/organization/")
    look_everywhere(page)
    page.get_by_role("link", name="Change the data").click()
    page.get_by_role("textbox", name="E-mail of the financial contact").fill("nobody")
    page.get_by_role("button", name="Save the data").click()
    expect(page.locator("[aria-invalid=true]")).to_have_count(1)
    look_everywhere(page)
    shot(page, "change")
    page.get_by_role("textbox", name="Legal name").fill(f"Padaria {'Sol' * 30} Ltda.")
    page.get_by_role("textbox", name="E-mail of the financial contact").fill("eva@padaria.example")
    page.get_by_role("button", name="Save the data").click()
    expect(page.locator("main")).to_contain_text("Saved. It holds from the next invoice on")
    look_everywhere(page)
    shot(page, "organization")


def test_an_administrator_keeps_licences_for_a_group(page: Page, padaria: Tenant, watch: Watch) -> None:
    watch.expected.add(422)
    sign_in(page).goto("/en/settings/people/in/")
    page.get_by_role("link", name="Licences for groups").click()
    page.get_by_role("textbox", name="Group 1").fill("supervisors_of_the_night_shift_in_sampa")
    page.get_by_role("spinbutton", name="Licences for group 1").fill("99")
    page.get_by_role("button", name="Save the licences for groups").click()
    expect(page.get_by_role("alert")).to_contain_text("the contract owns 10")
    look_everywhere(page)
    shot(page, "kept")
    page.get_by_role("spinbutton", name="Licences for group 1").fill("4")
    page.get_by_role("button", name="Save the licences for groups").click()
    expect(page.locator("main")).to_contain_text("Saved. It holds from the next sign-in on.")
    look_everywhere(page)
