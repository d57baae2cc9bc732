"""The time zones that there are."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones


@cache
def zones() -> frozenset[str]:
    """Names of all that this machine knows, read once: looking for them takes milliseconds."""
    return frozenset(available_timezones())
