"""Interactions in the obvious model, and many contracts (INT-1…7)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from tests.simulation import steps
from tests.simulation.model_facts import DAY, Book, Cycle, Rules, channel_of
from tests.simulation.model_licences import Pool
from tests.simulation.model_told import Left

GRACE = timedelta(hours=48)

type Batched = steps.Left | steps.Seen | steps.Presence
type Kinds = dict[str, list[tuple[datetime, bool]]]  # from when on a kind counts or not


class Contract(Left):
    """One contract with all that happens to it."""

    def __init__(self, book: Book, kinds: Kinds, cycles: list[Cycle]) -> None:
        super().__init__(book, cycles)
        self.kinds = kinds
        self.seen: dict[str, steps.Seen] = {}

    def opened(self, contact: str, channel: str) -> list[datetime]:
        """Where interactions of a contact open: each counting event that no earlier one covers (INT-1)."""
        found: list[datetime] = []
        for at in sorted(
            event.at
            for event in self.seen.values()
            if (event.contact, event.channel) == (contact, channel) and self._counts(event)
        ):
            if not found or at >= found[-1] + DAY:
                found.append(at)
        return found

    def in_window(self, contact: str | None, route: str, rules: Rules, at: datetime) -> bool:
        return any(
            event.at <= at < event.at + timedelta(hours=rules.hours)
            for event in self.seen.values()
            if (event.contact, event.channel, event.kind) == (contact, channel_of(route), rules.window)
        )

    def all_opened(self) -> list[tuple[str, str, datetime]]:
        contacts = {(event.contact, event.channel) for event in self.seen.values()}
        return sorted((*contact, at) for contact in contacts for at in self.opened(*contact))

    def interactions(self, cycle: Cycle) -> int:
        return sum(cycle.start <= at < cycle.end for *_, at in self.all_opened())

    def observe(self, events: Sequence[steps.Seen]) -> list[str]:
        """Answered as if the events of one call had come in the order in which they happened."""
        first: dict[str, int] = {}
        for n, event in enumerate(events):
            first.setdefault(event.name, n)
        before = dict(self.seen)
        answers = ["" for _ in events]
        for n, event in sorted(enumerate(events), key=lambda one: (one[1].at, one[0])):
            if event.name in before:
                answers[n] = "replayed" if _known(before[event.name], event) else "clash"
            elif first[event.name] == n:
                answers[n] = self._see(event)
        for n, event in enumerate(events):
            of = first[event.name]
            if event.name not in before and of != n:
                if not _same(events[of], event):
                    answers[n] = "clash"
                else:
                    answers[n] = "replayed" if event.name in self.seen else answers[of]
        return answers

    def _see(self, event: steps.Seen) -> str:
        cycle = self.cycle_at(event.at)
        if cycle is None:
            return "no_cycle"
        if self._counts(event) is None:
            return "unknown_kind"
        if event.now >= cycle.end + GRACE:
            return "too_late"
        before = self.opened(event.contact, event.channel)
        self.seen[event.name] = event
        if not self._counts(event):
            return "not_counted"
        opens = event.at in self.opened(event.contact, event.channel) and event.at not in before
        return "opened" if opens else "covered"

    def _counts(self, event: steps.Seen) -> bool | None:
        rows = [row for row in self.kinds.get(event.kind, []) if row[0] <= event.at]
        return max(rows)[1] if rows else None


def _known(before: steps.Seen, event: steps.Seen) -> bool:
    """One whose moment nobody said happens when it is told: told again, it has a later one."""
    return _same(before, event) or (event.at == event.now and _same(replace(before, at=event.at), event))


def _same(one: steps.Seen, other: steps.Seen) -> bool:
    return (one.contact, one.channel, one.kind, one.at) == (
        other.contact,
        other.channel,
        other.kind,
        other.at,
    )


class Model:
    """All contracts. `do` answers a call as `callers` does."""

    def __init__(self, book: Book, kinds: Kinds, contracts: Sequence[steps.Terms]) -> None:
        self.contracts = [
            Contract(
                book,
                kinds,
                [
                    Cycle(one.start, one.end, terms.package, terms.value, terms.ceiling, terms.included)
                    for one in terms.cycles
                ],
            )
            for terms in contracts
        ]
        self.nobody = Contract(book, kinds, [])  # a contract that does not exist
        self.pools = [*map(Pool, contracts), Pool(None)]
        self.swept_to: datetime | None = None
        self.done: list[steps.Call] = []
        self._given = book, kinds, contracts

    def of(self, number: int) -> Contract:
        return self.contracts[number] if number < len(self.contracts) else self.nobody

    def again(self, *more: steps.Call) -> tuple[Model, list[object]]:
        """What would be had the last two calls been these; and what they are answered."""
        other = Model(*self._given)
        for call in self.done[:-2]:
            other.do(call)
        return other, [other.do(call) for call in more]

    def become(self, other: Model) -> None:
        self.contracts, self.swept_to, self.done = other.contracts, other.swept_to, other.done
        self.pools = other.pools

    def do(self, call: steps.Call) -> object:
        self.done.append(call)
        match call:
            case steps.Hold(events):
                return [self.of(e.contract).hold(e.name, *e.what) for e in events]
            case steps.Record(events, told):
                return [self.of(e.contract).record(e.name, *e.what, told) for e in events]
            case steps.Settle(events):
                covered = {n: self.of(n).covered() for n in {e.contract for e in events}}
                return [
                    self.of(e.contract).settle(
                        e.name, e.outcome, e.at, e.kind, e.units, e.where, covered=covered[e.contract]
                    )
                    for e in events
                ]
            case steps.Observe(events):
                return _by_contract(events, lambda number, some: self.of(number).observe(some))
            case steps.Tell(events):
                return _by_contract(events, lambda number, some: self.of(number).tell_of(some))
            case steps.Lease(events):
                return _by_contract(
                    events, lambda number, some: self.pools[number].lease(some, beats=call.beats)
                )
            case steps.Expire(None, now):
                return self._sweep(now - DAY)
            case steps.Expire(int(number), now):
                contract = self.of(number)
                return contract.expire(contract.due(after=None, until=now - DAY))
            case steps.OpenCycle(number, cycle, package, value, ceiling, included):
                terms = package, value, ceiling, included
                return self.of(number).open_cycle(cycle.start, cycle.end, *terms)
            case _:
                return self._rarer(call)

    def _rarer(self, call: steps.Call) -> object:
        match call:
            case steps.Raise(number, at, package, value, ceiling):
                return self.of(number).raise_package(at, package, value, ceiling)
            case steps.OneMoreLimit(number, at, extra):
                return self.of(number).one_more_limit(at, extra)
            case steps.OwnLimits(number, now, cap, budgets):
                return self.of(number).own_limits(now, cap, dict(budgets))
            case steps.Roll():
                return "done"
            case steps.Own(number, _, licences, kept):
                return self.pools[number].own(licences, kept)
            case steps.HoldCampaign(number, name, wishes, at, hours, _):
                return self.of(number).hold_campaign(name, wishes, at, hours)
            case steps.SettleCampaign(number, name, reports, at):
                return self.of(number).settle_campaign(name, reports, at)
            case steps.ExtendCampaign(number, name, until):
                return self.of(number).extend_campaign(name, until)
            case steps.EndCampaign(number, name, _, cancelled):
                return self.of(number).end_campaign(name, "cancelled" if cancelled else "closed")
            case steps.ExpireCampaigns(number, now):
                return self.of(number).expire_campaigns(now)
            case steps.Read(number, at):
                found = self.of(number).cycle_at(at)
                return None if found is None else (self.of(number).balance(found), self.of(number).use(found))
        raise AssertionError(call)

    def _sweep(self, until: datetime) -> int:
        """Over all contracts; what was looked at once is not looked at again."""
        done = sum(one.expire(one.due(after=self.swept_to, until=until)) for one in self.contracts)
        self.swept_to = until if self.swept_to is None else max(until, self.swept_to)
        return done


def _by_contract[E: Batched](
    events: Sequence[E], do: Callable[[int, list[E]], Sequence[object]]
) -> list[object]:
    """Answers in the order of the events; those of one contract are done together."""
    answers: dict[int, object] = {}
    for number in {event.contract for event in events}:
        places = [n for n, event in enumerate(events) if event.contract == number]
        answers |= dict(zip(places, do(number, [events[n] for n in places]), strict=True))
    return [answers[n] for n in range(len(events))]
