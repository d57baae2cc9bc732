"""What prices leave over what a unit costs the seller (CAT-9). For the back office: no customer is ever shown any of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from abono.domain.catalog.models import Channel, Package, SessionPrice
from abono.domain.catalog.rows import channel_info, cost, on_sale_at, package_info, terms
from abono.domain.catalog.types import Cost, PackageInfo, RouteKey, Terms
from abono.kernel.rating import div_half_up


@dataclass(frozen=True, slots=True)
class Margin:
    """One price over its cost, in millionths of the package's currency; None where that is not the currency of the cost."""

    price_micro: int
    margin_micro: int | None

    @property
    def percent(self) -> int | None:
        """Of the price, rounded half up; None where there is no margin to tell or nothing is asked."""
        if self.margin_micro is None or not self.price_micro:
            return None
        return div_half_up(100 * self.margin_micro, self.price_micro)

    @property
    def loses(self) -> bool:
        return self.margin_micro is not None and self.margin_micro < 0


@dataclass(frozen=True, slots=True)
class MarginRow:
    """A kind of send in the countries where its prices, rules and cost are the same; `margins` as the packages stand."""

    channel: str
    kind: str
    countries: tuple[str, ...]
    terms: Terms
    valid_from: datetime
    cost: Cost | None
    margins: tuple[Margin | None, ...]


@dataclass(frozen=True, slots=True)
class Margins:
    """Packages of one currency from the smallest, their prices with a cost, and how many have none noted."""

    packages: tuple[PackageInfo, ...]
    rows: tuple[MarginRow, ...]
    without_cost: int


def margins(*, currency: str, at: datetime, language: str) -> Margins:
    """The prices on sale and in force at that moment, in the order of the catalog; countries by their codes."""
    packages = [
        package_info(row)
        for row in Package.objects.filter(on_sale_at(at), currency=currency).order_by("value_minor", "code")
    ]
    prices, without_cost = _prices([package.id for package in packages], at)
    channels = [channel_info(row, language) for row in Channel.objects.order_by("position", "code")]
    kinds = [(channel, kind) for channel in channels for kind in channel.kinds]
    countries: dict[MarginRow, list[str]] = {}
    for channel, kind in kinds:
        for (code, its_kind, country), rows in sorted(prices.items(), key=lambda item: item[0]):
            if (code, its_kind) == (channel.code, kind.code):
                same = _row(channel.label, kind.label, rows, currency)
                countries.setdefault(same, []).append(country)
    found = tuple(replace(row, countries=tuple(where)) for row, where in countries.items())
    return Margins(tuple(packages), found, without_cost)


def _prices(packages: list[UUID], at: datetime) -> tuple[dict[RouteKey, list[SessionPrice | None]], int]:
    """Rows in force that have a cost, by route and then package; and the number of those without."""
    found: dict[RouteKey, list[SessionPrice | None]] = {}
    without = 0
    rows = (
        SessionPrice.objects.filter(package_id__in=packages, valid_from__lte=at)
        .select_related("route")
        .order_by("package_id", "route_id", "-valid_from")
        .distinct("package_id", "route_id")
    )
    for row in rows:
        if row.cost_micro is None:
            without += 1
            continue
        key = row.route.channel_id, row.route.kind, row.route.country
        found.setdefault(key, [None] * len(packages))[packages.index(row.package_id)] = row
    return found, without


def _row(channel: str, kind: str, rows: list[SessionPrice | None], currency: str) -> MarginRow:
    """Of one country, which it does not name: others may be the same."""
    first = next(row for row in rows if row is not None)
    told = tuple(None if row is None else _margin(row, currency) for row in rows)
    return MarginRow(channel, kind, (), terms(first), first.valid_from, cost(first), told)


def _margin(row: SessionPrice, currency: str) -> Margin:
    known = cost(row)
    same = known is not None and known.currency == currency
    return Margin(row.price_micro, row.price_micro - known.micro if known is not None and same else None)
