"""Calls of the real thing, in the words of the model: the domain's way, and that of the fast lane."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection

from abono.domain.campaigns import actions as campaigns
from abono.domain.campaigns.types import CampaignReport, CampaignSettleStatus, Wish
from abono.domain.interactions.actions import observe
from abono.domain.interactions.hot import OBSERVE
from abono.domain.interactions.types import ContactEvent, ObserveStatus
from abono.domain.licences import actions as leases
from abono.domain.metering import actions, hot, opening, own_limits, queries, types
from abono.domain.metering.types import Balance, HoldRequest, NewCycle, Outcome, SettleRequest, SettleStatus
from abono.domain.settings.known import LATE_GRACE
from abono.domain.uncovered import hot as uncovered
from abono.domain.uncovered.types import ToldStatus
from abono.domain.usage import rollups
from abono.domain.usage.queries import use_by_route
from abono.kernel import ids
from abono.kernel.errors import Refusal
from abono.kernel.periods import Period
from abono.platform.postgres.arrays import quoted
from abono.platform.postgres.batches import Call, ask
from tests.simulation import licences, steps
from tests.simulation.model_facts import ROUTES, place_of
from tests.simulation.world import World

HOLD_WORDS = {
    1: "held", 2: "replayed", 3: "clash", 4: "blocked", 5: "no_price", 6: "no_cycle", 7: "expired",
    8: "capped", 9: "over_budget", 10: "waiting", 11: "nothing",
}  # fmt: skip


event_key = lru_cache(5_000)(ids.event_key)
keyed = lru_cache(5_000)(types.keyed)


def numbers(story: steps.Story) -> list[UUID]:
    """Of the contracts, and of one that does not exist."""
    draw = random.Random(f"contracts of {story.seed}")
    return [UUID(int=draw.getrandbits(128), version=4) for _ in (*story.contracts, "unknown")]


def _amounts(terms: steps.Terms) -> tuple[int, ...]:
    return terms.value, terms.ceiling, terms.included, terms.value, terms.ceiling


class Calls:
    """What programs ask for the contracts of one story."""

    def __init__(self, world: World, story: steps.Story) -> None:
        self.world = world
        self.story = story
        self.ids = numbers(story)
        licences.sign(world, self.ids, story.contracts)
        with connection.cursor() as cursor:  # as open_cycle makes them, all at once
            cursor.executemany(
                "INSERT INTO metering_cycle (contract_id, cycle_start, cycle_end, package_id, value_micro,"
                " ceiling_micro, included_interactions, warn_next_micro)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, metering_warn_next_v1(%s, %s, 0::smallint))",
                [
                    (contract, one.start, one.end, world.packages[terms.package], *_amounts(terms))
                    for contract, terms in zip(self.ids, story.contracts, strict=False)
                    for one in terms.cycles
                ],
            )

    def do(self, call: steps.Call) -> object:
        """The domain's way. A refusal is answered with its name."""
        try:
            return self._do(call)
        except (Refusal, ValueError) as refused:
            if type(refused).__name__ == "CampaignDoesNotFit":
                return "CampaignDoesNotFit", refused.fits  # type: ignore[union-attr]
            if type(refused).__name__ == "CampaignOverBudget":
                return "CampaignOverBudget", refused.channel  # type: ignore[union-attr]
            return type(refused).__name__

    # -- the domain

    def _do(self, call: steps.Call) -> object:
        match call:
            case (
                steps.Hold()
                | steps.Record()
                | steps.Settle()
                | steps.Tell()
                | steps.Observe()
                | steps.Lease()
            ):
                return self._batch(call)
            case steps.Own(number, at, owned, kept):
                licences.own(self.world, self.ids[number], at, owned, kept)
                return "done"
            case steps.Expire(number, now):
                return actions.expire(now=now, contract_id=None if number is None else self.ids[number])
            case steps.OpenCycle(number, cycle, package, value, ceiling, included):
                return self._open(self.ids[number], cycle, package, value, ceiling, included)
            case steps.Raise(number, at, package, value, ceiling):
                actions.raise_cycle(
                    contract_id=self.ids[number],
                    at=at,
                    package_id=self.world.packages[package],
                    value_micro=value,
                    ceiling_micro=ceiling,
                )
                return "done"
            case steps.OneMoreLimit(number, at, extra):
                actions.open_one_more_limit(contract_id=self.ids[number], at=at, extra_micro=extra)
                return "done"
            case steps.OwnLimits(number, now, cap, budgets):
                own_limits.set_own_limits(
                    contract_id=self.ids[number], cap_micro=cap, budgets=dict(budgets), actor="she", now=now
                )
                return "done"
            case steps.Roll(number, now, anew):
                (rollups.rebuild if anew else rollups.roll)(now=now, contract_id=self.ids[number])
                return "done"
            case steps.Read(number, at):
                found = queries.find_balance(contract_id=self.ids[number], at=at)
                return None if found is None else (self.balance(found), self.use(found))
            case _:
                return self._campaign(call)

    def _batch(self, call: steps.Batch) -> object:
        match call:
            case steps.Hold(asked):
                # Statuses are read as numbers: the domain's own words are younger than those of the functions.
                return self._holds(actions.hold([self._request(one) for one in asked]))
            case steps.Record(asked, told):
                ended = [Outcome[told.upper()]] * len(asked)
                return self._holds(actions.record([self._request(one) for one in asked], ended))
            case steps.Settle(ends):
                answers = actions.settle(
                    [
                        SettleRequest(
                            self.ids[t.contract],
                            event_key(t.name),
                            Outcome[t.outcome.upper()],
                            t.at,
                            t.kind,
                            t.units,
                            *place_of(t.where),
                        )
                        for t in ends
                    ]
                )
                return [(answer.status.name.lower(), answer.price_micro) for answer in answers]
            case steps.Tell(left):
                return self._told(ask(uncovered.TOLD, [self._left(one) for one in left]))
            case steps.Observe(seen):
                return [status.name.lower() for status in observe([self._event(e) for e in seen])]
            case steps.Lease():
                rows = licences.rows(self.ids, self.story.contracts, call)
                told = leases.beat(rows) if call.beats else leases.decide(rows)
                return [(one.status.name, one.position, one.why) for one in told]

    def _campaign(self, call: steps.Call) -> object:
        match call:
            case steps.HoldCampaign(number, name, wishes, at, hours, slice_places):
                key, reference = keyed(name)
                held = campaigns.hold_campaign(
                    contract_id=self.ids[number],
                    campaign_id=key,
                    wishes=[Wish(self.world.routes[route], count) for route, count in wishes],
                    now=at,
                    reference=reference,
                    lasts=timedelta(hours=hours),
                    slice_places=slice_places,
                )
                word = "replayed" if held.replayed else "held"
                return word, held.prices_micro, held.total_micro, held.left_micro
            case steps.SettleCampaign(number, name, reports, at):
                answers = campaigns.settle_campaign(
                    contract_id=self.ids[number],
                    campaign_id=event_key(name),
                    reports=[self._report(steps.Ended(*report)) for report in reports],
                    now=at,
                )
                return [(CampaignSettleStatus(a.status).name.lower(), a.price_micro) for a in answers]
            case steps.ExtendCampaign(number, name, until):
                return campaigns.extend_campaign(
                    contract_id=self.ids[number], campaign_id=event_key(name), until=until
                )
            case steps.EndCampaign(number, name, at, cancelled):
                end = campaigns.close_campaign(
                    contract_id=self.ids[number], campaign_id=event_key(name), now=at, cancelled=cancelled
                )
                return end.state.name.lower(), end.ended_now, end.released_micro, end.drawn_micro
            case steps.ExpireCampaigns(number, now):
                return campaigns.expire_due(now=now, contract_id=self.ids[number])
        raise AssertionError(call)

    def _open(
        self, contract: UUID, cycle: steps.Cycle, package: str, value: int, ceiling: int, included: int
    ) -> bool:
        return opening.open_cycle(
            NewCycle(
                contract_id=contract,
                cycle=Period(cycle.start, cycle.end),
                package_id=self.world.packages[package],
                value_micro=value,
                ceiling_micro=ceiling,
                included_interactions=included,
            )
        )

    def use(self, found: Balance) -> dict[str, list[int]]:
        """Of a cycle, as the model says it."""
        names = {place: name for name, place in ROUTES.items()}
        rows = use_by_route(contract_id=found.contract_id, cycle_start=found.cycle.start)
        return {
            names[row.channel, row.kind, row.country]: [
                *(row.sent, row.sent_micro, row.held, row.held_micro, row.rejected, row.expired)
            ]
            for row in rows
        }

    def _request(self, asked: steps.Asked) -> HoldRequest:
        key, reference = keyed(asked.name)
        contact = None if asked.contact is None else event_key(asked.contact)
        return HoldRequest(
            self.ids[asked.contract],
            key,
            self.world.routes[asked.route],
            asked.at,
            reference,
            asked.units,
            contact,
            asked.sender,
        )

    def _event(self, seen: steps.Seen) -> ContactEvent:
        return ContactEvent(
            self.ids[seen.contract],
            event_key(seen.name),
            event_key(seen.contact),
            seen.channel,
            seen.kind,
            seen.at,
            seen.now,
        )

    def _report(self, told: steps.Ended) -> CampaignReport:
        key, reference = keyed(told.name)
        contact = None if told.contact is None else event_key(told.contact)
        what = key, self.world.routes[told.route], Outcome[told.outcome.upper()], reference
        return CampaignReport(*what, told.kind, told.units, contact, told.sender)

    def _left(self, left: steps.Left) -> tuple[object, ...]:
        key, reference = keyed(left.name)
        return (
            str(self.ids[left.contract]),
            str(key),
            str(types.anew(key)),
            str(self.world.routes[left.route]),
            left.at,
            left.now,
            quoted(reference),
            *("sms", "message", "BR", "NULL", "NULL"),
            "NULL" if left.units is None else str(left.units),
            "NULL" if left.contact is None else str(event_key(left.contact)),
            quoted(left.sender),
            str(Outcome[left.outcome.upper()].value),
            LATE_GRACE.shipped,
        )

    @staticmethod
    def _told(answers: Iterable[tuple[Any, ...]]) -> list[tuple[str, int | None, str | None]]:
        return [(ToldStatus(status).name.lower(), price, why) for status, price, why in answers]

    @staticmethod
    def _holds(answers: Any) -> list[tuple[str, int | None, int | None]]:
        return [(HOLD_WORDS[int(a.status)], a.price_micro, a.left_micro) for a in answers]

    def balance(self, found: Balance) -> tuple[object, ...]:
        """As the model says it."""
        package = self.world.package_names[found.package_id]
        return (
            (found.cycle.start, found.cycle.end, package, found.value_micro, found.ceiling_micro),
            (found.held_micro, found.used_micro, found.raised, found.blocked_at, found.capped_at),
            (found.included_interactions, found.interactions),
        )

    # -- the fast lane

    def fast(self, lane: psycopg.Connection[Any], call: steps.Call) -> object:
        match call:
            case steps.Hold(asked) | steps.Record(asked):
                requests = [self._request(one) for one in asked]
                how, told_of = hot.HOLD, []
                if isinstance(call, steps.Record):
                    how, told_of = hot.RECORD, [[str(Outcome[call.told.upper()].value)] * len(requests)]
                status, price, remaining = self._row(
                    lane,
                    how,
                    [str(r.contract_id) for r in requests],
                    [r.at for r in requests],
                    [str(r.send_id) for r in requests],
                    [hot.what(r.route_id, r.units) for r in requests],
                    [quoted(r.reference) for r in requests],
                    [hot.whom(r.contact, r.sender) for r in requests],
                    *told_of,
                )
                left = [hot.left(one) for one in remaining]
                return list(zip([HOLD_WORDS[one] for one in status], price, left, strict=True))
            case steps.Settle(told):
                status, price = self._row(
                    lane,
                    hot.SETTLE,
                    [str(self.ids[t.contract]) for t in told],
                    [t.at for t in told],
                    [str(event_key(t.name)) for t in told],
                    [
                        hot.how(Outcome[t.outcome.upper()].value, t.kind, t.units, *place_of(t.where))
                        for t in told
                    ],
                )
                return list(zip([SettleStatus(one).name.lower() for one in status], price, strict=True))
            case steps.Tell(left):
                columns = [list(column) for column in zip(*map(self._left, left), strict=True)]
                return self._told(zip(*self._row(lane, uncovered.TOLD, *columns), strict=True))
            case steps.Observe(seen):
                events = [self._event(one) for one in seen]
                (status,) = self._row(
                    lane,
                    OBSERVE,
                    [str(e.contract_id) for e in events],
                    [str(e.event_id) for e in events],
                    [str(e.contact) for e in events],
                    [quoted(e.channel) for e in events],
                    [quoted(e.kind) for e in events],
                    [e.at for e in events],
                    [e.now for e in events],
                    [LATE_GRACE.shipped for _ in events],
                )
                return [ObserveStatus(one).name.lower() for one in status]
            case steps.Lease():
                return licences.fast(
                    lane, licences.rows(self.ids, self.story.contracts, call), beats=call.beats
                )
        raise AssertionError(call)

    @staticmethod
    def _row(lane: psycopg.Connection[Any], call: Call, *columns: list[Any]) -> tuple[Any, ...]:
        with lane.cursor(binary=True) as cursor:
            found = cursor.execute(call.statement, call.arguments(columns)).fetchone()
        assert found is not None
        return tuple(found)
