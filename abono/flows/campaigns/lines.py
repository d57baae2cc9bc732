"""From the names that callers use for lines of a campaign to the routes that metering knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from abono.domain.campaigns.errors import CampaignNoPrice, CampaignUseNotAllowed
from abono.domain.campaigns.types import Wish
from abono.domain.catalog import queries as catalog
from abono.domain.catalog.types import MASS_SEND, RouteKey


@dataclass(frozen=True, slots=True)
class LineAsked:
    """So many sends by channel, kind and country: ISO 3166-1, any text where the channel has one price."""

    channel: str
    kind: str
    country: str
    count: int


def route_of(routes: Mapping[RouteKey, int], channel: str, kind: str, country: str) -> int | None:
    """The route of a country, or that of the whole world; None when there is neither."""
    return routes.get((channel, kind, country)) or routes.get((channel, kind, "*"))


def to_wishes(lines: Sequence[LineAsked]) -> list[Wish]:
    """Raises CampaignNoPrice for lines that have no route: no package can price them (CAT-3); CampaignUseNotAllowed
    for channels on which nothing may be sent to many (PKG-10)."""
    routes = catalog.routes()
    found = [route_of(routes, line.channel, line.kind, line.country) for line in lines]
    lacking = tuple(n for n, route in enumerate(found) if route is None)
    if lacking:
        raise CampaignNoPrice(len(lacking), lacking)
    uses = catalog.channel_uses()
    barred = tuple(n for n, line in enumerate(lines) if MASS_SEND not in uses[line.channel])
    if barred:
        raise CampaignUseNotAllowed(", ".join(dict.fromkeys(lines[n].channel for n in barred)), barred)
    return [Wish(route, line.count) for route, line in zip(found, lines, strict=True) if route is not None]
