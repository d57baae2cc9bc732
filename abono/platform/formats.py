"""Numbers, money and days as each language of the product writes them (LNG-1).

One place for pages, e-mails and PDFs. The patterns are our own: the common locale data writes the same
amount in four ways across the Spanish-speaking countries, and columns of figures would not line up.
Babel gives the names of the months.

`language` is a language code of the product (`es`, `pt-br`, `en`) or a variant of one (`es-MX`).
Spaces inside a figure are non-breaking. Nothing here is a float.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date

from abono.kernel.money import EXPONENT, MICRO, Money
from abono.kernel.rating import div_half_up

NBSP = "\u00a0"
MINUS = "\u2212"

# A sign that belongs to several currencies says which: "$" alone is the peso of five of our countries.
SYMBOLS = {"BRL": "R$", "USD": "US$", "PEN": "S/"}


@dataclass(frozen=True, slots=True)
class _Style:
    locale: str  # of Babel
    thousands: str
    decimal: str
    after_symbol: str  # between currency and figure
    before_percent: str
    day: str
    short_day: str
    long_day: str
    month: str


_SPANISH = _Style(
    locale="es",
    thousands=".",
    decimal=",",
    after_symbol=NBSP,
    before_percent=NBSP,
    day="dd/MM/y",
    short_day="d MMM",
    long_day="d 'de' MMMM 'de' y",
    month="MMMM 'de' y",
)
_STYLES = {
    "es": _SPANISH,
    "pt": replace(_SPANISH, locale="pt_BR", before_percent=""),
    # Digits alone would be read as month first by some and as day first by others: the month is a word.
    "en": _Style(
        locale="en",
        thousands=",",
        decimal=".",
        after_symbol="",
        before_percent="",
        day="d MMM y",
        short_day="d MMM",
        long_day="d MMMM y",
        month="MMMM y",
    ),
}


def _style(language: str) -> _Style:
    return _STYLES.get(language.lower().replace("_", "-").split("-")[0], _STYLES["en"])


def _scaled(value: int, decimals: int, style: _Style) -> str:
    """`value` units of 10^-decimals, without a sign."""
    whole, rest = divmod(abs(value), 10**decimals)
    text = f"{whole:,}".replace(",", style.thousands)
    return f"{text}{style.decimal}{rest:0{decimals}d}" if decimals else text


def _priced(value: int, decimals: int, currency: str, style: _Style) -> str:
    sign = MINUS if value < 0 else ""
    symbol = SYMBOLS.get(currency)
    # A currency without a sign of its own shows its code, which needs air in every language.
    head = symbol + style.after_symbol if symbol else currency + NBSP
    return sign + head + _scaled(value, decimals, style)


def number(value: int, language: str, *, decimals: int = 0) -> str:
    """A whole number, or `value` units of 10^-decimals: `number(25, "es", decimals=1)` is `2,5`."""
    return (MINUS if value < 0 else "") + _scaled(value, decimals, _style(language))


def money(amount: Money, language: str) -> str:
    """Money with its currency: `R$ 1.234.567,50` (es, pt-br), `R$1,234,567.50` (en)."""
    return minor(amount.minor, amount.currency, language)


def minor(amount_minor: int, currency: str, language: str) -> str:
    """The same for an amount in minor units of `currency`. Raises KeyError for an unknown currency."""
    return _priced(amount_minor, EXPONENT[currency], currency, _style(language))


def micro(amount_micro: int, currency: str, language: str, *, decimals: int | None = None) -> str:
    """A balance or unit price in millionths of `currency`.

    decimals   exactly so many, half rounded up; None shows as many as the amount needs, at least those of
               the currency and at most four: 0.55, 0.085, 0.0463
    """
    if decimals is None:
        decimals = _needed(amount_micro, least=EXPONENT[currency])
    value = div_half_up(amount_micro * 10**decimals, MICRO)
    return _priced(value, decimals, currency, _style(language))


def decimals_of(amounts_micro: Iterable[int], currency: str) -> int:
    """As many as the one of a column that needs most, so that their points stand below one another."""
    least = EXPONENT[currency]
    return max((_needed(amount, least=least) for amount in amounts_micro), default=least)


def _needed(amount_micro: int, *, least: int, most: int = 4) -> int:
    value, decimals = div_half_up(amount_micro * 10**most, MICRO), most
    while decimals > least and value % 10 == 0:
        value, decimals = value // 10, decimals - 1
    return decimals


def percent(value: int, language: str, *, decimals: int = 0) -> str:
    """A number of percent, as `number` takes it: `80 %` in Spanish, `80%` elsewhere."""
    return number(value, language, decimals=decimals) + _style(language).before_percent + "%"


def rate(rate_micro: int, language: str) -> str:
    """Millionths in percent, with as many decimals as it needs, at most four: `9,25%`."""
    decimals = _needed(rate_micro * 100, least=0)
    return percent(div_half_up(rate_micro * 10**decimals, MICRO // 100), language, decimals=decimals)


def factor(by: Decimal, language: str) -> str:
    """What prices are multiplied by, with all its eight decimals: `1,04683210`."""
    return number(int(by.scaleb(8)), language, decimals=8)


def share(part: int, whole: int, language: str) -> str:
    """`part` of `whole` in percent, rounded down, so that 100 % is never said too soon; 0 % of nothing."""
    return percent(part * 100 // whole if whole > 0 else 0, language)


def shares(parts: Sequence[int], whole: int, language: str) -> list[str]:
    """Parts of `whole` in percent, so rounded that those of a complete list add up to 100: the largest remainders
    are rounded up. 0 % each of nothing."""
    if whole <= 0:
        return [percent(0, language) for _part in parts]
    floors = [part * 100 // whole for part in parts]
    missing = sum(parts) * 100 // whole - sum(floors)
    by_rest = sorted(range(len(parts)), key=lambda n: (-(parts[n] * 100 % whole), n))
    up = set(by_rest[:missing])
    return [percent(floor + (n in up), language) for n, floor in enumerate(floors)]


def day(value: date, language: str) -> str:
    """A day in a table: `05/11/2026`, in English `5 Nov 2026`."""
    return _dated(value, _style(language).day, language)


def short_day(value: date, language: str) -> str:
    """A day of a year that the page already named: `5 nov`."""
    return _dated(value, _style(language).short_day, language)


def long_day(value: date, language: str) -> str:
    """A day in a sentence: `5 de noviembre de 2026`."""
    return _dated(value, _style(language).long_day, language)


def month(value: date, language: str) -> str:
    """Month and year: `noviembre de 2026`."""
    return _dated(value, _style(language).month, language)


def moment(value: datetime, zone: str, language: str) -> str:
    """Day and time on the wall clock of `zone`: `05/11/2026 14:30`. Raises ValueError for a naive moment."""
    if value.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    local = value.astimezone(ZoneInfo(zone))
    return f"{day(local.date(), language)}{NBSP}{local:%H:%M}"


def _dated(value: date, pattern: str, language: str) -> str:
    if isinstance(value, datetime):
        raise TypeError("a day, not a moment: which day a moment is depends on the zone")
    return format_date(value, pattern, locale=_style(language).locale)


def country_name(code: str, language: str) -> str:
    """`BR` is Brasil. The code itself when the language has no name for it."""
    return str(Locale.parse(_style(language).locale).territories.get(code, code))
