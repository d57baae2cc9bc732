"""The present, on the two clocks that a sandbox tells apart (TIM-2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Moment:
    """One present, read once at a door (TIM-1).

    real   real time, in UTC: the only one that gateways know
    now    the same on the customer's clock: real time, unless it is a sandbox
    """

    real: datetime
    now: datetime
