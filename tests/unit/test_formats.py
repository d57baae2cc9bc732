from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from babel.numbers import format_decimal

from abono.kernel.money import Money
from abono.platform import formats

N = formats.NBSP
DAY = date(2026, 11, 5)


@pytest.mark.rule("LNG-1", part="numbers, dates, money")
@pytest.mark.parametrize(
    ("language", "brl", "usd"),
    [
        ("es", f"R${N}1.234.567,50", f"US${N}1.234.567,50"),
        ("pt-br", f"R${N}1.234.567,50", f"US${N}1.234.567,50"),
        ("en", "R$1,234,567.50", "US$1,234,567.50"),
    ],
)
def test_money_is_written_as_the_language_writes_it(language: str, brl: str, usd: str) -> None:
    assert formats.money(Money(123_456_750, "BRL"), language) == brl
    assert formats.minor(123_456_750, "USD", language) == usd


def test_a_variant_of_a_language_is_written_like_the_language() -> None:
    assert formats.minor(123_450, "USD", "es-MX") == f"US${N}1.234,50"
    assert formats.minor(123_450, "USD", "pt_BR") == f"US${N}1.234,50"


def test_a_debt_has_its_minus_before_the_currency() -> None:
    assert formats.minor(-1_050, "BRL", "pt-br") == f"\u2212R${N}10,50"
    assert formats.minor(-5, "BRL", "en") == "\u2212R$0.05"


def test_a_currency_without_cents_shows_none_and_one_without_a_sign_its_code() -> None:
    assert formats.minor(1_234_567, "CLP", "es") == f"CLP{N}1.234.567"
    assert formats.minor(1_234_567, "COP", "en") == f"COP{N}12,345.67"


def test_an_unknown_currency_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        formats.minor(1, "EUR", "es")


@pytest.mark.parametrize(
    ("amount_micro", "shown"),
    [
        (550_000, "0,55"),
        (85_000, "0,085"),
        (46_300, "0,0463"),
        (46_350, "0,0464"),  # 0.04635: the fifth decimal is rounded half up
        (100_000, "0,10"),
        (100_000_000, "100,00"),
        (0, "0,00"),
    ],
)
def test_a_session_price_shows_the_decimals_that_it_needs(amount_micro: int, shown: str) -> None:
    assert formats.micro(amount_micro, "USD", "es") == f"US${N}{shown}"


def test_a_balance_is_rounded_half_up_to_the_decimals_asked_for() -> None:
    assert formats.micro(213_404_999, "BRL", "pt-br", decimals=2) == f"R${N}213,40"
    assert formats.micro(213_405_000, "BRL", "pt-br", decimals=2) == f"R${N}213,41"
    assert formats.micro(550_000, "BRL", "en", decimals=4) == "R$0.5500"
    assert formats.micro(1_500_000, "CLP", "es") == f"CLP{N}1,5"


@pytest.mark.parametrize("value", [0, 7, 999, 1_000, 12_345, 999_999, 1_234_567, 10**15])
@pytest.mark.parametrize(("language", "locale"), [("es", "es"), ("pt-br", "pt_BR"), ("en", "en")])
def test_whole_numbers_are_grouped_like_the_common_locale_data(
    value: int, language: str, locale: str
) -> None:
    assert formats.number(value, language) == format_decimal(Decimal(value), locale=locale)


def test_numbers_can_have_decimals_and_a_sign() -> None:
    assert formats.number(25, "es", decimals=1) == "2,5"
    assert formats.number(-1_234, "en") == "\u22121,234"


def test_percent_has_its_space_in_spanish_only() -> None:
    assert formats.percent(80, "es") == f"80{N}%"
    assert formats.percent(80, "pt-br") == "80%"
    assert formats.percent(80, "en") == "80%"


@pytest.mark.rule("FIN-5", part="channels and interactions")
@pytest.mark.parametrize(
    ("parts", "shown"),
    [
        ([1, 1, 1], ["34%", "33%", "33%"]),
        ([245, 245, 10, 500], ["25%", "24%", "1%", "50%"]),  # 24.5 twice: the first is rounded up
        ([99_999, 1], ["100%", "0%"]),
        ([5, 0], ["100%", "0%"]),
    ],
)
def test_shares_of_a_whole_list_add_up_to_100(parts: list[int], shown: list[str]) -> None:
    assert formats.shares(parts, sum(parts), "en") == shown
    assert sum(int(one.rstrip("%")) for one in shown) == 100


def test_prices_in_a_column_have_equal_decimals() -> None:
    assert formats.decimals_of([550_000, 85_000, 0], "BRL") == 3
    assert formats.decimals_of([46_300], "USD") == 4
    assert formats.decimals_of([], "BRL") == 2


def test_shares_of_nothing_are_0() -> None:
    assert formats.shares([0, 0], 0, "es") == ["0\u00a0%", "0\u00a0%"]


def test_a_share_is_rounded_down_and_never_divides_by_nothing() -> None:
    assert formats.share(249_999_999, 250_000_000, "en") == "99%"
    assert formats.share(250, 250, "en") == "100%"
    assert formats.share(1, 0, "en") == "0%"


@pytest.mark.parametrize(
    ("language", "day", "long_day", "month"),
    [
        ("es", "05/11/2026", "5 de noviembre de 2026", "noviembre de 2026"),
        ("pt-br", "05/11/2026", "5 de novembro de 2026", "novembro de 2026"),
        ("en", "5 Nov 2026", "5 November 2026", "November 2026"),
    ],
)
@pytest.mark.rule("LNG-1")
def test_days_are_written_as_the_language_writes_them(
    language: str, day: str, long_day: str, month: str
) -> None:
    assert formats.day(DAY, language) == day
    assert formats.long_day(DAY, language) == long_day
    assert formats.month(DAY, language) == month
    assert formats.short_day(DAY, language).startswith("5 ")


def test_a_moment_is_shown_on_the_clock_of_its_zone() -> None:
    late = datetime(2026, 11, 6, 2, 30, tzinfo=UTC)
    assert formats.moment(late, "America/Sao_Paulo", "pt-br") == f"05/11/2026{N}23:30"
    assert formats.moment(late, "UTC", "en") == f"6 Nov 2026{N}02:30"


def test_a_moment_without_a_zone_and_a_moment_given_as_a_day_are_mistakes() -> None:
    with pytest.raises(ValueError, match="time zone"):
        formats.moment(datetime(2026, 11, 6, 2, 30), "UTC", "en")
    with pytest.raises(TypeError, match="day"):
        formats.day(datetime(2026, 11, 6, 2, 30, tzinfo=UTC), "en")
