"""The price page: plans, functions, packages, session prices and volumes, and the way to a contract (CAT-7)."""

from __future__ import annotations

import json
import re

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from abono.domain.catalog import queries as catalog
from abono.domain.catalog.models import Plan
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import VOLUME_ROUNDING
from abono.flows.signup.quote import quote
from abono.kernel.money import Money
from abono.platform import clock, formats
from tests.entrypoints.public.conftest import Browser, Fields
from tests.scenarios.years import sell_by_the_year

LANGUAGES = ("es", "pt-br", "en")
PLANS = ("Starter", "Specialist", "Expert", "Professional", "Enterprise")


def page_of(client: Client, query: str = "", language: str = "en") -> str:
    reply = client.get(f"/{language}/plans/{query}")
    assert reply.status_code == 200, reply.status_code
    return text(reply.content.decode())


def text(html: str) -> str:
    return html.replace("\N{NO-BREAK SPACE}", " ").replace("&nbsp;", " ")


@pytest.mark.rule("CAT-7", part="plans and functions")
@pytest.mark.rule("CAT-7", part="packages, session prices, volumes")
@pytest.mark.parametrize("language", LANGUAGES)
def test_anyone_sees_all_plans_functions_packages_and_session_prices(browser: Browser, language: str) -> None:
    shown = page_of(browser.client, "?currency=BRL", language)
    for plan in PLANS:
        assert f">{plan}<" in shown
    for label in catalog.function_labels(language=language).values():
        assert label in shown
    for value in (
        ("100", "250", "500", "1.000", "2.000") if language != "en" else ("100", "250", "500", "1,000")
    ):
        assert re.search(rf"R\$ ?{re.escape(value)}\b", shown)
    assert "mailto:" in shown  # Enterprise: by contract


@pytest.mark.rule("CAT-4", part="rounded up")
@pytest.mark.rule("CAT-4", part="rounding: default")
@pytest.mark.rule("CAT-7", part="packages, session prices, volumes")
def test_volumes_are_those_of_the_chosen_package(browser: Browser) -> None:
    small = page_of(browser.client, "?currency=BRL&package=brl-100")
    rows = re.findall(r'<td class="number">([^<]*)</td>\s*<td class="number"><strong>([^<]*)</strong>', small)
    assert ("R$0.550", "about 182") in rows  # 100 / 0.55 = 181.8
    assert ("R$0.100", "about 1,000") in rows
    prices = [price for price, _count in rows if price.startswith("R$")]
    assert {len(price.partition(".")[2]) for price in prices} == {3}  # as many as the one that needs most

    bigger = page_of(browser.client, "?currency=BRL&package=brl-250")
    rows = re.findall(
        r'<td class="number">([^<]*)</td>\s*<td class="number"><strong>([^<]*)</strong>', bigger
    )
    assert ("R$0.0850", "about 2,942") in rows  # 250 / 0.085 = 2941.2


@pytest.mark.rule("CAT-4", part="about")
@pytest.mark.parametrize(
    ("language", "about"), [("en", "about 182"), ("es", "cerca de 182"), ("pt-br", "cerca de 182")]
)
def test_a_volume_that_is_rounded_up_is_said_as_about(browser: Browser, language: str, about: str) -> None:
    assert about in page_of(browser.client, "?currency=BRL&package=brl-100", language)


@pytest.mark.rule("CAT-4", part="rounding: other")
def test_where_what_really_fits_is_shown_it_is_said_without_about(browser: Browser) -> None:
    set_value(setting=VOLUME_ROUNDING, value="down", actor="olga", why="exact", now=clock.now())
    shown = page_of(browser.client, "?currency=BRL&package=brl-100")
    assert "<strong>181</strong>" in shown  # 100 / 0.55 = 181.8
    assert "about 181" not in shown
    assert "Volumes are what really fits." in shown


@pytest.mark.rule("CAT-7", part="currency")
@pytest.mark.parametrize(
    ("language", "sign"), [("pt-br", "R$ 1.800,00"), ("es", "US$ 390,00"), ("en", "US$390.00")]
)
def test_the_language_decides_the_currency_until_it_is_switched(
    browser: Browser, language: str, sign: str
) -> None:
    shown = page_of(browser.client, language=language)
    assert sign in shown
    for code in ("BRL", "USD"):
        assert f'href="/{language}/plans/?currency={code}"' in shown


@pytest.mark.rule("CAT-7")
def test_without_javascript_the_address_chooses_and_the_total_follows(browser: Browser) -> None:
    shown = page_of(browser.client, "?currency=BRL&plan=specialist&package=brl-100")
    # 600.00 + 100.00 every month; the first charge adds 649.00.
    assert 'data-show="monthly">R$700.00<' in shown
    assert 'data-show="first">R$1,349.00<' in shown
    fields = Fields(shown).values
    assert (fields["plan"], fields["package"], fields["currency"]) == ("specialist", "brl-100", "BRL")


@pytest.mark.rule("CAT-7", part="a contract begins there")
def test_each_plan_with_a_price_leads_to_its_order_with_the_chosen_package(browser: Browser) -> None:
    shown = page_of(browser.client, "?currency=USD&package=usd-50").replace("&amp;", "&")
    for plan in ("starter", "specialist", "expert", "professional"):
        assert f'href="/en/order/?plan={plan}&package=usd-50&currency=USD"' in shown
    assert "plan=enterprise" not in shown
    address = re.search(r'href="(/en/order/\?plan=expert[^"]*)"', shown)
    assert address is not None
    assert "Software plan Expert" in browser.client.get(address[1]).content.decode()


@pytest.mark.rule("CAT-7", "CON-2")
@pytest.mark.parametrize("currency", ["BRL", "USD"])
def test_what_the_script_shows_is_what_the_quote_says(browser: Browser, currency: str) -> None:
    shown = browser.client.get(f"/en/plans/?currency={currency}").content.decode()
    written = re.search(r'<script id="prices" type="application/json">(.*?)</script>', shown, re.DOTALL)
    assert written is not None
    totals = json.loads(written[1])["totals"]
    assert len(totals) == 4 * 5
    for key, (monthly, first, *_more) in totals.items():
        plan, package = key.split()
        offer = quote(plan_code=plan, package_code=package, currency=currency, now=clock.now())
        assert monthly == formats.money(offer.monthly_total, "en")
        assert first == formats.money(offer.first_total, "en")


def test_a_currency_is_known_in_small_letters_too(browser) -> None:
    assert "R$600" in page_of(browser.client, "?currency=brl")


@pytest.mark.parametrize(
    "query",
    [
        "currency=XXX",
        "currency=%00",
        "currency=BRL&plan=gold",
        "currency=BRL&plan=enterprise",  # on request: there is no price to add up
        "currency=BRL&plan=%00",
        "currency=BRL&package=usd-20",
        "currency=BRL&package=" + "9" * 21,
        "currency=BRL&country=XX",
        "currency=BRL&country=%00",
        "country=" + "B" * 10_000,
    ],
)
def test_what_is_not_sold_is_not_found(browser: Browser, query: str) -> None:
    reply = browser.client.get(f"/en/plans/?{query}")
    assert reply.status_code == 404
    assert "abono" in reply.content.decode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_address_leads_to_the_price_page_of_the_readers_language(
    browser: Browser, language: str
) -> None:
    reply = browser.client.get(
        "/", headers={"accept-language": {"pt-br": "pt"}.get(language, language)}, follow=True
    )
    with override(language):
        assert reply.redirect_chain[-1][0] == reverse("public:prices")


def test_before_anything_is_on_sale_the_page_says_so(nothing_on_sale: None, client: Client) -> None:
    reply = client.get("/en/plans/")
    assert reply.status_code == 200
    assert "Nothing is on sale" in reply.content.decode()


def test_a_plan_that_was_taken_off_sale_is_no_longer_offered(browser: Browser) -> None:
    Plan.objects.filter(code="expert").update(on_sale_until=clock.now())
    shown = page_of(browser.client, "?currency=BRL")
    assert ">Expert<" not in shown
    assert ">Professional<" in shown


@pytest.mark.rule("CON-2")
def test_the_activation_fee_is_explained_where_questions_are_answered(browser: Browser) -> None:
    shown = page_of(browser.client, "?currency=BRL&plan=professional&package=brl-2000")
    # 3,900.00 + 2,000.00 every month, and 3,999.00 once.
    first, monthly = (formats.money(Money(minor, "BRL"), "en") for minor in (9_899_00, 5_900_00))
    assert f"that is {first} today, of which R$3,999.00 are the activation, and {monthly}" in shown


def test_how_one_pays_is_said_and_how_not_yet(browser: Browser, settings: LazySettings) -> None:
    said = browser.client.get("/pt-br/plans/?currency=BRL").content.decode()
    assert "O primeiro pagamento é com cartão de crédito ou, no Brasil, com Pix" in said
    settings.PUSH_GATEWAYS = {}
    said = browser.client.get("/pt-br/plans/?currency=BRL").content.decode()
    assert "O valor de cada mês é cobrado no mesmo cartão. Boleto e Pix ainda não são aceitos." in said
    assert "Boleto" not in browser.client.get("/es/plans/?currency=USD").content.decode()


def test_a_country_that_one_can_only_send_to_is_marked_so_and_countries_come_by_name(
    browser: Browser,
) -> None:
    page = browser.client.get("/en/plans/?currency=USD&country=BO")
    said = page.content.decode()
    assert "Bolivia (sends only)" in said
    assert "You can send to Bolivia, but organizations from there cannot contract here yet." in said
    names = [name for _code, name in page.context["countries"]]
    assert names == sorted(names)
    assert "cannot contract here yet" not in browser.client.get("/en/plans/?currency=BRL").content.decode()


def test_the_page_says_what_starters_package_is_for(browser: Browser) -> None:
    assert (
        "Starter has no mass sends. Why does it need a package?"
        in browser.client.get("/en/plans/").content.decode()
    )


@pytest.mark.rule("CAT-10", part="year's fee once")
def test_a_year_is_chosen_on_the_page_says_what_it_saves_and_leads_to_its_order(browser: Browser) -> None:
    assert "once a year" not in page_of(browser.client, "?currency=BRL")
    sell_by_the_year(now=clock.now())
    shown = page_of(browser.client, "?currency=BRL&interval=year&plan=specialist&package=brl-100")
    assert "per year, R$1,200.00 less than twelve months" in shown
    assert "+ R$6,000.00 per year" in shown
    assert (
        "R$6,749.00 today, of which R$649.00 are the activation; R$100.00 from the second month on, and"
        in shown
    )
    assert "and R$6,000.00 at the beginning of each later year." in shown
    assert (
        "?currency=BRL&amp;plan=specialist&amp;package=brl-100" in shown
    )  # the other way keeps what is chosen
    address = "/en/order/?plan=specialist&package=brl-100&currency=BRL&interval=year"
    assert address.replace("&", "&amp;") in shown
    order = page_of_address(browser.client, address)
    assert "once a year: R$6,000.00, R$1,200.00 less than twelve months" in order
    assert re.search(r"Specialist<small>every year</small></dt><dd class=\"number\">R\$6,000.00", order)


def page_of_address(client: Client, address: str) -> str:
    return text(client.get(address).content.decode())
