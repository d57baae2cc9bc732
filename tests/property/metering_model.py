"""Metering as slowly and obviously as it can be said: plain Python, one event after the other, no database."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from abono.domain.metering.types import HoldStatus, Outcome, SettleStatus
from abono.kernel.periods import Period

DAY = timedelta(hours=24)


@dataclass
class Send:
    cycle: ModelCycle
    route: str
    price: int
    left: int
    held_at: datetime
    outcome: Outcome | None = None


@dataclass
class ModelCycle:
    period: Period
    prices: dict[str, int]
    value: int
    ceiling: int
    blocked: bool = False
    raised: int = 0
    package_warned: set[str] = field(default_factory=set)  # since the package was raised
    limits_warned: set[str] = field(default_factory=set)  # since package or limit were raised
    told: list[tuple[str, int]] = field(default_factory=list)


@dataclass
class Model:
    """One contract. Amounts are recomputed from the sends each time they are asked for."""

    cycles: list[ModelCycle]
    sends: dict[str, Send] = field(default_factory=dict)

    def cycle_at(self, at: datetime) -> ModelCycle | None:
        return next((cycle for cycle in self.cycles if at in cycle.period), None)

    def held(self, cycle: ModelCycle) -> int:
        return sum(s.price for s in self.sends.values() if s.cycle is cycle and s.outcome is None)

    def used(self, cycle: ModelCycle) -> int:
        return sum(s.price for s in self.sends.values() if s.cycle is cycle and s.outcome is Outcome.SENT)

    def hold(
        self, name: str, route: str, at: datetime, *, told: bool = False
    ) -> tuple[HoldStatus, int | None, int | None]:
        known = self.sends.get(name)
        if known is not None:
            status = HoldStatus.REPLAYED if known.route == route else HoldStatus.CLASH
            return status, known.price, known.left
        cycle = self.cycle_at(at)
        if cycle is None:
            return HoldStatus.NO_CYCLE, None, None
        if route not in cycle.prices:
            return HoldStatus.NO_PRICE, None, None
        price = cycle.prices[route]
        room = cycle.ceiling - self.held(cycle) - self.used(cycle)
        if price > 0 and ((cycle.blocked and not told) or price > room):
            cycle.blocked = True
            self.tell(cycle)
            return HoldStatus.BLOCKED, price, room
        self.sends[name] = Send(cycle, route, price, room - price, at)
        self.tell(cycle)
        return HoldStatus.HELD, price, room - price

    def settle(self, name: str, outcome: Outcome) -> tuple[SettleStatus, int | None]:
        send = self.sends.get(name)
        if outcome in (Outcome.DELIVERED, Outcome.NOT_DELIVERED):
            outcome = Outcome.SENT  # by the ordinary rules of a price it makes no difference (PKG-4)
        if send is None:
            return SettleStatus.UNKNOWN_SEND, None
        if send.outcome is not None:
            if send.outcome is outcome:
                return SettleStatus.REPLAYED, send.price
            expired = send.outcome is Outcome.EXPIRED
            return SettleStatus.EXPIRED if expired else SettleStatus.CLASH, send.price
        send.outcome = outcome
        if outcome is not Outcome.SENT and send.price > 0:
            send.cycle.blocked = False
        return SettleStatus.SETTLED, send.price

    def record(self, name: str, route: str, at: datetime) -> HoldStatus:
        status, _, _ = self.hold(name, route, at, told=True)
        if status not in (HoldStatus.HELD, HoldStatus.REPLAYED):
            return status
        settled, _ = self.settle(name, Outcome.SENT)
        return {
            SettleStatus.SETTLED: HoldStatus.HELD,
            SettleStatus.REPLAYED: HoldStatus.REPLAYED,
            SettleStatus.CLASH: HoldStatus.CLASH,
            SettleStatus.EXPIRED: HoldStatus.EXPIRED,
        }[settled]

    def expire(self, now: datetime) -> int:
        due = [n for n, s in self.sends.items() if s.outcome is None and s.held_at + DAY <= now]
        for name in due:
            self.settle(name, Outcome.EXPIRED)
        return len(due)

    def raise_package(self, cycle: ModelCycle, prices: dict[str, int], value: int, ceiling: int) -> None:
        cycle.prices = prices
        cycle.value, cycle.ceiling = value, max(cycle.ceiling, ceiling)
        cycle.blocked = False
        cycle.raised += 1
        cycle.package_warned, cycle.limits_warned = set(), set()

    def open_limit(self, cycle: ModelCycle, extra: int) -> None:
        cycle.ceiling += extra
        cycle.blocked = False
        cycle.raised += 1
        cycle.limits_warned = set()

    def tell(self, cycle: ModelCycle) -> None:
        total = self.held(cycle) + self.used(cycle)
        for name, reached, warned in (
            ("package_80", total * 10 >= cycle.value * 8, cycle.package_warned),
            ("package_100", total >= cycle.value, cycle.package_warned),
            ("limit_90", total * 10 >= cycle.ceiling * 9, cycle.limits_warned),
            ("blocked", cycle.blocked, cycle.limits_warned),
        ):
            if reached and name not in warned:
                warned.add(name)
                cycle.told.append((name, cycle.raised))


def interactions(moments: list[datetime]) -> list[datetime]:
    """Where interactions open: each event that no earlier interaction covers (INT-1)."""
    opened: list[datetime] = []
    for moment in sorted(moments):
        if not opened or moment >= opened[-1] + DAY:
            opened.append(moment)
    return opened
