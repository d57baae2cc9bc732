"""Pictures of the demo's pages for the docs: `python -m tools.pictures [http://127.0.0.1:8000]`, with `make demo` running."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import django
from playwright.sync_api import Page, sync_playwright

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "abono.config.settings")
django.setup()

from abono.demo.cast import PASSWORD, STAFF, STAFF_CODE  # noqa: E402
from tests.browser import ARGUMENTS, chromium  # noqa: E402

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
    "people": "/es/settings/people/",
    "in_use": "/es/settings/people/in/",
    "kept": "/es/settings/people/kept/",
    "organization": "/es/settings/organization/",
}
RESTRICTED = {"restricted": "/es/home/"}
SELLER = {
    "seller": "/es/back-office/metering/",
    "contracts": "/es/back-office/contracts/",
    "contract": "/es/back-office/contracts/?what=padaria",  # the only one: its page
    "payouts": "/es/back-office/payouts/",
}
WHOLE = {
    "contract",
    "draft",
    "review",
    "refund",
    "change",
    "payouts",
    "adjustment",
}  # of which all is shown on a desk, to the end of the page


def take(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    what, width, _scheme = name.split("-")
    page.screenshot(path=FOLDER / f"{name}.png", full_page=what in WHOLE and width != "360")


def change(page: Page, name: str) -> None:
    """What another plan would cost, before it is accepted."""
    page.goto("/es/settings/contracts/")
    page.locator('.actions a[href*="/change"]').click()
    page.locator("input[name=plan]:not(:checked)").last.check()
    page.locator("main form button").last.click()
    take(page, f"change-{name}")


def beside(page: Page, name: str) -> None:
    """The help of a page, opened beside it."""
    page.goto("/es/settings/wallet/")
    page.locator("[data-help]").click()
    page.locator("#help-title").wait_for()
    take(page, f"help-{name}")


def coupon(page: Page, name: str) -> None:
    """One that is looked at before a contract gets it."""
    code, number = f"VERANO-{name}", contract_number(page)
    page.goto("/es/back-office/coupons/")
    if not page.get_by_role("link", name=code.upper()).count():
        for field, text in (("code", code), ("percent", "10"), ("cycles", "3"), ("why", "Verano")):
            page.locator(f"input[name={field}]").fill(text)
        page.locator("main form button").last.click()
    page.goto(f"/es/back-office/coupons/?code={code}&contract={number}")
    page.locator("button", has_text="Ver la próxima factura con él").click()
    take(page, f"coupon-{name}")


def draft(page: Page, name: str) -> None:
    """A one-off invoice before it is issued; afterwards it is discarded."""
    page.goto(f"/es/back-office/drafts/?contract={contract_number(page)}")
    page.locator("input[name=text_1]").fill("Capacitación de dos agentes")
    page.locator("input[name=quantity_1]").fill("2")
    page.locator("input[name=price_1]").fill("150,00")
    page.locator("button[name=keep]").click()
    take(page, f"draft-{name}")
    page.locator("button[name=discard]").click()


def review(page: Page, name: str) -> None:
    """The invoice of a new cycle that somebody parked."""
    page.goto("/es/back-office/drafts/")
    page.locator("tr", has_text="Clínica").locator("th a").click()
    take(page, f"review-{name}")


def refund(page: Page, name: str) -> None:
    """The invoice of a contract that was given back."""
    page.goto("/es/back-office/contracts/?what=jasmim")
    page.locator('main a[href*="/back-office/invoices/inv_"]').first.click()
    take(page, f"refund-{name}")


def adjustment(page: Page, name: str) -> None:
    """Prices that an index adjusts, as each customer would pay them: looked at, and not applied."""
    today = datetime.now(UTC).date()
    page.goto("/es/back-office/indexes/")
    if not page.get_by_role("link", name="IPCA").count():
        first = today.year * 12 + today.month - 13
        months = [f"{(first + n) // 12}-{(first + n) % 12 + 1:02};0,41" for n in range(12)]
        page.locator("input[name=code]").fill("IPCA")
        page.locator("textarea").fill("\n".join(months))
        page.locator("main form button").last.click()
    page.goto("/es/back-office/adjustments/")
    page.locator("input[name=until]").fill(f"{today + timedelta(days=365)}")
    page.locator("main form button").last.click()
    page.locator("tbody").wait_for()
    take(page, f"adjustment-{name}")


def contract_number(page: Page) -> str:
    page.goto(SELLER["contract"])
    return page.locator("h1").inner_text().split()[-1]


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


BY_SELLER = (coupon, draft, review, refund, adjustment)


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
                for who, start, pages, acts in (
                    ("ana@padaria.example", "**/home/", PAGES, (change, beside)),
                    ("ivo@tresirmaos.example", "**/home/", RESTRICTED, ()),
                    (STAFF_EMAIL, "**/back-office/metering/", SELLER, BY_SELLER),
                ):
                    sign_in(page, who, start)
                    for what, path in pages.items():
                        page.goto(path)
                        take(page, f"{what}-{name}")
                    for act in acts:
                        act(page, name)
                    page.context.clear_cookies()
                page.close()
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
