"""Chapters seven and eight: an invoice that is paid by Pix before one's eyes, and one by a slip (PAY-2 to PAY-4, FIN-3)."""

from __future__ import annotations

import re
from base64 import b64encode
from datetime import timedelta

from abono.demo import bank
from abono.demo.story import sums
from abono.demo.story.html import Page
from abono.demo.story.renewing import CLOCK
from abono.demo.story.stage import Stage, amount, expect, first, shown, wait_for
from abono.kernel.ids import parse
from abono.platform import clock

MEANS = "/en/settings/wallet/means/"
FINANCIAL = "/en/settings/financial/"
PAPER = r"/requests/prq_\w+/pdf/"


def pay_by_pix(stage: Stage) -> None:
    """The page of the code is open while the payer's bank pays it: it says so by itself."""
    if stage.again:
        return
    page = _next_invoice(stage, "pix")
    shown(page, "Read the code with your phone", amount(sums.LATER_MINOR))
    stage.simulator.pay_pix(_key(page))
    _settled(stage, page)


def pay_by_slip(stage: Stage) -> int:
    """After a month of use: the bank registers it by our file and its own, then tells that it was paid. Bytes of its paper."""
    if stage.again:
        return int(stage.notebook["slip_bytes"])
    page = _next_invoice(stage, "slip")
    shown(page, amount(sums.LATER_MINOR))
    file = stage.platform("POST", "remittances", {"gateway": bank.NAME}, once="story-remittance")
    content = stage.platform_bytes("GET", f"bank-files/{file['id']}/content")
    registered, paid = bank.registered_and_paid(content, clock.now().date() + timedelta(days=1))
    _hand_in(stage, "registered", registered)
    page = wait_for("a slip that can be paid", lambda: _payable(stage, page))
    paper = stage.browser.get(page.link(PAPER)).body
    expect("beginning of the slip", paper[:5], b"%PDF-")
    _hand_in(stage, "paid", paid)
    _settled(stage, page)
    stage.notebook.write("slip_bytes", len(paper))
    return len(paper)


def _next_invoice(stage: Stage, means: str) -> Page:
    """Choose how later invoices are paid, go to the next cycle, and ask for what its invoice is paid with."""
    page = stage.browser.get(MEANS)
    stage.browser.send(page, page.form("means"), means=means)
    page = stage.browser.get(CLOCK)
    stage.browser.send(page, page.form("to"))
    pay = stage.browser.get(stage.browser.get(FINANCIAL).link(r"/financial/inv_\w+/pay/$"))
    form = next(form for form in pay.forms if form.values.get("means") == means)
    return stage.browser.send(pay, form)


def _key(page: Page) -> str:
    """Under which its gateway knows the request that the page shows."""
    found = parse("prq", first(r"/(prq_\w+)/", page.url))
    assert found is not None
    return found.hex


def _hand_in(stage: Stage, name: str, content: bytes) -> None:
    body = {"name": f"{name}.ret", "content": b64encode(content).decode()}
    stage.platform("POST", "bank-files", body, once=f"story-{name}")


def _payable(stage: Stage, page: Page) -> Page | None:
    now = stage.browser.get(page.url)
    return now if any(re.search(PAPER, link) for link in now.links) else None


def _settled(stage: Stage, page: Page) -> None:
    wait_for("a paid invoice", lambda: "is settled" in stage.browser.get(page.url).text or None)
