"""What a cycle used, by route and by day. Amounts are millionths of the package's currency."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class RouteUse:
    """Sends of one route in one cycle, by how they ended."""

    channel: str
    kind: str
    country: str
    sent: int
    sent_micro: int
    held: int
    held_micro: int
    rejected: int
    expired: int


@dataclass(frozen=True, slots=True)
class DayUse:
    """Sends of one channel that were held on one local day and are not released."""

    day: date
    channel: str
    count: int
    amount_micro: int
