"""A coupon is made by the seller's people and redeemed by its contract, in a real Chromium, on a phone and on a desk (INV-8)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import World, sign_in
from tests.e2e.test_portal_pages import padaria, signed_at
from tests.looking import look_everywhere
from tests.stories import made_coupon
from tests.world import Tenant, make_olga

__all__ = ["padaria", "signed_at"]
SHOTS = os.environ.get("ABONO_SHOTS", "")


def shot(page: Page, name: str) -> None:
    for width in (360, 1280) if SHOTS else ():
        page.set_viewport_size({"width": width, "height": 800})
        page.screenshot(path=Path(SHOTS) / f"{name}-{width}.png", full_page=True)


@pytest.mark.rule("INV-8", part="percent or amount")
def test_a_coupon_is_redeemed_by_a_contract_and_seen_by_the_seller(
    page: Page, padaria: Tenant, world_server: World
) -> None:
    coupon = made_coupon()
    make_olga()
    sign_in(page).goto(f"/en/settings/contracts/{padaria.contract.public_id}/coupon/")
    page.get_by_role("textbox", name="Coupon").fill("sol10")
    page.get_by_role("button", name="See the next invoice with it").click()
    look_everywhere(page)
    page.get_by_role("button", name="Redeem", exact=True).click()
    expect(page.locator("main")).to_contain_text("R$630.00")
    look_everywhere(page)
    shot(page, "portal")
    made_coupon("lua10")
    page.goto("/pt-br/order/?plan=specialist&package=brl-100&currency=BRL")
    page.get_by_role("textbox", name="Cupom").fill("lua10")
    page.keyboard.press("Enter")
    expect(page.locator("dl.sum").first).to_contain_text("−R$\u00a060,00")
    expect(page.locator("[aria-invalid=true]")).to_have_count(0)
    shot(page, "order")
    page.context.clear_cookies()
    sign_in(page, "olga@abono.example").goto("/en/back-office/coupons/")
    look_everywhere(page)
    shot(page, "coupons")
    page.goto(f"/es/back-office/coupons/{coupon.public_id}/")
    expect(page.locator("main")).to_contain_text("Padaria Sol")
    look_everywhere(page)
    shot(page, "coupon")
    page.get_by_role("link", name="2026-").first.click()
    expect(page.locator("main")).to_contain_text("Qué se puede hacer")
    look_everywhere(page)
    shot(page, "contract")
    page.goto("/es/back-office/contracts/")
    look_everywhere(page)
    shot(page, "contracts")
