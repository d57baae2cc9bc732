"""Chapter six: another plan, which the link in an e-mail confirms (CHG-1, CHG-2, CHG-6)."""

from __future__ import annotations

from urllib.parse import urlsplit

from abono.demo.story import sums
from abono.demo.story.contracting import EMAIL
from abono.demo.story.ground import behind_the_stage
from abono.demo.story.html import Form, Page
from abono.demo.story.stage import Stage, amount, expect, first, shown, wait_for

PLANS = "/en/settings/contracts/"


def change_by_mail(stage: Stage) -> None:
    """Accepted in the portal nothing changes yet; by the link it does, and the difference is charged. Pressed again, once."""
    if not stage.again:
        behind_the_stage(stage.stack, "by-mail")
        _accept(stage)
        part = f"/{stage.notebook['change_id']}/link/"
        link = wait_for("the e-mail that confirms the change", lambda: stage.mailed_link(EMAIL, part))
        page = stage.browser.get(link)
        stage.press("change", page, _own_form(page))
    stage.press("change")
    shown(stage.browser.get(PLANS), "Expert")
    captures = [move["amount_minor"] for move in stage.simulator.book()]
    expect("captures once the plan is changed", captures[: len(sums.BY_CARD)], list(sums.BY_CARD))


def _accept(stage: Stage) -> None:
    page = stage.browser.get(f"{PLANS}{stage.notebook['contract']}/change/")
    quote = stage.browser.send(page, page.form("plan", "package"), plan=sums.BIGGER_PLAN)
    shown(quote, amount(sums.CHANGE_MINOR), "an e-mail comes to you with a link")
    shown(stage.browser.send(quote, _own_form(quote)), "e-mail")
    stage.notebook.write("change_id", first(r"/(chg_\w+)/", quote.url))
    shown(stage.browser.get(PLANS), "Specialist")


def _own_form(page: Page) -> Form:
    """Of the page of a change the one that accepts or confirms it."""
    return next(form for form in page.forms if form.action == urlsplit(page.url).path)
