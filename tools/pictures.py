"""Pictures of the demo's pages for the docs: `python -m tools.pictures [http://127.0.0.1:8000]`, with `make demo` running."""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser import ARGUMENTS, chromium

FOLDER = Path(__file__).parents[1] / "docs" / "img"
PASSWORD = "correct horse battery"
PAGES = {
    "prices": "/es/plans/?currency=BRL&package=brl-500",
    "home": "/es/home/",
    "plans": "/es/settings/contracts/",
    "wallet": "/es/settings/wallet/",
    "usage": "/es/usage/",
    "financial": "/es/settings/financial/",
}


def take(page: Page, name: str, *, whole: bool = False) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=FOLDER / f"{name}.png", full_page=whole)


def contracting(page: Page, name: str) -> None:
    """The details and the payment of an order that is never finished."""
    page.goto("/es/plans/?currency=USD&package=usd-100")
    page.locator(".total-bar .button").click()
    take(page, f"contracting-{name}")


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
                page.goto("/es/sign-in/")
                page.locator("input[type=email]").fill("ana@padaria.example")
                page.locator("input[type=password]").fill(PASSWORD)
                page.locator("main form button").first.click()
                page.wait_for_url("**/home/")
                for what, path in PAGES.items():
                    page.goto(path)
                    take(page, f"{what}-{name}")
                page.close()
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
