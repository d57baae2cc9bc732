"""What a request's events were answered, as figures for the seller: a few numbers per request, not per event."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from operator import attrgetter

from msgspec import UNSET, UnsetType

from abono.domain.usage.minutes import GRANTED
from abono.entrypoints.meter.protocol.wire import Result

_code = attrgetter("code")


def count(operation: str, results: Sequence[Result]) -> dict[tuple[str, str], int]:
    """Events by operation and reason of refusal; GRANTED for those that were not refused."""
    if len(results) == 1:
        return {(operation, _reason(results[0].code)): 1}
    return {(operation, _reason(code)): events for code, events in Counter(map(_code, results)).items()}


def _reason(code: str | UnsetType) -> str:
    return GRANTED if code is UNSET else code
