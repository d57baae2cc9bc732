"""Limits of the customer's own in a real Chromium, on a phone and on a desk (LIM-5)."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from abono.platform import clock
from tests.e2e.conftest import Watch, World, sign_in
from tests.e2e.test_portal_pages import typed
from tests.looking import look
from tests.world import DAY, Tenant, hold, make_padaria, use

pytestmark = pytest.mark.rule("LIM-5")


@pytest.fixture
def padaria(world_server: World) -> Tenant:
    """With 30 SMS at R$ 0,10 in its cycle."""
    now = clock.now()
    tenant = make_padaria(card=typed(world_server), now=now - DAY)
    use(tenant.contract_id, 30, channel="sms", kind="message", at=now - DAY / 2)
    return tenant


def test_limits_are_set_told_wrong_and_seen(
    page: Page,
    width: int,
    padaria: Tenant,
    watch: Watch,
) -> None:
    watch.expected.add(422)
    sign_in(page).goto("/en/usage/")
    page.get_by_role("link", name="Set limits of your own").click()
    look(page)
    page.get_by_label("Cap on each cycle, in BRL").fill("fifty")
    page.get_by_role("button", name="Save these limits").click()
    expect(page.locator(".error-summary")).to_contain_text("Write an amount like 1,500.50")
    look(page)
    page.get_by_label("Cap on each cycle, in BRL").fill("50")
    page.get_by_label(re.compile("^SMS")).fill("3")  # 30 at R$ 0,10 are used: at once it is reached
    page.get_by_role("button", name="Save these limits").click()
    warning = page.get_by_role("alert")  # before it stops what runs, it says so
    expect(warning).to_be_focused()
    expect(warning).to_contain_text("Nothing is saved yet.")
    look(page)
    page.get_by_label("Cap on each cycle, in BRL").press("Enter")  # asks again
    expect(page.get_by_role("alert")).to_contain_text("Nothing is saved yet.")
    expect(page.locator("main")).to_contain_text("You set no limits of your own.")
    page.get_by_role("button", name="Save it and stop sending now").click()
    expect(page.locator("main")).to_contain_text("From now on no send passes R$50.00 in a cycle.")
    rows = page.locator("tbody tr")
    expect(rows).to_contain_text(["All channels", "SMS"])
    expect(rows.nth(1)).to_contain_text("Reached")
    look(page)
    _ids, [answer] = hold(padaria.contract_id, channel="sms", kind="message", at=clock.now())
    assert answer.status.name == "OVER_BUDGET"
    page.goto("/es/usage/")
    look(page)


def test_without_javascript_it_works_the_same_and_a_viewer_has_no_form(
    open_context: Callable[..., BrowserContext],
    width: int,
    padaria: Tenant,
) -> None:
    page = sign_in(open_context(width=width, java_script_enabled=False).new_page())
    page.goto("/pt-br/usage/limits/")
    page.locator("#id_cap").fill("1.250,50")
    page.locator("main form button").click()
    expect(page.locator("main")).to_contain_text("1.250,50")
    viewer = sign_in(open_context(width=width).new_page(), "bruno@padaria.example")
    viewer.goto("/pt-br/usage/limits/")
    expect(viewer.locator("main form")).to_have_count(0)
    expect(viewer.locator("main")).to_contain_text("1.250,50")
    look(viewer)
