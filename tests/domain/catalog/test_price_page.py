from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from abono.domain.catalog import actions, queries
from abono.domain.catalog.errors import CountryNotServed, CurrencyNotSold
from abono.domain.catalog.types import PricePage, SessionCell
from abono.domain.settings import queries as settings
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import VOLUME_ROUNDING
from tests.domain.catalog.edits import JULY_1, JUNE_1, SHIPPED_CATALOG, sell_shipped, without

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shipped() -> None:
    sell_shipped()


def page(currency: str = "BRL", language: str = "es", country: str | None = None) -> PricePage:
    return queries.price_page(currency=currency, language=language, at=JUNE_1, country=country)


def cells(shown: PricePage, channel: str, kind: str) -> tuple[SessionCell, ...]:
    [row] = [row for row in shown.sessions if (row.channel, row.kind) == (channel, kind)]
    return row.cells


@pytest.mark.rule("CAT-7", part="side by side")
def test_plans_stand_side_by_side_with_their_prices() -> None:
    shown = page()
    assert [(column.plan.name, column.price and column.price.price_minor) for column in shown.plans] == [
        ("Starter", 0),
        ("Specialist", 600_00),
        ("Expert", 1_800_00),
        ("Professional", 3_900_00),
        ("Enterprise", None),
    ]
    assert [column.plan.code for column in shown.plans if column.plan.most_chosen] == ["expert"]


@pytest.mark.rule("CAT-7", part="side by side")
@pytest.mark.rule("CAT-2", part="functions")
def test_functions_align_row_by_row_with_the_plans() -> None:
    rows = {row.code: row for row in page(language="pt-br").functions}
    assert len(rows) == 24
    assert next(iter(rows)) == "unified-inbox"
    assert rows["unified-inbox"].included == (True, True, True, True, True)
    assert rows["ai-chatbot"].included == (False, False, True, True, True)
    assert rows["single-sign-on"].included == (False, False, False, False, True)
    assert rows["tickets"].label == "Tickets de atendimento"


@pytest.mark.rule("CAT-3", part="value and session prices")
@pytest.mark.rule("CAT-4", part="rounded up")
@pytest.mark.rule("CAT-7", part="packages, session prices, volumes")
def test_packages_show_session_prices_and_volumes() -> None:
    shown = page()
    assert [package.code for package in shown.packages] == [
        "brl-100",
        "brl-250",
        "brl-500",
        "brl-1000",
        "brl-2000",
    ]
    # 100 / 0.55 = 181.8…, 250 / 0.53 = 471.7, 500 / 0.51 = 980.4, 1,000 / 0.49 = 2,040.8, 2,000 / 0.47 = 4,255.3
    assert cells(shown, "whatsapp", "company") == (
        SessionCell(550_000, 182),
        SessionCell(530_000, 472),
        SessionCell(510_000, 981),
        SessionCell(490_000, 2_041),
        SessionCell(470_000, 4_256),
    )
    assert cells(shown, "sms", "message")[1] == SessionCell(85_000, 2_942)


@pytest.mark.rule("CAT-4")
@pytest.mark.rule("CAT-3", part="own rows, chat at 0")
def test_a_free_channel_shows_no_volume() -> None:
    for cell in cells(page(), "webchat", "message"):
        assert cell == SessionCell(0, None)
        assert cell.free


def test_rows_stand_in_the_order_of_the_catalog_with_names_in_the_language() -> None:
    rows = [(row.channel_label, row.kind_label) for row in page(language="es").sessions]
    assert rows[:5] == [
        ("WhatsApp", "Iniciado por la empresa"),
        ("WhatsApp", "Iniciado por el contacto"),
        ("WhatsApp", "Respuesta libre"),
        ("SMS", "Mensaje"),
        ("Correo electrónico", "Mensaje"),
    ]


@pytest.mark.rule("CAT-7", part="currency")
def test_the_currency_can_be_switched_and_a_country_chosen() -> None:
    brl, usd = page("BRL"), page("USD", country="CO")
    assert brl.currencies == usd.currencies == ("BRL", "USD")
    assert (brl.country, brl.countries) == ("BR", ("BR",))
    assert usd.country == "CO"
    assert "US" in usd.countries
    assert "BR" not in usd.countries
    assert page("USD").country == "AR"  # the first by its code
    assert cells(usd, "whatsapp", "company")[0] == SessionCell(46_300, 432)  # 20 / 0.0463 = 431.97
    assert [column.price and column.price.price_minor for column in usd.plans] == [
        0,
        130_00,
        390_00,
        845_00,
        None,
    ]


@pytest.mark.parametrize("currency", ["", "EUR", "MXN", "brl", "a\0b", "x" * 5_000])
def test_a_currency_in_which_nothing_is_sold_is_refused(currency: str) -> None:
    with pytest.raises(CurrencyNotSold):
        page(currency)


@pytest.mark.parametrize("country", ["", "CO", "br", "\0", "x" * 5_000])
def test_a_country_without_prices_is_refused(country: str) -> None:
    with pytest.raises(CountryNotServed):
        page("BRL", country=country)


def test_before_anything_is_on_sale_the_page_is_refused_and_withdrawn_plans_are_gone() -> None:
    with pytest.raises(CurrencyNotSold):
        queries.price_page(currency="BRL", language="es", at=JUNE_1 - timedelta(days=1))
    wanted = without(SHIPPED_CATALOG, plan="enterprise", package="brl-2000")
    actions.apply(catalog=wanted, actor="person:olga", now=JULY_1)
    shown = queries.price_page(currency="BRL", language="es", at=JULY_1)
    assert len(shown.plans) == len(shown.packages) == 4
    assert all(len(row.included) == 4 for row in shown.functions)
    assert "single-sign-on" not in {row.code for row in shown.functions}
    assert len(page().plans) == 5  # at the earlier moment it still shows


def test_a_page_costs_few_queries() -> None:
    settings.snapshot()  # a process reads it every other second
    with CaptureQueriesContext(
        connection,
    ) as asked:
        page("USD")
    assert len(asked) <= 8


@pytest.mark.rule("CAT-4", part="rounding: other")
def test_by_setting_a_volume_is_what_really_fits() -> None:
    assert cells(page(), "whatsapp", "company")[0].volume == 182  # 100 / 0.55 = 181.8
    set_value(setting=VOLUME_ROUNDING, value="down", actor="person:olga", why="fewer questions", now=JUNE_1)
    assert cells(page(), "whatsapp", "company")[0].volume == 181
