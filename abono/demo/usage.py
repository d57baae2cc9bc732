"""What one contract of the demo sends, put through metering: held, settled, told of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from uuid import UUID

from abono.demo.cast import Mix
from abono.demo.days import Send, Span, Touch, id_at, sends, touches
from abono.domain.catalog import queries as catalog
from abono.domain.catalog.types import SessionPriceInfo
from abono.domain.contracts.types import ContractInfo
from abono.domain.interactions import actions as interactions
from abono.domain.interactions.types import ContactEvent
from abono.domain.metering import actions as metering
from abono.domain.metering.types import HoldRequest, HoldStatus, Outcome, SettleRequest
from abono.flows.limits.tell_thresholds import tell_thresholds
from abono.kernel.ids import event_key

SETTLED_AFTER = timedelta(seconds=4)
FILL = 100  # sends at a time until sending is blocked


@dataclass(frozen=True, slots=True)
class DayPlan:
    """How much is done on one day: millionths of the package, and contact events."""

    day: date
    budget_micro: int
    touches: int


class Usage:
    """The sends of one contract, on the routes of its mix."""

    def __init__(self, contract: ContractInfo, mix: Mix) -> None:
        self._contract, self._mix = contract, mix

    @cached_property
    def _prices(self) -> dict[tuple[str, str, str], SessionPriceInfo]:
        """The prices at adhesion decide how many sends a budget makes; metering takes those of the moment."""
        found = catalog.session_prices(package_id=self._contract.package_id, at=self._contract.signed_at)
        priced = {(price.channel, price.kind, price.country): price for price in found}
        return {route: priced[route] for route in self._mix if route in priced}

    def live(self, span: Span, days: Sequence[DayPlan], *, until: datetime) -> None:
        """Some days: messages go out, contacts write. Days that were lived before change nothing."""
        mix = {route: self._mix[route] for route in self._prices}
        costs = {route: price.price_micro for route, price in self._prices.items()}
        held: list[Send] = []
        heard: list[Touch] = []
        for plan in days:  # day by day: a warning tells how much it was at that time
            out = sends(span, plan.day, budget_micro=plan.budget_micro, mix=mix, prices=costs)
            held += self._hold(out)[0]
            heard += touches(span, plan.day, count=plan.touches, mix=mix)
        self._settle(held)
        interactions.observe([self._event(touch, until) for touch in heard])
        tell_thresholds()

    def fill(self, span: Span, *, now: datetime) -> None:
        """Send until sending is blocked; the interim invoice follows from that (LIM-2, LIM-4)."""
        dice = span.dice("fill")
        [route, *_others] = self._mix
        while True:
            batch = [Send(id_at(dice, now), route, 0, now, False) for _ in range(FILL)]
            held, blocked = self._hold(batch)
            self._settle(held)
            if blocked:
                tell_thresholds()
                return

    def _hold(self, out: list[Send]) -> tuple[list[Send], bool]:
        """Those that were granted, and whether sending is blocked for others."""
        answers = metering.hold(
            [
                HoldRequest(self._contract.id, send.id, self._prices[send.route].route_id, send.at)
                for send in out
            ]
        )
        granted = [send for send, answer in zip(out, answers, strict=True) if answer.status.granted]
        return granted, any(answer.status is HoldStatus.BLOCKED for answer in answers)

    def _settle(self, held: list[Send]) -> None:
        metering.settle(
            [
                SettleRequest(self._contract.id, send.id, _outcome(send), send.at + SETTLED_AFTER)
                for send in held
            ]
        )

    def _event(self, touch: Touch, now: datetime) -> ContactEvent:
        contact: UUID = event_key(touch.contact)
        return ContactEvent(self._contract.id, touch.id, contact, touch.channel, touch.kind, touch.at, now)


def _outcome(send: Send) -> Outcome:
    return Outcome.REJECTED if send.rejected else Outcome.SENT
