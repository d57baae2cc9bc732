"""Licences of one contract as plainly as they can be said: lists, and a loop over them for each call (LIC-1…3, LIC-7…9)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from abono.domain.licences.types import PLACE_LOST_S, Op, Status
from tests.simulation.steps import Presence, Terms

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass
class Held:
    person: str
    ids: list[str]
    until: datetime
    active_at: datetime
    kept_for: str | None
    was: list[str] = field(default_factory=list)

    def took_over_from(self, event: Presence) -> bool:
        return event.name in self.was and event.name not in self.ids


@dataclass
class Waits:
    person: str
    ids: list[str]
    groups: list[str]
    until: datetime
    set_aside_until: datetime | None = None
    kept_for: str | None = None


type Answer = tuple[str, int | None, str | None]  # what became of it, the place in the queue, and why


class Pool:
    """`owned` and `kept` may change between calls; None for a contract that does not exist."""

    def __init__(self, terms: Terms | None) -> None:
        self.exists = terms is not None
        self.granted = False  # to somebody, by the last call
        if terms is not None:
            self.policy, self.owned, self.kept = terms.policy, terms.owned, dict(terms.kept)
        self.held: list[Held] = []
        self.line: list[Waits] = []  # in order of coming; also those for whom one is set aside
        self.gone: dict[str, tuple[list[str], str]] = {}
        self.hour_ends: datetime | None = None

    def lease(self, events: Sequence[Presence], *, beats: bool) -> list[Answer]:
        """What one call says of this contract. One of heartbeats alone takes a closer look only where it has to, at the end."""
        if not self.exists:
            return [_nobodys(event) for event in events]
        still = [beats and self._still(event) for event in events]
        later = [event for event, done in zip(events, still, strict=True) if not done]
        told = iter(self._decide(later) if later else [])
        answers = [(Status.STILL.name, None, None) if done else next(told) for done in still]
        self.granted = any(status == Status.GRANTED.name for status, *_ in answers)
        return answers

    def own(self, licences: int, kept: tuple[tuple[str, int], ...] | None) -> str:
        self.owned, self.granted = licences, False
        if kept is not None:
            self.kept = dict(kept)
        return "done"

    def _still(self, event: Presence) -> bool:
        lease = self._lease(event.person)
        quick = self.hour_ends is not None and event.at < self.hour_ends
        if quick and lease is not None and event.name in lease.ids and lease.until > event.at:
            self._extend(lease, event)
            return True
        return False

    def _decide(self, events: Sequence[Presence]) -> list[Answer]:
        at = events[0].at
        self._tidy(at)
        told = []
        for event in events:
            self._give(at)
            status, place, why = self._one(event, at)
            told.append((status.name, place, why))
        self._give(at)
        return told

    # What follows from time alone

    def _tidy(self, at: datetime) -> None:
        for lease in sorted(self._lapsed(at), key=lambda one: one.until):
            if lease.until <= at - DAY:
                self._end(lease, "lost")
        for place in self.line:
            if (place.set_aside_until or place.until) <= at:
                self.gone[place.person] = (place.ids, "lost")
        self.line = [one for one in self.line if (one.set_aside_until or one.until) > at]
        for place in reversed([one for one in self.line if one.set_aside_until]):
            if len(self._live(at)) + self._aside() > self.cap:
                place.set_aside_until = place.kept_for = None
                place.until = at + timedelta(seconds=PLACE_LOST_S)
        if self.policy.reduce:
            idlest = sorted(self._live(at), key=lambda one: (one.active_at, one.person))
            for lease in idlest[: max(len(idlest) - self.cap, 0)]:
                self._end(lease, "reduced")
        if self.hour_ends is None or at >= self.hour_ends:
            self.hour_ends = at.replace(minute=0, second=0, microsecond=0) + HOUR

    def _give(self, at: datetime) -> None:
        for place in [one for one in self.line if one.set_aside_until is None]:
            others, mine = self._others(place.groups, at)
            used = len(self._live(at)) + self._aside() + others
            if self.policy.idle_s is not None and used == self.cap:
                since = at - timedelta(seconds=self.policy.idle_s)
                idle = [
                    one
                    for one in self._live(at)
                    if one.active_at <= since
                    and (one.kept_for not in self.kept or one.kept_for in place.groups)
                ]
                if idle:
                    self._end(min(idle, key=lambda one: (one.active_at, one.person)), "idle")
                    others, mine = self._others(place.groups, at)
            if self._room(others, at):
                place.set_aside_until = at + timedelta(seconds=self.policy.aside_s)
                place.kept_for = mine

    def _room(self, others: int, at: datetime) -> bool:
        """Whether one more may be in; leases that are lost by time make room for them."""
        if len(self._live(at)) + self._aside() + others >= self.cap:
            return False
        too_many = len(self.held) + self._aside() + 1 - self.owned
        for lease in sorted(self._lapsed(at), key=lambda one: (one.until, one.person))[: max(too_many, 0)]:
            self._end(lease, "lost")
        return True

    def _one(self, event: Presence, at: datetime) -> tuple[Status, int | None, str | None]:
        lease, place = self._lease(event.person), self._place(event.person)
        if lease in self._lapsed(at) and lease is not None:
            lease = self._back(lease, event, at)
        if event.op is Op.RELEASE:
            if lease is not None and event.name in lease.ids:
                lease.ids.remove(event.name)
                if not lease.ids:
                    self.held.remove(lease)
            if place is not None and event.name in place.ids:
                place.ids = [one for one in place.ids if one != event.name]
                if not place.ids:
                    self.line.remove(place)
            return Status.RELEASED, None, None
        if lease is not None and (event.op is not Op.BEAT or event.name in lease.ids):
            return self._again(lease, event, at)
        if event.op is Op.BEAT and (place is None or event.name not in place.ids):
            if lease is not None and event.name in lease.was:
                return Status.OVER, None, "taken_over"
            ids, why = self.gone.get(event.person, ([], ""))
            return (Status.OVER, None, why) if event.name in ids else (Status.UNKNOWN, None, None)
        if event.op is Op.BEAT and place is not None and place.set_aside_until:
            return Status.SET_ASIDE, None, None
        return self._wants_in(place, event, at)

    def _back(self, lease: Held, event: Presence, at: datetime) -> Held | None:
        """A lease that was lost comes back where there is room, by a sign-in or its own heartbeat."""
        groups = list(event.groups)
        if event.op is Op.BEAT and event.name in lease.ids:
            groups = [lease.kept_for] if lease.kept_for else []
        elif event.op not in (Op.CLAIM, Op.WAIT):
            return lease
        others, mine = self._others(groups, at)
        if len(self._live(at)) + self._aside() + others >= self.cap:
            self._end(lease, "lost")
            return None
        if not lease.took_over_from(event):  # who is only told so changes nothing
            lease.kept_for = mine
        return lease

    def _wants_in(
        self, place: Waits | None, event: Presence, at: datetime
    ) -> tuple[Status, int | None, str | None]:
        if place is None:
            others, mine = self._others(list(event.groups), at)
            if self._room(others, at):
                self._let_in(event, mine, at)
                return Status.GRANTED, None, None
            if event.op is not Op.WAIT:
                return Status.ALL_IN_USE, None, None
            place = Waits(event.person, [event.name], list(event.groups), at)
            place.until = at + timedelta(seconds=PLACE_LOST_S)
            self.line.append(place)
            self._give(at)
        if place.set_aside_until:
            self.line.remove(place)
            lease = self._let_in(event, place.kept_for, at)
            others = [one for one in place.ids if one != event.name]
            if self.policy.share:  # they waited together
                lease.ids = [*others[-9:], event.name]
            else:
                lease.was = others
            return Status.GRANTED, None, None
        place.until = at + timedelta(seconds=PLACE_LOST_S)
        if event.name not in place.ids:
            place.ids = [*place.ids, event.name][-10:]
        before = [one for one in self.line if one.set_aside_until is None]
        return Status.WAITING, before.index(place) + 1, None

    def _again(self, lease: Held, event: Presence, at: datetime) -> tuple[Status, int | None, str | None]:
        if lease.took_over_from(event):
            return Status.OVER, None, "taken_over"
        if event.op is Op.BEAT:
            status = Status.STILL
        elif event.name in lease.ids:
            status = Status.HAD
        elif self.policy.share:
            status = Status.SHARED
            lease.was = [*lease.was, *lease.ids[:-9]][-10:]
            lease.ids = [*lease.ids[-9:], event.name]
        else:
            status = Status.TOOK_OVER
            lease.was = [*lease.was, *lease.ids][-10:]
            lease.ids = [event.name]
        self._extend(lease, event)
        return status, None, None

    def _extend(self, lease: Held, event: Presence) -> None:
        at = event.at
        lease.until = max(lease.until, at + timedelta(seconds=self.policy.lost_s))
        idle = timedelta(seconds=(event.idle_s or 0) if event.op is Op.BEAT else 0)
        lease.active_at = max(lease.active_at, at - idle)

    def _let_in(self, event: Presence, kept_for: str | None, at: datetime) -> Held:
        until = at + timedelta(seconds=self.policy.lost_s)
        self.held.append(Held(event.person, [event.name], until, at, kept_for))
        return self.held[-1]

    def _end(self, lease: Held, why: str) -> None:
        self.held.remove(lease)
        self.gone[lease.person] = ([*lease.ids, *lease.was], why)

    # Counting

    @property
    def cap(self) -> int:
        return self.owned + self.owned * (self.policy.over_percent or 0) // 100

    def _others(self, groups: list[str], at: datetime) -> tuple[int, str | None]:
        """How many must be left to others, and of which group a licence would be."""
        used = Counter(one.kept_for for one in self._live(at))
        used += Counter(one.kept_for for one in self.line if one.set_aside_until)
        unused, before = {}, 0
        for name, licences in sorted(self.kept.items()):
            unused[name] = max(min(licences, self.owned - before) - used[name], 0)
            before += licences
        mine = min((name for name, left in unused.items() if left and name in groups), default=None)
        return sum(unused.values()) - (unused[mine] if mine else 0), mine

    def _live(self, at: datetime) -> list[Held]:
        return [one for one in self.held if one.until > at]

    def _lapsed(self, at: datetime) -> list[Held]:
        return [one for one in self.held if one.until <= at]

    def _aside(self) -> int:
        return sum(one.set_aside_until is not None for one in self.line)

    def _lease(self, person: str) -> Held | None:
        return next((one for one in self.held if one.person == person), None)

    def _place(self, person: str) -> Waits | None:
        return next((one for one in self.line if one.person == person), None)


def _nobodys(event: Presence) -> Answer:
    if event.op is Op.RELEASE:
        return Status.RELEASED.name, None, None
    return Status.NOT_RUNNING.name, None, "contract_ended"
