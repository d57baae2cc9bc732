"""Metering as slowly and obviously as it can be said: plain Python, one event after the other, no database.

Every amount is added up from the sends each time it is asked for. Nothing is shared with what it is compared
with, except words: an answer is (word, price, left) or (word, price), as `callers` spells those of the real thing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from tests.simulation.model_facts import (
    DAY,
    MOST_PRICE,
    ROUTES,
    UNLIMITED,
    Book,
    Cycle,
    HoldAnswer,
    Row,
    Rules,
    Send,
    channel_of,
    local_month,
    place_of,
    shown,
)


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
        return sum(s.kept for s in self.sends.values() if s.cycle is cycle and s.outcome == "sent")

    def on_channel(self, cycle: Cycle, channel: str) -> int:
        """Held and used on it."""
        return sum(
            s.kept
            for s in self.sends.values()
            if s.cycle is cycle and s.outcome in (None, "sent") and channel_of(s.route) == channel
        )

    def top(self, cycle: Cycle) -> int:
        """Where the limit or the customer's own cap is."""
        return cycle.ceiling if cycle.cap is None else min(cycle.ceiling, cycle.cap)

    def price(self, package: str, route: str, at: datetime) -> Row | None:
        """The row in force at that moment (CAT-6)."""
        rows = [row for row in self.book.get((package, route), []) if row[0] <= at]
        return max(rows, default=None)

    def in_window(self, contact: str | None, route: str, rules: Rules, at: datetime) -> bool:
        """Whether what the contact did lately makes the send free."""
        return False

    def left_free(self, sender: str | None, rules: Rules, at: datetime) -> int:
        """Units that a number has free in that month yet; one route has such a rule only."""
        if sender is None or not rules.free:
            return 0
        gone = sum(
            s.taken
            for s in self.sends.values()
            if s.sender == sender
            and s.outcome in (None, "sent")
            and local_month(s.taken_at or s.held_at) == local_month(at)
        )
        return max(rules.free - gone, 0)

    def hold(
        self,
        name: str,
        route: str,
        at: datetime,
        units: int = 1,
        contact: str | None = None,
        sender: str | None = None,
        *,
        told: bool = False,
    ) -> HoldAnswer:
        """`told`: it has left already, so only the limit is asked (PKG-12)."""
        known = self.sends.get(name)
        if known is not None:
            same = (known.route, known.units) == (route, units)
            return "replayed" if same else "clash", known.price, known.left
        cycle = self.cycle_at(at)
        if cycle is None:
            return "no_cycle", None, None
        row = self.price(cycle.package, route, at)
        if row is None:
            return "no_price", None, None
        since, each, rules = row
        taken = 0
        if self.in_window(contact, route, rules, at):
            price = 0
        else:
            taken = min(self.left_free(sender, rules, at), units)
            price = min(each * (units - taken), MOST_PRICE)
        total = self.held(cycle) + self.used(cycle)
        if price > 0 and ((cycle.blocked_at is not None and not told) or total + price > cycle.ceiling):
            cycle.blocked_at = cycle.blocked_at or at
            self.tell(cycle)
            return "blocked", price, shown(cycle.ceiling - total)
        top, channel = self.top(cycle), channel_of(route)
        if price > 0 and total + price > top and not told:
            if cycle.capped_at is None:
                cycle.capped_at = at
                self.tell(cycle)
            return "capped", price, max(top - total, 0)
        if price > 0 and channel in cycle.budgets:
            room = cycle.budgets[channel] - self.on_channel(cycle, channel)
            if price > room and not told:
                return "over_budget", price, max(room, 0)
        left = shown(max(top - total - price, 0))
        self.sends[name] = Send(
            cycle,
            route,
            price,
            left,
            at,
            since,
            units,
            rules,
            cycle.package,
            taken,
            sender,
            total=total + price,
        )
        self.tell(cycle)
        return "held", price, left

    def covered(self) -> list[Cycle]:
        """The cycles of which the package pays everything."""
        return [cycle for cycle in self.cycles if self.held(cycle) + self.used(cycle) <= cycle.value]

    def settle(
        self,
        name: str,
        told: str,
        at: datetime,
        kind: str | None = None,
        units: int | None = None,
        where: str | None = None,
        *,
        covered: Sequence[Cycle] = (),
    ) -> tuple[str, int | None]:
        send = self.sends.get(name)
        if send is None:
            return "unknown_send", None
        if send.outcome not in (None, "expired") and self.elsewhere(send, where):
            return "other_send", send.kept
        outcome, costs, counted = send.ends(told), send.price, kind is not None or units is not None
        if outcome == "sent" and counted:
            other = self.counted(send, kind, units)
            if other is None:
                return "no_price", send.price
            costs = min(costs, other)
        if send.outcome is not None:
            if send.outcome == "not_delivered" and outcome in (None, "not_delivered"):
                return "not_drawn_before", send.price
            late = outcome is None and send.outcome == "sent"
            if late or (
                send.outcome == outcome and (outcome != "sent" or not counted or costs in send.counts)
            ):
                return "replayed", send.kept
            if send.outcome == outcome:
                if (
                    costs > send.kept
                    or send.campaign
                    or not (send.cycle in covered or self.unbilled(send.cycle, at))
                ):
                    return "other_count", send.kept
                send.drawn = costs
                send.counts.append(costs)
                send.cycle.blocked_at = send.cycle.capped_at = None
                return "settled", costs
            return "expired" if send.outcome == "expired" else "clash", send.kept
        if outcome is None:
            return "waiting", send.price
        send.outcome, send.settled_at, send.counts = outcome, at, [costs]
        if costs < send.price:
            send.drawn = costs
        if send.price > (costs if outcome == "sent" else 0):
            send.cycle.blocked_at = send.cycle.capped_at = None
        return "not_drawn" if outcome == "not_delivered" else "settled", costs

    @staticmethod
    def elsewhere(send: Send, where: str | None) -> bool:
        """Whether its teller speaks of another channel or country."""
        (channel, country), (own, its) = place_of(where), place_of(send.route)
        return channel is not None and (channel != own or (None not in (country, its) and country != its))

    @staticmethod
    def unbilled(cycle: Cycle, at: datetime) -> bool:
        """Whether none of its overage can be on an invoice."""
        return not cycle.raised and "blocked" not in cycle.limit_told and at < cycle.end - timedelta(hours=1)

    def counted(self, send: Send, kind: str | None, units: int | None) -> int | None:
        """What a send costs by another kind of its channel, or by other units, when it was held (PKG-13)."""
        row = self.other(send.route, send.package, kind, send.held_at)
        return None if row is None else max((units or send.units) - send.taken, 0) * row[1]

    def other(self, route: str, package: str, kind: str | None, at: datetime) -> Row | None:
        """The row of another kind of a route's channel and country."""
        if route not in ROUTES:
            return None
        channel, own, country = ROUTES[route]
        found = [one for one, way in ROUTES.items() if way == (channel, kind or own, country)]
        return self.price(package, found[0], at) if found else None

    def record(
        self,
        name: str,
        route: str,
        at: datetime,
        units: int = 1,
        contact: str | None = None,
        sender: str | None = None,
        told: str = "sent",
    ) -> HoldAnswer:
        cycle = self.cycle_at(at)
        row = None if cycle is None else self.price(cycle.package, route, at)
        draws_not = row is not None and row[2].draws_at == "delivered"
        if told == "not_delivered" and draws_not and name not in self.sends:
            return "nothing", None, None
        word, price, left = self.hold(name, route, at, units, contact, sender, told=True)
        if word in ("held", "replayed"):
            word = self.settle(name, told, at)[0]
        word = {"settled": "held", "not_drawn": "nothing", "not_drawn_before": "nothing"}.get(word, word)
        return word, price, left

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
                if cap is None or cap > self.held(cycle) + self.used(cycle):
                    cycle.capped_at = None
                elif cycle.start <= now:
                    cycle.capped_at = cycle.capped_at or now
                    self.tell(cycle)
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
            ("own_cap", cycle.capped_at is not None, cycle.cap_told),
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
                place = {"sent": 0, None: 2, "rejected": 4, "not_delivered": 4, "expired": 5}[send.outcome]
                row[place] += 1
                if place < 4:
                    row[place + 1] += send.kept
        return found

    def balance(self, cycle: Cycle) -> tuple[object, ...]:
        return (
            (cycle.start, cycle.end, cycle.package, cycle.value, cycle.ceiling),
            (self.held(cycle), self.used(cycle), cycle.raised, cycle.blocked_at, cycle.capped_at),
            (cycle.included, self.interactions(cycle)),
        )

    def _released(self, cycle: Cycle) -> str:
        cycle.blocked_at = None
        cycle.raised += 1
        return "done"
