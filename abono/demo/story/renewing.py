"""Chapter five: the sandbox clock goes to the next cycle; invoices, documents and e-mails (TIM-2, INV-1, FIN-1)."""

from __future__ import annotations

from typing import Any

from abono.demo.story import sums
from abono.demo.story.stage import Stage, amount, expect, first, shown, wait_for

CLOCK = "/en/settings/contracts/clock/"


def advance(stage: Stage) -> None:
    """Press the button; pressed again, the clock is there already."""
    if not stage.again:
        page = stage.press("advance", stage.browser.get(CLOCK), form="to")
        shown(page, "The next cycle began", "was issued", amount(sums.RENEWAL_MINOR))
        balance = stage.balance()
        expect("use in the new cycle", balance["used_micro"], 0)
        expect("value of the new cycle", balance["value_micro"], sums.PACKAGE_MICRO)
        expect("limit of the new cycle", balance["ceiling_micro"], sums.LIMIT_MICRO)
        expect("interactions in the new cycle", balance["interactions"]["used"], 0)
    shown(stage.press("advance"), "the clock was there already")
    captures = [move["amount_minor"] for move in stage.simulator.book()]
    expect(
        "captures after the renewal", captures[: len(sums.UNTIL_THE_RENEWAL)], list(sums.UNTIL_THE_RENEWAL)
    )


def download(stage: Stage) -> int:
    """Every invoice of Financial information as PDF. Returns their bytes."""
    page = stage.browser.get("/en/settings/financial/")
    shown(page, first(f"({sums.NUMBER})", page.text), *(amount(total) for total in sums.INVOICES))
    size = 0
    links = [link for link in page.links if link.endswith("/pdf/")]
    expect("invoices with a PDF", len(set(links)), len(sums.INVOICES))
    for link in links:
        body = stage.browser.get(link).body
        expect(f"beginning of {link}", body[:5], b"%PDF-")
        size += len(body)
    detail = stage.browser.get(page.link(r"/settings/financial/inv_\w+/$"))
    shown(detail, first(f"({sums.NUMBER})", detail.text), amount(sums.INVOICES[-1]))
    return size


def read_mail(stage: Stage) -> int:
    """All that was told came as e-mail, the invoices with their PDF. Returns how many there are."""
    mails = wait_for("all e-mails", lambda: _all(stage))
    expect("e-mails", len(mails), sums.MAILS)
    papers = [paper for mail in mails for paper in mail["attachments"]]
    expect("types of attachments", {paper["type"] for paper in papers}, {"application/pdf"})
    expect("beginning of an attachment", stage.attachment(papers[0]["href"])[:5], b"%PDF-")
    return len(mails)


def _all(stage: Stage) -> list[dict[str, Any]] | None:
    mails = stage.mails()
    return mails if len(mails) >= sums.MAILS else None
