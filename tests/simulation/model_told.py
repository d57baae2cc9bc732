"""Sends that have left, told of afterwards, in the obvious model: each draws, or is kept (PKG-12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from abono.kernel.ids import event_key
from tests.simulation import steps
from tests.simulation.model_campaigns import Campaigns
from tests.simulation.model_facts import MOST_PRICE

GRACE = timedelta(hours=48)
type Answer = tuple[str, int | None, str | None]

_WHY = {
    "blocked": "sending_blocked",
    "no_price": "no_price",
    "no_cycle": "no_cycle",
    "expired": "hold_expired",
}
_WORD = {"held": "recorded"}


@dataclass
class Kept:
    why: str
    price: int | None
    waits: bool
    withdrawn_at: datetime | None = None


class Left(Campaigns):
    def __init__(self, *given: object) -> None:
        super().__init__(*given)
        self.kept: dict[str, Kept] = {}

    def tell_of(self, events: Sequence[steps.Left]) -> list[Answer]:
        return [self._tell_of(event) for event in events]

    def is_kept(self, name: str) -> bool:
        return name in self.kept

    def _tell_of(self, event: steps.Left) -> Answer:
        kept = self.kept.get(event.name)
        if kept is not None:
            return self._again(event, kept)
        if event.outcome == "rejected":
            return "unknown", None, None
        known = self.sends.get(event.name)
        route, units, name = event.route, event.units or 1, event.name
        if known is not None:
            route, units = known.route, known.units
            if known.outcome == "expired":
                name = f"anew {event_key(event.name)}"
        if (known is None or name != event.name) and self._late(event):
            return self._keep(event, route, units, "too_late")
        word, price, _left = self.record(
            name, route, event.at, units, event.contact, event.sender, event.outcome
        )
        if word in _WHY:
            return self._keep(event, route, units, _WHY[word])
        return _WORD.get(word, word), price, None

    def _again(self, event: steps.Left, kept: Kept) -> Answer:
        if kept.waits and event.outcome != "sent":
            kept.waits = False
            if event.outcome != "delivered":
                kept.withdrawn_at = event.now
        if kept.withdrawn_at is not None:
            return "clash" if event.outcome == "delivered" else "nothing", kept.price, kept.why
        return "uncovered_before", kept.price, kept.why

    def _late(self, event: steps.Left) -> bool:
        cycle = self.cycle_at(event.at)
        return cycle is not None and cycle.end + GRACE <= event.now

    def _keep(self, event: steps.Left, route: str, units: int, why: str) -> Answer:
        known = self.sends.get(event.name)
        before = [cycle for cycle in self.cycles if cycle.start <= event.at]
        last = max(before, key=lambda cycle: cycle.start, default=None)
        row = None if last is None else self.price(last.package, route, event.at)
        price = None if row is None else min(row[1] * units, MOST_PRICE)
        rules = None if row is None else row[2]
        if known is not None:
            price, rules = known.price, known.rules
        waits = event.outcome == "sent" and rules is not None and rules.draws_at == "delivered"
        self.kept[event.name] = Kept(why, price, waits)
        return "uncovered", price, why
