"""Stories of people who come in, wait and go, drawn by seed and lived in the database and in the model: the same answers, the same
people in, never one too many and nobody overtaken. LICENCES=10000 for a night."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.db import transaction

from abono.domain.licences import actions, hot, queries
from abono.domain.licences.check import LICENCES
from abono.domain.licences.types import Op, Policy, Status
from abono.flows.licences.policy import SHIPPED
from tests import sql
from tests.domain.licences.office import own
from tests.simulation.model_licences import Event, Model
from tests.world import JUNE_1, Tenant, load_catalog, make_padaria

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("gateway")]

STORIES = int(os.environ.get("LICENCES", "30"))
PEOPLE = ("ana", "bruno", "carla", "diego", "elena", "fabio", "gina", "hugo")
GROUPS = ("agents", "night")


class Story:
    """One contract, and what befalls it."""

    def __init__(self, padaria: Tenant, seed: int) -> None:
        self.draw = Random(seed)
        self.contract_id = padaria.contract_id
        self.at = JUNE_1 + timedelta(hours=1)
        self.groups = {person: tuple(g for g in GROUPS if self.draw.random() < 0.4) for person in PEOPLE}
        kept = {name: 1 for name in GROUPS if self.draw.random() < 0.3}
        self.model = Model(self._policy(), self.draw.randint(2, 4), kept)
        own(self.contract_id, self.model.owned, at=self.at)
        actions.keep(self.contract_id, kept, now=self.at)

    def live(self) -> Iterator[str]:
        """What was done, step by step; raises AssertionError where database and model part."""
        for _ in range(60):
            self.at += timedelta(seconds=self.draw.choice((0, 0, 1, 3, 5, 10, 10, 24, 31, 60, 300, 3_700)))
            if self.draw.random() < 0.06:
                self.model.owned = self.draw.randint(1, 5)
                kept = dict.fromkeys(self.model.kept, 1)
                own(self.contract_id, self.model.owned, at=self.at)
                yield f"owns {self.model.owned}, keeps {kept}"
            events = [self._event() for _ in range(self.draw.choice((1, 1, 1, 2, 5)))]
            yield f"{self.at:%H:%M:%S} {events}"
            if len(events) == 1 and events[0].op is Op.BEAT:
                expected = [self.model.beat(events[0], self.at)]
                found = actions.beat([self._row(events[0])])
            else:
                expected = self.model.decide(events, self.at)
                found = actions.decide([self._row(event) for event in events])
            assert [(one.status, one.position, one.why) for one in found] == expected
            self._same(granted=any(one.status is Status.GRANTED for one in found))

    def _same(self, *, granted: bool) -> None:
        leases = queries.leases(self.contract_id, at=self.at, limit=99)
        rows = sql.run("SELECT person FROM licences_lease WHERE contract_id = %s", self.contract_id)
        assert sorted(person for (person,) in rows) == sorted(one.person for one in self.model.held)
        live = [one for one in self.model.held if one.until > self.at]
        assert [(one.person, one.ids, one.until, one.kept_for) for one in leases] == sorted(
            (one.person, tuple(one.ids), one.until, one.kept_for) for one in live
        )
        if granted:
            assert len(leases) + queries.in_use(self.contract_id, at=self.at).set_aside <= self.model.cap
        waits = queries.waiting(self.contract_id, at=self.at)
        expected = [one for one in self.model.line if (one.set_aside_until or one.until) > self.at]
        assert [(one.person, one.set_aside_until) for one in waits] == [
            (one.person, one.set_aside_until) for one in expected
        ]

    def _event(self) -> Event:
        person = self.draw.choice(PEOPLE)
        op = self.draw.choices((Op.CLAIM, Op.WAIT, Op.BEAT, Op.RELEASE), (20, 25, 45, 10))[0]
        name = f"{person} {self.draw.choice((1, 1, 1, 2, 3))}"
        if op is Op.BEAT:
            return Event(op, person, name, (), self.draw.choice((None, 0, 50, 200, 900)))
        return Event(op, person, name, self.groups[person] if op is not Op.RELEASE else ())

    def _row(self, event: Event) -> hot.Event:
        return hot.event(
            str(self.contract_id),
            self.at,
            self.model.policy,
            event.op,
            event.person,
            event.name,
            groups=event.groups,
            idle_s=event.idle_s,
        )

    def _policy(self) -> Policy:
        draw = self.draw
        changed: dict[str, Any] = {
            "share": draw.random() < 0.3,
            "reduce": draw.random() < 0.3,
            "idle_s": 120 if draw.random() < 0.3 else None,
            "over_percent": 50 if draw.random() < 0.2 else 0,
        }
        return replace(SHIPPED, **changed)


@pytest.mark.rule("LIC-2", part="never above what is owned")
@pytest.mark.rule("LIC-7", part="nobody jumps")
def test_stories_of_licences_are_lived_as_the_model_says() -> None:
    load_catalog()
    padaria = make_padaria()
    for seed in range(STORIES):
        told: list[str] = []
        with transaction.atomic():
            try:
                for line in Story(padaria, seed).live():
                    told.append(line)
            except AssertionError as parted:
                pytest.fail(f"seed {seed}:\n" + "\n".join(told[-12:]) + f"\n{parted}")
            assert [(what, row) for what, query in LICENCES.items() for row in sql.run(query)] == []
            transaction.set_rollback(True)
