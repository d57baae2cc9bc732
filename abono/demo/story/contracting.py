"""Chapter one: from the price page to an active contract, and a password (CON-1 to CON-4, WAL-6)."""

from __future__ import annotations

from urllib.parse import urlsplit

from abono.demo.story import sums
from abono.demo.story.ground import behind_the_stage
from abono.demo.story.html import Page
from abono.demo.story.stage import Failed, Stage, amount, expect, first, shown, wait_for
from abono.gateways.simulator.company.cards import Behaviour
from abono.kernel.ids import parse

EMAIL, FINANCIAL_EMAIL = "ana@padaria.example", "financeiro@padaria.example"
PASSWORD = "sol nasce cedo na padaria"
NUMBER = r"(20\d\d-\d{6}-\d)"
DETAILS = {
    "legal_name": "Padaria Sol Ltda.",
    "country": "BR",
    "tax_id": "11.222.333/0001-81",
    "time_zone": "America/Sao_Paulo",
    "street": "Avenida Paulista",
    "number": "1578",
    "district": "Bela Vista",
    "city": "São Paulo",
    "region": "SP",
    "postal_code": "01310-200",
    "administrator_name": "Ana Souza",
    "administrator_email": EMAIL,
    "financial_name": "Fabiana Reis",
    "financial_email": FINANCIAL_EMAIL,
}


def contract(stage: Stage) -> str:
    """Choose, type, pay; a second press changes nothing. Returns the contract's number."""
    if stage.again:
        return _press_once_more(stage)
    page = _choose(stage)
    page = _pay_without_balance(stage, page)
    page = _pay(stage, page)
    number = first(NUMBER, page.text)
    expect("contract after a second press", first(NUMBER, stage.press("pay").text), number)
    expect("captures", [move["amount_minor"] for move in stage.simulator.book()], [sums.FIRST_MINOR])
    stage.notebook.write("number", number)
    return number


def set_password(stage: Stage) -> None:
    """Follow the link in the e-mail; in later runs, sign in with what was chosen."""
    if stage.again:
        page = stage.browser.get("/en/sign-in/")
        shown(
            stage.browser.send(page, page.form("email", "password"), email=EMAIL, password=PASSWORD),
            "Padaria Sol",
        )
        return
    link = wait_for(
        "the e-mail with the link to choose a password", lambda: stage.mailed_link(EMAIL, "/set-password/")
    )
    page = stage.browser.get(link)
    page = stage.browser.send(page, page.form("password", "again"), password=PASSWORD, again=PASSWORD)
    shown(page, "Padaria Sol")
    page = stage.browser.get("/en/settings/contracts/")
    shown(page, stage.notebook["number"], "Specialist", "Fabiana Reis", "4242")
    change_link = page.link(r"/settings/contracts/ctr_\w+/change/")
    stage.notebook.write("contract", first(r"/(ctr_\w+)/change/", change_link))


def _choose(stage: Stage) -> Page:
    """The price page, the order, the details; a wrong tax id first, and nothing typed is lost."""
    prices = stage.browser.get("/en/plans/?currency=BRL")
    shown(prices, "Starter", "Specialist", "Expert", "Professional", "Enterprise")
    choose = prices.form("package", "currency")
    details = stage.browser.send(prices, choose, plan=sums.PLAN, package=sums.PACKAGE)
    shown(details, amount(sums.FIRST_MINOR))
    form = details.form("legal_name", "accept") if _offers_accept(details) else details.form("legal_name")
    form.values.pop("same_person", None)
    return stage.browser.send(details, form, **DETAILS, accept=_accepted(details))


def _offers_accept(page: Page) -> bool:
    return any("accept" in form.values for form in page.forms)


def _accepted(page: Page) -> str:
    """The value of the box beside the terms: which text was shown."""
    return first(r'name="accept"[^>]*value="([^"]+)"', page.body.decode())


def _pay_without_balance(stage: Stage, page: Page) -> Page:
    """A card without balance: nothing is active, and the page says what to check first."""
    _type_card(stage, page, Behaviour.NO_BALANCE)
    page = stage.browser.send(page, page.form("frame_ref"), frame_ref=_frame(page))
    shown(page, "not accepted", "Padaria Sol", amount(sums.FIRST_MINOR))
    expect("captures after a declined card", stage.simulator.book(), [])
    return page


def _pay(stage: Stage, page: Page) -> Page:
    _type_card(stage, page, Behaviour.PAID)
    stage.notebook.write("order", first(r"/(sig_\w+)/", page.url))
    page = stage.press("pay", page, form="frame_ref", frame_ref=_frame(page))
    shown(page, "Your contract is active", amount(100_00))
    return page


def _type_card(stage: Stage, page: Page, behaviour: Behaviour) -> None:
    stage.simulator.type_card(_frame(page), holder="Ana Souza", behaviour=behaviour, year=2039)


def _frame(page: Page) -> str:
    """The session of the gateway's fields that the page shows."""
    for address in page.frames:
        if "/frame/" in address:
            return urlsplit(address).path.rpartition("/")[2]
    raise Failed(f"{page.url} has no card fields")


def _press_once_more(stage: Stage) -> str:
    signup = parse("sig", stage.notebook["order"])
    pressed = behind_the_stage(stage.stack, "press", str(signup))
    expect("the same order again", pressed["number"], stage.notebook["number"])
    expect("the contract of the same order", pressed["active"], True)
    return str(pressed["number"])
