"""What a cycle used, by route and by day. Amounts are millionths of the package's currency."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from abono.domain.catalog.types import RouteKey


@dataclass(frozen=True, slots=True)
class RouteUse:
    """Sends of one route in one cycle, by how they ended; `units` are those of what was sent, as it was held."""

    channel: str
    kind: str
    country: str
    sent: int
    sent_micro: int
    held: int
    held_micro: int
    rejected: int
    expired: int
    units: int


@dataclass(frozen=True, slots=True)
class DayUse:
    """Sends of one channel that were held on one local day and are not released."""

    day: date
    channel: str
    count: int
    amount_micro: int


@dataclass(frozen=True, slots=True)
class TimedUse:
    """What the sends of one route drew that were held in one quarter of an hour, which begins at `at`."""

    at: datetime
    route: RouteKey
    sent_micro: int
