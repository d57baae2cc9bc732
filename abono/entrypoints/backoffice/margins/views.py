"""What session prices leave over what a unit costs the seller, package by package (CAT-9)."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from abono.domain.catalog import price_words
from abono.domain.catalog import queries as catalog
from abono.domain.catalog.labels import package_name
from abono.domain.catalog.margins import Margin, MarginRow, margins
from abono.domain.catalog.types import EVERYWHERE
from abono.kernel.money import CURRENCIES
from abono.platform import clock, formats


@dataclass(frozen=True, slots=True)
class Cell:
    """One price and what it leaves."""

    package: str
    price: str
    percent: str  # empty where there is none to tell
    loses: bool


@dataclass(frozen=True, slots=True)
class Row:
    channel: str
    kind: str
    where: str
    terms: str
    cost: str
    cells: tuple[Cell, ...]


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The packages of `?currency=`, of the first that is sold when it is left out."""
    language, now = get_language() or "en", clock.now()
    sold = catalog.currencies_on_sale(at=now)
    currency = request.GET.get("currency", sold[0] if sold else CURRENCIES[0])
    if currency not in CURRENCIES:
        raise Http404(currency)
    found = margins(currency=currency, at=now, language=language)
    names = [package_name(package.code, language) for package in found.packages]
    context = {
        "currency": currency,
        "currencies": sold,
        "packages": names,
        "rows": [_row(row, names, currency, language) for row in found.rows],
        "without_cost": found.without_cost,
    }
    return render(request, "backoffice/margins/page.html", context)


def _row(row: MarginRow, packages: list[str], currency: str, language: str) -> Row:
    decimals = formats.decimals_of((one.price_micro for one in row.margins if one is not None), currency)
    cells = (
        _cell(name, margin, currency, language, decimals)
        for name, margin in zip(packages, row.margins, strict=True)
        if margin is not None
    )
    return Row(
        channel=row.channel,
        kind=row.kind,
        where=", ".join(formats.country_name(code, language) for code in row.countries if code != EVERYWHERE),
        terms=price_words.words(row.terms, language),
        cost="" if row.cost is None else formats.micro(row.cost.micro, row.cost.currency, language),
        cells=tuple(cells),
    )


def _cell(package: str, margin: Margin, currency: str, language: str, decimals: int) -> Cell:
    percent = "" if margin.percent is None else formats.percent(margin.percent, language)
    price = formats.micro(margin.price_micro, currency, language, decimals=decimals)
    return Cell(package, price, percent, margin.loses)
