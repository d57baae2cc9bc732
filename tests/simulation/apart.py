"""Which calls of a story may come at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tests.simulation import steps
from tests.simulation.steps import Call


def apart(call: Call, beside: Call) -> Call | None:
    """What of `beside` may come while `call` is not committed and still be answered as if it came after.

    An end of a send whose hold was not even answered is answered "unknown": nobody can know it yet. What is told of a
    send meets what is told of it as one of a campaign in the key of a send only, and waits there only where it draws.
    """
    if isinstance(beside, steps.SettleCampaign):
        return None if isinstance(call, steps.Tell) else beside
    if not isinstance(beside, steps.Settle | steps.Tell):
        return beside
    fresh = set(_sends(call)) if not isinstance(call, steps.Settle) else set()
    kept = tuple(told for told in beside.events if (told.contract, told.name) not in fresh)
    return replace(beside, events=kept) if kept else None


def _sends(call: Call) -> Sequence[tuple[int, str]]:
    match call:
        case steps.Hold(events) | steps.Record(events) | steps.Tell(events):
            return [(event.contract, event.name) for event in events]
        case steps.SettleCampaign(number, _, reports):
            return [(number, name) for name, *_ in reports]
        case _:
            return []
