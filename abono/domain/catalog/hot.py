"""All that can be sent, in statements for connections that are not Django's; `queries.ways` is the same."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from abono.domain.catalog.types import Ways

ROUTES = "SELECT channel, kind, country, id FROM catalog_route"
CHANNELS = "SELECT code, uses FROM catalog_channel"


def ways(routes: Iterable[tuple[Any, ...]], channels: Iterable[tuple[Any, ...]]) -> Ways:
    """Rows of ROUTES and CHANNELS."""
    return Ways(
        {(channel, kind, country): number for channel, kind, country, number in routes},
        {code: frozenset(uses) for code, uses in channels},
    )
