"""From the names that callers use for lines of a campaign to the routes that metering knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from abono.domain.campaigns.errors import CampaignNoPrice, CampaignUseNotAllowed
from abono.domain.campaigns.types import Wish
from abono.domain.catalog import queries as catalog
from abono.domain.catalog import rules
from abono.domain.catalog.types import MASS_SEND


@dataclass(frozen=True, slots=True)
class LineAsked:
    """So many sends by channel, kind and country: ISO 3166-1, any text where the channel has one price.

    units   of the price that each send is: segments, minutes
    """

    channel: str
    kind: str
    country: str
    count: int
    units: int = 1


def to_wishes(lines: Sequence[LineAsked]) -> list[Wish]:
    """Raises CampaignNoPrice for lines that have no route: no package can price them (CAT-3); CampaignUseNotAllowed
    for channels on which nothing may be sent to many (PKG-10)."""
    ways = catalog.ways()
    found = [rules.route_for(ways.routes, line.channel, line.kind, line.country) for line in lines]
    lacking = tuple(n for n, route in enumerate(found) if route is None)
    if lacking:
        raise CampaignNoPrice(len(lacking), lacking)
    barred = tuple(n for n, line in enumerate(lines) if not rules.allowed(ways.uses[line.channel], MASS_SEND))
    if barred:
        raise CampaignUseNotAllowed(", ".join(dict.fromkeys(lines[n].channel for n in barred)), barred)
    return [
        Wish(route, line.count, line.units)
        for route, line in zip(found, lines, strict=True)
        if route is not None
    ]
