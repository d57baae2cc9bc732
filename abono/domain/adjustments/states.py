from __future__ import annotations

from enum import StrEnum


class Months(StrEnum):
    """Which twelve months of an index adjust a price."""

    NEWEST = "newest"  # the newest known ones that ended before the day of the new price
    OWN = "own"  # the first twelve of the price: from the month on in which it was set


class Part(StrEnum):
    """What of a contract's prices is adjusted."""

    PLAN = "plan"
    PACKAGE = "package"
    EXTRA_INTERACTION = "extra_interaction"
    EXTRA_LICENCE = "extra_licence"
