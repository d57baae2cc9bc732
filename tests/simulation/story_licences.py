"""Draws what people do who sign in. It has a chance of its own, so that the rest of a story stays what it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from abono.domain.licences.types import Op
from abono.flows.licences.policy import SHIPPED
from tests.simulation.steps import Call, Lease, Own, Presence, Step, Story, Terms

PEOPLE = ("ana", "bruno", "carla", "diego", "elena", "fabio", "gina", "hugo")
GROUPS = ("agents", "night")


def mixed(told: Story) -> Story:
    """The story, with people who sign in between its steps."""
    office = _Office(told)
    places = sorted(office.random.choices(range(len(told.steps) + 1), k=office.random.randint(10, 30)))
    found: list[Step] = []
    for n, step in enumerate((*told.steps, None)):
        found += [office.step() for _ in range(places.count(n))]
        found += [] if step is None else [step]
    return Story(told.seed, office.contracts, tuple(found))


def alone(told: Story) -> Story:
    """Of the story its contracts alone, and people who sign in."""
    office = _Office(told)
    return Story(told.seed, office.contracts, tuple(office.step() for _ in range(60)))


class _Office:
    def __init__(self, told: Story) -> None:
        self.random = draw = Random(f"licences of {told.seed}")
        self.contracts = tuple(self._signed(one) for one in told.contracts)
        begins = timedelta(hours=draw.randint(1, 400), seconds=draw.randint(0, 3_600))
        self.clocks = [one.cycles[0].start + begins for one in self.contracts]
        self.names: list[list[tuple[str, str]]] = [[] for _ in self.contracts]  # of who asked lately
        self.groups = {person: tuple(g for g in GROUPS if draw.random() < 0.4) for person in PEOPLE}

    def _signed(self, terms: Terms) -> Terms:
        draw = self.random
        changed: dict[str, Any] = {
            "share": draw.random() < 0.3,
            "reduce": draw.random() < 0.3,
            "idle_s": 120 if draw.random() < 0.3 else None,
            "over_percent": 50 if draw.random() < 0.2 else 0,
        }
        owned = draw.choice((1, 1, 2, 2, 3, 4))
        return replace(terms, policy=replace(SHIPPED, **changed), owned=owned, kept=self._kept(0.3)[:owned])

    def _kept(self, chance: float) -> tuple[tuple[str, int], ...]:
        return tuple((name, 1) for name in GROUPS if self.random.random() < chance)

    def step(self) -> Step:
        draw = self.random
        number = 0 if draw.random() < 0.8 else draw.randrange(len(self.contracts))
        if draw.random() < 0.06:
            return Step(self._own(number, self._later(number)))
        about = {number: self._later(number)}
        if draw.random() < 0.1:
            other = draw.randrange(len(self.contracts) + 1)  # the last is none
            about[other] = (
                self._later(min(other, len(self.contracts) - 1)) if other != number else about[number]
            )
        call = self._lease(about)
        how = draw.choices(("plain", "lost", "undone", "killed", "twin"), (70, 8, 10, 1, 11))[0]
        if how == "twin" and not call.beats:  # a heartbeat alone is nothing that others wait for
            return Step(call, "twin", lane=draw.random() < 0.5, beside=self._lease(about))
        return Step(call, "plain" if how == "twin" else how, lane=draw.random() < 0.5)

    def _later(self, number: int) -> datetime:
        more = self.random.choice((0, 0, 0, 1, 1, 2, 3, 5, 5, 9, 9, 10, 10, 24, 25, 30, 60, 300))
        self.clocks[number] += timedelta(seconds=more if self.random.random() < 0.98 else 3_700)
        return self.clocks[number]

    def _own(self, number: int, at: datetime) -> Call:
        licences = self.random.choice((1, 1, 2, 3, 5))
        kept = self._kept(0.5) if licences > 1 and self.random.random() < 0.2 else None
        return Own(number, at, licences, kept)

    def _lease(self, about: dict[int, datetime]) -> Lease:
        draw = self.random
        numbers = list(about)
        count = draw.choice((1, 1, 2, 4, 6))
        some = [draw.choice(numbers) for _ in range(count)]
        return Lease(tuple(self._presence(number, about[number]) for number in some))

    def _presence(self, number: int, at: datetime) -> Presence:
        """Often of somebody who asked before, on the same device: who is not heard of is soon in no queue."""
        draw = self.random
        names = self.names[number] if number < len(self.names) else []
        op = draw.choices((Op.CLAIM, Op.WAIT, Op.BEAT, Op.RELEASE), (8, 30, 45, 17))[0]
        person = draw.choice(PEOPLE)
        name = f"{person} {draw.choice((1, 1, 1, 2, 3))}"
        if names and draw.random() < (0.4 if op is Op.WAIT else 0.9):
            person, name = draw.choice(names[-6:])
        elif op is not Op.BEAT:
            names.append((person, name))
        if op is Op.BEAT:
            return Presence(number, op, person, name, at, idle_s=draw.choice((None, 0, 50, 200, 900)))
        return Presence(number, op, person, name, at, self.groups[person] if op is not Op.RELEASE else ())
