"""Session prices of a package, with names, the customer's own country first (CAT-3, CAT-6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from abono.domain.catalog import price_words
from abono.domain.catalog import queries as catalog
from abono.domain.catalog.price_page import volumes_up
from abono.domain.catalog.types import EVERYWHERE, ChannelInfo, PackageInfo, RouteKey, SessionPriceInfo
from abono.entrypoints.site.visit import Visit
from abono.kernel.rating import volume
from abono.platform import formats


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One kind of send. `volume` is what the whole package would allow, in words; empty when the send is free."""

    route: RouteKey
    channel: str
    kind: str
    country: str  # its name; empty where one price holds everywhere
    price_micro: int
    volume: str
    terms: str = ""  # by which rules it is drawn, in words


@dataclass(frozen=True, slots=True)
class SessionPrices:
    """`own` holds for the customer's country and everywhere, `others` for the other countries."""

    own: tuple[PriceLine, ...]
    others: tuple[PriceLine, ...]


def session_prices(
    *,
    package_id: UUID,
    value_micro: int,
    country: str,
    at: datetime,
    language: str,
    channels: Sequence[ChannelInfo],
) -> SessionPrices:
    """The prices in force at `at`, in the order of the catalog (`channels`), then by country."""
    prices = {
        (price.channel, price.kind, price.country): price
        for price in catalog.session_prices(package_id=package_id, at=at)
    }
    up = volumes_up(at)
    own: list[PriceLine] = []
    others: list[PriceLine] = []
    for channel in channels:
        for line in _lines(channel, prices, value_micro, language, up=up):
            (own if line.route[2] in (country, EVERYWHERE) else others).append(line)
    return SessionPrices(tuple(own), tuple(sorted(others, key=lambda line: line.country)))


def _lines(
    channel: ChannelInfo,
    prices: dict[RouteKey, SessionPriceInfo],
    value_micro: int,
    language: str,
    *,
    up: bool,
) -> list[PriceLine]:
    return [
        PriceLine(
            route=route,
            channel=channel.label,
            kind=kind.label,
            country="" if route[2] == EVERYWHERE else formats.country_name(route[2], language),
            price_micro=price.price_micro,
            volume=_volume(value_micro, price.price_micro, language, up=up),
            terms=price_words.words(price.terms, language),
        )
        for kind in channel.kinds
        for route, price in sorted(prices.items(), key=lambda item: item[0])
        if route[:2] == (channel.code, kind.code)
    ]


def _volume(value_micro: int, price_micro: int, language: str, *, up: bool) -> str:
    if price_micro == 0:
        return ""
    return price_words.volume(volume(value_micro, price_micro, up=up), language, up=up)


class Prices:
    """Session prices of packages in a visitor's country; each package is asked for once."""

    def __init__(self, visit: Visit, now: datetime) -> None:
        self._visit, self._now = visit, now
        self._channels = catalog.channels(language=visit.language)
        self._known: dict[UUID, tuple[PriceLine, ...]] = {}

    def of(self, package: PackageInfo) -> tuple[PriceLine, ...]:
        if package.id not in self._known:
            self._known[package.id] = session_prices(
                package_id=package.id,
                value_micro=package.value_micro,
                country=self._visit.customer.country,
                at=self._now,
                language=self._visit.language,
                channels=self._channels,
            ).own
        return self._known[package.id]
