"""Pictures of the demo's pages for the docs: `python -m tools.pictures [http://127.0.0.1:8000]`, with `make demo` running."""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from abono.demo.cast import PASSWORD, STAFF, STAFF_CODE
from tests.browser import ARGUMENTS, chromium

STAFF_EMAIL = STAFF[0][1]
FOLDER = Path(__file__).parents[1] / "docs" / "img"
PAGES = {
    "prices": "/es/plans/?currency=BRL&package=brl-500",
    "home": "/es/home/",
    "plans": "/es/settings/contracts/",
    "wallet": "/es/settings/wallet/",
    "usage": "/es/usage/",
    "campaigns": "/es/campaigns/",
    "estimate": "/es/campaigns/estimate/?what1=whatsapp.company&country1=BR&count1=200&what2=sms.message&country2=BR&count2=1500#answer-card",
    "financial": "/es/settings/financial/",
}
SELLER = {"seller": "/es/back-office/metering/"}


def take(page: Page, name: str, *, whole: bool = False) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=FOLDER / f"{name}.png", full_page=whole)


def contracting(page: Page, name: str) -> None:
    """The details and the payment of an order that is never finished."""
    page.goto("/es/plans/?currency=USD&package=usd-100")
    page.locator(".total-bar .button").click()
    take(page, f"contracting-{name}")


def sign_in(page: Page, who: str, start: str) -> None:
    page.goto("/es/sign-in/")
    page.locator("input[type=email]").fill(who)
    page.locator("input[type=password]").fill(PASSWORD)
    page.locator("main form button").first.click()
    if who == STAFF_EMAIL:
        page.locator("input[name=code]").fill(STAFF_CODE)
        page.locator("main form button").first.click()
    page.wait_for_url(start)


def main(address: str) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        for width, height in ((360, 780), (1280, 860)):
            for scheme in ("light", "dark"):
                page = browser.new_page(
                    base_url=address, viewport={"width": width, "height": height}, color_scheme=scheme
                )
                name = f"{width}-{scheme}"
                contracting(page, name)
                for who, start, pages in (
                    ("ana@padaria.example", "**/home/", PAGES),
                    (STAFF_EMAIL, "**/back-office/metering/", SELLER),
                ):
                    sign_in(page, who, start)
                    for what, path in pages.items():
                        page.goto(path)
                        take(page, f"{what}-{name}")
                    page.context.clear_cookies()
                page.close()
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
