"""Metering as slowly and obviously as it can be said: plain Python, one event after the other, no database.

Every amount is added up from the sends each time it is asked for. Nothing is shared with what it is compared
with, except words: an answer is (word, price, left) or (word, price), as `callers` spells those of the real thing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

DAY = timedelta(hours=24)
UNLIMITED = 2**62

type Book = dict[tuple[str, str], list[tuple[datetime, int]]]  # package and route: from when on, and price
type HoldAnswer = tuple[str, int | None, int | None]


def channel_of(route: str) -> str:
    return {"answer": "whatsapp", "unpriced": "sms", "dear": "voice"}.get(route, route)


def shown(left: int) -> int | None:
    """What is told as left: without a limit nothing is."""
    return None if left > UNLIMITED // 2 else left


@dataclass
class Send:
    cycle: Cycle
    route: str
    price: int
    left: int | None
    held_at: datetime
    price_from: datetime  # of the row of the price list
    total: int | None = None  # held and used after it; None in a campaign
    campaign: str | None = None
    outcome: str | None = None
    settled_at: datetime | None = None


@dataclass
class Cycle:
    start: datetime
    end: datetime
    package: str
    value: int
    ceiling: int
    included: int
    cap: int | None = None
    budgets: dict[str, int] = field(default_factory=dict)  # by channel
    blocked_at: datetime | None = None
    raised: int = 0
    package_told: set[str] = field(default_factory=set)  # since the package was raised
    limit_told: set[str] = field(default_factory=set)  # since package or limit were raised
    told: list[tuple[int, str]] = field(default_factory=list)


class Sends:
    """Sends of one contract (PKG-4…9) within its limits (LIM-1…5)."""

    def __init__(self, book: Book, cycles: list[Cycle]) -> None:
        self.book = book
        self.cycles = cycles
        self.sends: dict[str, Send] = {}
        self.wish: tuple[int | None, dict[str, int]] = None, {}  # the customer's own cap and budgets

    def cycle_at(self, at: datetime) -> Cycle | None:
        return next((cycle for cycle in self.cycles if cycle.start <= at < cycle.end), None)

    def held(self, cycle: Cycle) -> int:
        return sum(s.price for s in self.sends.values() if s.cycle is cycle and s.outcome is None)

    def used(self, cycle: Cycle) -> int:
        return sum(s.price for s in self.sends.values() if s.cycle is cycle and s.outcome == "sent")

    def on_channel(self, cycle: Cycle, channel: str) -> int:
        """Held and used on it."""
        return sum(
            s.price
            for s in self.sends.values()
            if s.cycle is cycle and s.outcome in (None, "sent") and channel_of(s.route) == channel
        )

    def top(self, cycle: Cycle) -> int:
        """Where the limit or the customer's own cap is."""
        return cycle.ceiling if cycle.cap is None else min(cycle.ceiling, cycle.cap)

    def price(self, cycle: Cycle, route: str, at: datetime) -> tuple[datetime, int] | None:
        """The row in force at that moment, and its price (CAT-6)."""
        rows = [row for row in self.book.get((cycle.package, route), []) if row[0] <= at]
        return max(rows, default=None)

    def hold(self, name: str, route: str, at: datetime) -> HoldAnswer:
        known = self.sends.get(name)
        if known is not None:
            return "replayed" if known.route == route else "clash", known.price, known.left
        cycle = self.cycle_at(at)
        if cycle is None:
            return "no_cycle", None, None
        row = self.price(cycle, route, at)
        if row is None:
            return "no_price", None, None
        since, price = row
        total = self.held(cycle) + self.used(cycle)
        if price > 0 and (cycle.blocked_at is not None or total + price > cycle.ceiling):
            cycle.blocked_at = cycle.blocked_at or at
            self.tell(cycle)
            return "blocked", price, shown(cycle.ceiling - total)
        top, channel = self.top(cycle), channel_of(route)
        if price > 0 and total + price > top:
            return "capped", price, max(top - total, 0)
        if price > 0 and channel in cycle.budgets:
            room = cycle.budgets[channel] - self.on_channel(cycle, channel)
            if price > room:
                return "over_budget", price, max(room, 0)
        left = shown(max(top - total - price, 0))
        self.sends[name] = Send(cycle, route, price, left, at, since, total + price)
        self.tell(cycle)
        return "held", price, left

    def settle(self, name: str, outcome: str, at: datetime) -> tuple[str, int | None]:
        send = self.sends.get(name)
        if send is None:
            return "unknown_send", None
        if send.outcome is not None:
            if send.outcome == outcome:
                return "replayed", send.price
            return "expired" if send.outcome == "expired" else "clash", send.price
        send.outcome, send.settled_at = outcome, at
        if outcome != "sent" and send.price > 0:
            send.cycle.blocked_at = None
        return "settled", send.price

    def record(self, name: str, route: str, at: datetime) -> HoldAnswer:
        word, price, left = self.hold(name, route, at)
        if word in ("held", "replayed"):
            word = self.settle(name, "sent", at)[0]
        return "held" if word == "settled" else word, price, left

    def due(self, *, after: datetime | None, until: datetime) -> list[str]:
        """Holds that nobody settled."""
        return [
            name
            for name, send in self.sends.items()
            if send.outcome is None and send.held_at <= until and (after is None or send.held_at > after)
        ]

    def expire(self, names: list[str]) -> int:
        for name in names:
            self.settle(name, "expired", self.sends[name].held_at + DAY)
        return len(names)

    def open_cycle(
        self, start: datetime, end: datetime, package: str, value: int, ceiling: int, included: int
    ) -> bool:
        cycle = next((cycle for cycle in self.cycles if cycle.start == start), None)
        if cycle is None:
            self.cycles.append(Cycle(start, end, package, value, ceiling, included, *self.wish))
            return True
        if self.held(cycle) or self.used(cycle) or self.interactions(cycle) or cycle.raised or cycle.told:
            return False
        cycle.package, cycle.value, cycle.ceiling, cycle.included = package, value, ceiling, included
        cycle.cap, cycle.budgets = self.wish
        return True

    def raise_package(self, at: datetime, package: str, value: int, ceiling: int) -> str:
        cycle = self.cycle_at(at)
        if cycle is None:
            return "NoCycle"
        if value < cycle.value:
            return "ValueError"
        cycle.package, cycle.value, cycle.ceiling = package, value, max(cycle.ceiling, ceiling)
        cycle.package_told, cycle.limit_told = set(), set()
        return self._released(cycle)

    def one_more_limit(self, at: datetime, extra: int) -> str:
        cycle = self.cycle_at(at)
        if cycle is None:
            return "NoCycle"
        cycle.ceiling = min(cycle.ceiling + extra, UNLIMITED)
        cycle.limit_told = set()
        return self._released(cycle)

    def own_limits(self, now: datetime, cap: int | None, budgets: dict[str, int]) -> str:
        self.wish = cap, budgets
        for cycle in self.cycles:
            if cycle.end > now:
                cycle.cap, cycle.budgets = self.wish
        return "done"

    def tell(self, cycle: Cycle) -> None:
        """Each level once, again when package or limit were raised (LIM-3)."""
        total = self.held(cycle) + self.used(cycle)
        limited = 0 < cycle.ceiling < UNLIMITED
        for level, reached, told in (
            ("package_80", cycle.value > 0 and total * 10 >= cycle.value * 8, cycle.package_told),
            ("package_100", cycle.value > 0 and total >= cycle.value, cycle.package_told),
            ("limit_90", limited and total * 10 >= cycle.ceiling * 9, cycle.limit_told),
            ("blocked", cycle.blocked_at is not None, cycle.limit_told),
        ):
            if reached and level not in told:
                told.add(level)
                cycle.told.append((cycle.raised, level))

    def interactions(self, cycle: Cycle) -> int:
        return 0

    def use(self, cycle: Cycle) -> dict[str, list[int]]:
        """By route: sent and its value, held and its value, rejected, expired."""
        found: dict[str, list[int]] = {}
        for send in self.sends.values():
            if send.cycle is cycle:
                row = found.setdefault(send.route, [0] * 6)
                place = {"sent": 0, None: 2, "rejected": 4, "expired": 5}[send.outcome]
                row[place] += 1
                if place < 4:
                    row[place + 1] += send.price
        return found

    def balance(self, cycle: Cycle) -> tuple[object, ...]:
        return (
            (cycle.start, cycle.end, cycle.package, cycle.value, cycle.ceiling),
            (self.held(cycle), self.used(cycle), cycle.raised, cycle.blocked_at),
            (cycle.included, self.interactions(cycle)),
        )

    def _released(self, cycle: Cycle) -> str:
        cycle.blocked_at = None
        cycle.raised += 1
        return "done"
