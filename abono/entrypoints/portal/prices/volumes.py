"""What a channel package allows, channel by channel (CAT-4)."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from abono.domain.catalog import price_words
from abono.domain.catalog.labels import package_name
from abono.domain.catalog.types import PricePage, SessionCell, SessionRow
from abono.entrypoints.site.design.comparison import PackageCard, Volume
from abono.platform import formats

ON_A_CARD = 2  # volumes that a package's card names; the table below has all


@dataclass(frozen=True, slots=True)
class VolumeRow:
    """One kind of send with the chosen package, as text."""

    channel: str
    kind: str
    terms: str
    price: str
    count: str


def card(page: PricePage, place: int) -> PackageCard:
    """The package in that place, with what it allows on the first channels that cost something."""
    priced = [row for row in page.sessions if any(cell.volume for cell in row.cells)]
    first_of_channel = {row.channel: row for row in reversed(priced)}
    few = [row for row in priced if first_of_channel[row.channel] is row][:ON_A_CARD]
    named = tuple(Volume(row.channel_label, _count(row.cells[place], page)) for row in few)
    return PackageCard(
        page.packages[place].code, package_name(page.packages[place].code, page.language), named
    )


def volumes(page: PricePage, place: int) -> list[VolumeRow]:
    """Every kind of send with the package in that place."""
    cells = [row.cells[place] for row in page.sessions]
    decimals = formats.decimals_of(
        (cell.price_micro for cell in cells if cell.price_micro is not None), page.currency
    )
    return [
        VolumeRow(
            channel=row.channel_label,
            kind=row.kind_label if _several_kinds(page, row) else "",
            terms=price_words.words(row.terms, page.language),
            price=_price(row.cells[place], page, decimals),
            count=_count(row.cells[place], page),
        )
        for row in page.sessions
    ]


def _several_kinds(page: PricePage, row: SessionRow) -> bool:
    return sum(other.channel == row.channel for other in page.sessions) > 1


def _price(cell: SessionCell, page: PricePage, decimals: int) -> str:
    if cell.price_micro is None:
        return _("Not with this package")
    if cell.free:
        return _("Free")
    return formats.micro(cell.price_micro, page.currency, page.language, decimals=decimals)


def _count(cell: SessionCell, page: PricePage) -> str:
    """ceil(package value / session price), said as about (CAT-4)."""
    if cell.price_micro is None:
        return "–"
    if cell.volume is None:
        return _("Without limit")
    return price_words.volume(cell.volume, page.language, up=page.volumes_up)
