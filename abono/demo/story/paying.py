"""Chapter four: the interim invoice is paid in the portal, and sending resumes at that moment (LIM-4, PAY-1)."""

from __future__ import annotations

from abono.demo.story import sums
from abono.demo.story.html import Page
from abono.demo.story.stage import Stage, amount, expect, shown

PAY = r"/settings/financial/inv_\w+/pay/"


def pay_interim(stage: Stage) -> None:
    """From Home to the payment; a second press charges nothing."""
    if not stage.again:
        page = _ask(stage)
        shown(page, amount(sums.INTERIM_MINOR))
        shown(stage.press("pay_interim", page, form="card"), "Sending is open again")
        expect("state once paid", stage.balance()["sending_state"], "overage")
    shown(stage.press("pay_interim"), "Nothing was charged again")
    captures = [move["amount_minor"] for move in stage.simulator.book()]
    expect("captures", captures[:3], list(sums.INVOICES[:3]))


def _ask(stage: Stage) -> Page:
    """The page that says how much from which card: by the worker's invoice, or by asking for one."""
    home = stage.browser.get("/en/home/")
    shown(home, "Sending is blocked")
    for link in home.links:
        if link.endswith("/pay/"):
            return stage.browser.get(link)
    form = next(form for form in home.forms if form.action.endswith("/overage/"))
    return stage.browser.send(home, form)
