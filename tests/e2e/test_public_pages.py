"""The price page and contracting in a real Chromium, on a phone and on a desk."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from abono.domain.contracts.models import Contract
from abono.domain.identity import queries as people
from abono.entrypoints.site.links import set_password_url
from abono.gateways.simulator.company.cards import Behaviour, card_that
from abono.platform import clock
from tests.e2e.conftest import LANGUAGES, Watch, World
from tests.examples import first_by_day
from tests.looking import look, look_everywhere
from tests.scenarios.years import sell_by_the_year
from tests.work import ask_gateways

LUNA = {
    "legal_name": "Ferretería Luna S.A.S.",
    "tax_id": "213.123.432-1",
    "street": "Carrera 7 # 71-21",
    "city": "Bogotá",
    "region": "Cundinamarca",
    "administrator_name": "Diego Rojas",
    "administrator_email": "diego@luna.example",
    "financial_name": "Elena Rojas",
    "financial_email": "pagos@luna.example",
}
ABOUT = {"es": "cerca de", "pt-br": "cerca de", "en": "about"}
EXPERT_100 = 911_00  # 390.00 plan + 100.00 package + 421.00 activation, in dollars


def plain(text: str | None) -> str:
    return (text or "").replace("\N{NO-BREAK SPACE}", " ").strip()


def fill_in(page: Page) -> None:
    """Type the details of Ferretería Luna and go on to the payment."""
    page.locator("#id_country").select_option("CO")
    page.locator("#id_same_person").uncheck()
    for name, text in LUNA.items():
        page.locator(f"#id_{name}").fill(text)
    page.locator("#id_accept").check()
    page.locator("#details > button").click()
    expect(page).to_have_url(re.compile(r"/pay/$"))


def type_card(page: Page, behaviour: Behaviour = Behaviour.PAID) -> None:
    """Type a test card in the gateway's frame; the page's own button is the only one."""
    card = page.frame_locator(".card-frame iframe")
    card.locator("#number").fill(card_that(behaviour).number)
    card.locator("#holder").fill("DIEGO ROJAS")
    card.locator("#expiry").fill("12/39")
    card.locator("#cvv").fill("123")
    expect(card.locator("button.primary")).to_be_hidden()


def order(page: Page, language: str = "en") -> None:
    """From the price page to the payment, with the plan most chosen and a package of US$ 100."""
    page.goto(f"/{language}/plans/?currency=USD&package=usd-100")
    page.locator(".total-bar .button").click()
    fill_in(page)


@pytest.mark.rule("CAT-7")
@pytest.mark.parametrize("language", first_by_day(LANGUAGES))
def test_the_price_page_follows_what_is_chosen(page: Page, width: int, language: str) -> None:
    page.goto(f"/{language}/plans/?currency=BRL&package=brl-100")
    look(page)
    about = ABOUT[language]
    volumes = page.locator("[data-volumes] tr")
    expect(volumes.first.locator("strong")).to_have_text(f"{about} 182")  # ceil(100 / 0.55)

    page.locator('[name="package"][value="brl-250"]').check()
    expect(page.locator(".volumes-card strong").first).to_have_text(f"{about} 472")  # ceil(250 / 0.53)
    page.keyboard.press("ArrowRight")  # moving on the keyboard moves the volumes
    expect(page.locator(".volumes-card strong").first).to_have_text(f"{about} 981")  # ceil(500 / 0.51)

    page.locator("#plan").select_option("professional")
    total = page.locator('[data-show="monthly"]')
    expect(total).to_be_in_viewport()
    digits = re.sub(r"\D", "", plain(total.text_content()))
    assert digits == "440000"  # 3,900.00 + 500.00
    page.locator(".total-bar .button").click()
    chosen = (
        "(?=.*plan=professional)(?=.*package=brl-500)(?=.*currency=BRL)"  # who only looks has no order yet
    )
    expect(page).to_have_url(re.compile(rf"/{language}/order/\?{chosen}"))
    look(page)


@pytest.mark.rule("CAT-7")
def test_the_total_stays_in_sight_from_top_to_bottom(page: Page, width: int) -> None:
    page.goto("/es/plans/")
    for place in ("#plans", "#packages", ".questions"):
        page.locator(place).scroll_into_view_if_needed()
        expect(page.locator('[data-show="monthly"]')).to_be_in_viewport()


@pytest.mark.rule("CAT-7")
def test_on_a_phone_one_plan_at_a_time_is_shown_and_added_up(
    open_context: Callable[..., BrowserContext],
) -> None:
    page = open_context(width=360).new_page()
    page.goto("/pt-br/plans/")
    heads = page.locator(".plan-table thead th")
    assert [head.is_visible() for head in heads.all()] == [False, False, True, False, False]
    page.get_by_label("Starter", exact=True).locator("xpath=..").click()
    assert [head.is_visible() for head in heads.all()] == [True, False, False, False, False]
    expect(page.locator("#plan")).to_have_value("starter")
    page.locator("#plan").select_option("specialist")
    assert [head.is_visible() for head in heads.all()] == [False, True, False, False, False]


def test_the_pages_are_as_readable_in_the_dark_and_on_a_phone(page: Page) -> None:
    for address in ("/en/plans/", "/en/sign-in/", "/en/terms/", "/en/docs/errors/"):
        page.goto(address)
        look_everywhere(page)
    sell_by_the_year(now=clock.now())
    for language in LANGUAGES:
        page.goto(f"/{language}/plans/?currency=USD&interval=year")
        look(page)
    order(page)
    page.frame_locator(".card-frame iframe").locator("#number").wait_for()
    look_everywhere(page)


@pytest.mark.rule("CON-2", "CON-3", "CON-5", "WAL-2")
def test_contracting_in_spanish_from_the_price_page_to_an_active_contract(
    page: Page, width: int, world_server: World, watch: Watch
) -> None:
    page.goto("/es/plans/?package=usd-100")
    page.locator(".total-bar .button").click()
    look(page)
    watch.expected.add(422)
    page.locator("#details > button").click()  # too early: nothing is typed yet
    expect(page.locator(".error-summary")).to_be_focused()
    look(page)
    fill_in(page)

    page.frame_locator(".card-frame iframe").locator("#number").wait_for()
    look(page)
    pay = page.locator("form[data-card] > .button")
    assert "911,00" in plain(pay.text_content())
    pay.click()  # before a card was typed
    expect(page.locator("[data-card-missing]")).to_be_visible()
    type_card(page)
    pay.click()

    expect(page).to_have_url(re.compile(r"/es/order/sig_\w+/done/$"))
    look(page)
    contract = Contract.objects.get()
    assert contract.state == "active"
    expect(page.locator("main")).to_contain_text(contract.number)
    assert world_server.taken == [EXPERT_100]


@pytest.mark.rule("CON-4", "WAL-6")
def test_a_declined_card_gets_help_and_another_one_is_accepted(
    page: Page, width: int, world_server: World
) -> None:
    order(page)
    type_card(page, Behaviour.NO_BALANCE)
    page.locator("form[data-card] > .button").click()
    expect(page.locator(".checks li").first).to_contain_text("balance")
    expect(page.locator("[data-focus]")).to_be_focused()
    look(page)
    type_card(page)
    page.locator("form[data-card] > .button").click()
    expect(page).to_have_url(re.compile(r"/done/$"))
    assert world_server.taken == [EXPERT_100]


@pytest.mark.rule("CON-4", "PAY-7")
def test_while_a_payment_is_confirmed_the_page_waits_and_goes_on_by_itself(
    page: Page, width: int, world_server: World
) -> None:
    order(page)
    type_card(page, Behaviour.ANSWER_LOST)
    page.locator("form[data-card] > .button").click()
    expect(page.locator("h1")).to_have_text("Your payment is being confirmed")
    look(page)
    ask_gateways(real=clock.now() + timedelta(hours=1))
    expect(page.locator("h1")).to_have_text("Your contract is active")
    assert world_server.taken == [EXPERT_100]


@pytest.mark.rule("CON-4")
def test_pressing_twice_and_going_back_charges_once(page: Page, world_server: World) -> None:
    order(page)
    type_card(page)
    page.locator("form[data-card] > .button").dblclick()
    expect(page).to_have_url(re.compile(r"/done/$"))
    page.go_back()
    expect(page).to_have_url(re.compile(r"/(done|pay)/$"))
    page.reload()
    expect(page).to_have_url(re.compile(r"/done/$"))
    assert world_server.taken == [EXPERT_100]


@pytest.mark.rule("CON-4")
def test_what_was_typed_is_there_in_another_tab(
    open_context: Callable[..., BrowserContext], watch: Watch
) -> None:
    watch.expected.add(422)
    context = open_context()
    page = context.new_page()
    page.goto("/en/plans/?currency=USD")
    page.locator(".total-bar .button").click()
    page.locator("#id_legal_name").fill(LUNA["legal_name"])
    page.locator("#id_country").select_option("CO")
    expect(page.locator("[data-tax-id-name]")).to_have_text("(NIT)")
    page.locator("#details > button").click()
    expect(page.locator(".error-summary")).to_be_visible()

    other = context.new_page()
    other.goto(page.url)
    expect(other.locator("#id_legal_name")).to_have_value(LUNA["legal_name"])
    expect(other.locator("#id_country")).to_have_value("CO")


@pytest.mark.parametrize("width", first_by_day([360, 1280]))
def test_all_but_the_card_fields_works_without_javascript(
    open_context: Callable[..., BrowserContext], width: int
) -> None:
    page = open_context(width=width, java_script_enabled=False).new_page()
    page.goto("/es/plans/?currency=BRL")
    page.locator('[name="package"][value="brl-1000"]').check()
    page.locator("#plan").select_option("starter")
    page.locator(".to-country button").click()
    assert "1.000,00" in plain(page.locator('[data-show="monthly"]').text_content())
    page.locator(".total-bar .button").click()

    page.locator(".change-order summary").click()
    page.locator("#change-package").select_option("brl-100")
    page.locator('[name="recalculate"]').last.click()
    expect(page.locator(".summary-total")).to_contain_text("749,00")  # 0.00 + 100.00 + 649.00
    fill_in(page)
    expect(page.locator("noscript")).to_have_count(1)
    expect(page.locator(".card-frame .note")).to_be_visible()


def test_signing_in_and_choosing_a_password(page: Page, width: int, watch: Watch) -> None:
    order(page)
    type_card(page)
    page.locator("form[data-card] > .button").click()
    expect(page).to_have_url(re.compile(r"/done/$"))
    diego = people.find_person(LUNA["administrator_email"])
    assert diego is not None

    watch.expected.add(422)
    page.goto(set_password_url(diego.id, "es"))
    look(page)
    page.locator("#id_password").fill("corta")
    page.locator("#id_again").fill("corta")
    page.get_by_role("button", name="Guardar la contraseña e iniciar sesión").click()
    look(page)
    page.locator("#id_password").fill("una bien larga y propia")
    page.locator("#id_again").fill("una bien larga y propia")
    page.get_by_role("button", name="Guardar la contraseña e iniciar sesión").click()
    expect(page).to_have_url(re.compile(r"/es/home/$"))

    page.context.clear_cookies()
    page.goto("/es/sign-in/")
    look(page)
    page.locator("#id_email").fill(LUNA["administrator_email"])
    page.locator("#id_password").fill("otra")
    page.get_by_role("button", name="Iniciar sesión").click()
    look(page)
    page.locator("#id_password").fill("una bien larga y propia")
    page.get_by_role("button", name="Iniciar sesión").click()
    expect(page).to_have_url(re.compile(r"/es/home/$"))


def test_what_is_not_there_is_a_page_in_our_hand(page: Page, watch: Watch) -> None:
    watch.expected.add(404)
    for address in ("/es/order/sig_0/", "/es/plans/?currency=XXX", "/es/nowhere/"):
        page.goto(address)
        expect(page.locator(".brand")).to_be_visible()
        look_everywhere(page)
