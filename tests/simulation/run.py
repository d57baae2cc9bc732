"""Lives a story in the database and in the model, and says where they part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import astuple, dataclass, field, replace
from datetime import timedelta
from itertools import combinations
from typing import Any
from uuid import UUID

import psycopg
from django.db import Error, connection

from abono.domain.metering import hot, queries
from abono.flows.check_books import check_metering
from tests.simulation import licences, steps, story
from tests.simulation.callers import Callers
from tests.simulation.calls import event_key, numbers
from tests.simulation.connections import Connections, Killed
from tests.simulation.model_facts import Book
from tests.simulation.model_interactions import Contract, Model
from tests.simulation.steps import Step, Story
from tests.simulation.world import KINDS, World, book, clear, forget
from tests.sql import planned_once

BLOCK = 50  # stories between two looks at the books
TRIES = 400  # shorter stories that are tried when one fails


class Difference(Exception):
    """The database and the model part after `step` (counted from 0; None: in what is stored at the end)."""

    def __init__(self, step: int | None, what: str, found: object, expected: object) -> None:
        super().__init__(f"{what}\n  found     {found}\n  expected  {expected}")
        self.step = step


@dataclass
class Tally:
    """What was lived through."""

    seeds: int = 0
    steps: int = 0
    events: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    words: Counter[str] = field(default_factory=Counter)  # answers of holds, by kind of call
    failures: list[str] = field(default_factory=list)

    def __iadd__(self, other: Tally) -> Tally:
        self.seeds += other.seeds
        self.steps += other.steps
        self.events += other.events
        self.faults += other.faults
        self.words += other.words
        self.failures += other.failures
        return self


class Simulation:
    """Stories on one database. `prices` is what the model believes; another list is a planted difference.

    licences   stories of people who sign in alone: quicker, more of them
    """

    def __init__(
        self, world: World, to: Connections, *, prices: Book | None = None, licences: bool = False
    ) -> None:
        self.world = world
        self.to = to
        self.prices = book() if prices is None else prices
        self.draw = story.of_licences if licences else story.draw

    def run(
        self, seeds: Iterable[int], *, most_failures: int = 3, tell: Callable[[Tally], None] = lambda _: None
    ) -> Tally:
        """Live the stories of the seeds; a failing one is told as briefly as possible."""
        tally = Tally()
        for block in _blocks(seeds):
            clear()
            for seed in block:
                try:
                    self.live(self.draw(seed), tally)
                except Difference as difference:
                    tally.failures.append(self.explain(self.draw(seed), difference))
                    forget(numbers(self.draw(seed)))
                tally.seeds += 1
                if len(tally.failures) >= most_failures:
                    tell(tally)
                    return tally
            if wrong := _wrong():
                tally.failures.append(self._explain_books(block, wrong))
            tell(tally)
        return tally

    def live(self, told: Story, tally: Tally | None = None) -> None:
        """Raises Difference."""
        tally = Tally() if tally is None else tally
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM metering_sweep")
        callers = Callers(self.world, told, self.to)
        model = Model(self.prices, KINDS, told.contracts)
        rolled = any(isinstance(step.call, steps.Roll) for step in told.steps)
        for n, step in enumerate(told.steps):
            try:
                self._step(n, step, callers, model, tally)
            except (Error, psycopg.Error) as error:
                raise Difference(n, steps.briefly(f"step {n}: {step}"), repr(error), "an answer") from error
            with planned_once():
                self._compare_licences(n, step, callers, model)
        with planned_once():
            self._compare(callers, model, rolled=rolled)
            self._compare_derived(callers, model)
        later = max(one.end for terms in told.contracts for one in terms.cycles) + timedelta(days=90)
        for number in range(len(told.contracts)):  # at last everything that is open runs out
            for call in (steps.ExpireCampaigns(number, later), steps.Expire(number, later)):
                _same(None, call, callers.do(call), model.do(call))
        with planned_once():
            self._compare(callers, model, rolled=rolled)

    def _step(self, n: int, step: Step, callers: Callers, model: Model, tally: Tally) -> None:
        tally.steps += 1
        tally.faults[step.how] += 1
        tally.events += len(getattr(step.call, "events", getattr(step.call, "reports", "1")))
        match step.how:
            case "twin":
                assert step.beside is not None
                self._twin(n, step, step.beside, callers, model)
                return
            case "undone":
                forgotten = callers.undone(step)
                answer = model.do(step.call)
                _same(n, step.call, forgotten, answer)
                _same(n, step.call, callers.plain(step), answer)
                tally.words.update(_words(step.call, answer))
                return
            case "lost":
                _same(n, step.call, callers.plain(step), model.do(step.call))
            case "killed":
                try:
                    answer = callers.killed(step)
                except Killed:
                    tally.faults["killed in the middle"] += 1
                else:
                    _same(n, step.call, answer, model.do(step.call))
        answer = model.do(step.call)
        _same(n, step.call, callers.plain(step), answer)
        tally.words.update(_words(step.call, answer))

    def _twin(self, n: int, step: Step, beside: steps.Call, callers: Callers, model: Model) -> None:
        """The second waits for the first, or where they have nothing in common to wait for, comes before it: contract
        by contract, since that is what they wait for."""
        found = callers.together(step.call, beside, lane=step.lane)
        expected = model.do(step.call), model.do(beside)
        if _at_once(found) == _at_once(expected):
            return
        for first, later in _in_two(beside):
            calls = [call for call in (first, step.call, later) if call is not None]
            turned, answers = model.again(*calls)
            told = dict(zip(map(id, calls), answers, strict=True))
            if found == (told[id(step.call)], _merged(beside, first, later, told)):
                model.become(turned)
                return
        _same(n, step.call, found[0], expected[0])
        _same(n, beside, found[1], expected[1])

    @staticmethod
    def _compare_licences(n: int, step: Step, callers: Callers, model: Model) -> None:
        """Who is in and who waits after a step, and that they are not too many where somebody came in (LIC-2)."""
        for number, at in licences.moments(step).items():
            owner, pool = callers.ids[number], model.pools[number]
            found, expected = licences.stored(owner, at=at), licences.expected(pool, at=at)
            _same(n, f"people of {number} after {step}", found, expected)
            if pool.granted:
                _same(n, f"too many of {number} after {step}", found.beyond(pool.cap), 0)

    def _compare(self, callers: Callers, model: Model, *, rolled: bool) -> None:
        """Cycles and sends of the story's contracts."""
        for number, contract in enumerate(model.contracts):
            owner = callers.ids[number]
            booked = {one.cycle.start: one for one in queries.cycles(owner)}
            for cycle in contract.cycles:
                found = booked.pop(cycle.start)
                where = f"{cycle.start} of {number}"
                _same(None, f"cycle {where}", callers.balance(found), contract.balance(cycle))
                if rolled:
                    _same(None, f"use by route in cycle {where}", callers.use(found), contract.use(cycle))
            _same(None, f"cycles of {number}", booked, {})
            _same(None, f"sends of {number}", self._sends(owner), _sends(contract))
            kept = {event_key(name): astuple(one) for name, one in contract.kept.items()}
            _same(None, f"uncovered sends of {number}", _kept(owner), kept)

    def _compare_derived(self, callers: Callers, model: Model) -> None:
        """Levels and interactions."""
        for number, contract in enumerate(model.contracts):
            owner = callers.ids[number]
            told = sorted((t.cycle_start, t.raised, str(t.level)) for t in queries.thresholds(owner))
            _same(
                None,
                f"levels of {number}",
                told,
                sorted((c.start, *t) for c in contract.cycles for t in c.told),
            )
            opened = sorted(
                _rows(
                    "SELECT contact, channel, opened_at FROM metering_interaction WHERE contract_id = %s",
                    owner,
                )
            )
            expected = sorted(
                (event_key(contact), channel, at) for contact, channel, at in contract.all_opened()
            )
            _same(None, f"interactions of {number}", opened, expected)
            seen = {
                key
                for (key,) in _rows(
                    "SELECT event_id FROM metering_contact_event WHERE contract_id = %s", owner
                )
            }
            _same(None, f"contact events of {number}", seen, {event_key(name) for name in contract.seen})

    def _sends(self, owner: UUID) -> dict[object, object]:
        rows = _rows(
            "SELECT s.send_id, s.cycle_start, s.route_id, s.price_micro, s.left_micro, s.held_at, s.price_id,"
            " s.total_micro, s.campaign_id, t.outcome, t.settled_at, coalesce(s.units, 1), coalesce(f.units, 0),"
            " coalesce((SELECT min(k.drawn_micro) FROM metering_recount k"
            "           WHERE k.contract_id = s.contract_id AND k.send_id = s.send_id), t.drawn_micro) FROM metering_send s"
            " LEFT JOIN metering_free_send f ON f.contract_id = s.contract_id AND f.send_id = s.send_id"
            " LEFT JOIN metering_settlement t ON t.contract_id = s.contract_id AND t.send_id = s.send_id"
            " WHERE s.contract_id = %s",
            owner,
        )
        outcomes = (None, "sent", "rejected", "expired", "not_delivered")
        return {
            key: (
                (start, self.world.route_names[route], price, hot.left(left), held_at),
                (self.world.price_rows[row][2] if row else None, total, campaign),
                (outcomes[outcome or 0], settled_at, *more),
            )
            for key, start, route, price, left, held_at, row, total, campaign, outcome, settled_at, *more in rows
        }

    # -- explaining

    def explain(self, told: Story, difference: Difference) -> str:
        """The shortest story found that still fails, and how to see it again."""
        if difference.step is not None:
            told = replace(told, steps=told.steps[: difference.step + 1])
        kept, difference = self.shorten(told, difference)
        lines = [f"seed {told.seed}: {difference}", f"{len(kept.steps)} steps still fail:"]
        lines += [f"  {line}" for line in kept.lines()]
        return "\n".join([*lines, self._replay(told.seed)])

    def _replay(self, seed: int) -> str:
        more = " --licences" if self.draw is story.of_licences else ""
        return f"again: python -m tests.simulation --replay {seed}{more}"

    def shorten(self, told: Story, difference: Difference) -> tuple[Story, Difference]:
        """Leave out steps, then events of steps, as long as it still fails."""
        tries = TRIES
        for shorter in (_without_steps, _without_events):
            again = True
            while again:
                again = False
                for candidate in shorter(told):
                    tries -= 1
                    if tries < 0:
                        return told, difference
                    failed = self._fails(candidate)
                    if failed is not None:
                        told, difference, again = candidate, failed, True
                        break
        return told, difference

    def _fails(self, told: Story) -> Difference | None:
        forget(numbers(told))
        try:
            self.live(told)
        except Difference as difference:
            return difference
        return None

    def _explain_books(self, block: list[int], wrong: list[Any]) -> str:
        for seed in block:
            clear()
            self.live(self.draw(seed))
            if found := _wrong():
                return f"seed {seed}: the books are wrong: {found[:3]}\n{self._replay(seed)}"
        return f"seeds {block[0]} to {block[-1]}, only together: the books are wrong: {wrong[:3]}"


def _wrong() -> list[Any]:
    return [*check_metering(), *licences.wrong()]


def _kept(owner: UUID) -> dict[object, object]:
    rows = _rows(
        "SELECT send_id, why, price_micro, waits, withdrawn_at FROM metering_uncovered WHERE contract_id = %s",
        owner,
    )
    return {key: tuple(more) for key, *more in rows}


def _without_steps(told: Story) -> Iterator[Story]:
    size = len(told.steps) // 2
    while size:
        for first in range(0, len(told.steps), size):
            yield replace(told, steps=told.steps[:first] + told.steps[first + size :])
        size //= 2


def _without_events(told: Story) -> Iterator[Story]:
    for n, step in enumerate(told.steps):
        if step.how not in ("plain", "again"):
            yield replace(told, steps=(*told.steps[:n], replace(step, how="plain"), *told.steps[n + 1 :]))
        for part in ("events", "reports"):
            events = getattr(step.call, part, ())
            for left_out in range(len(events) if len(events) > 1 else 0):
                call = replace(step.call, **{part: events[:left_out] + events[left_out + 1 :]})  # type: ignore[arg-type]
                yield replace(told, steps=(*told.steps[:n], replace(step, call=call), *told.steps[n + 1 :]))


def _sends(contract: Contract) -> dict[object, object]:
    return {
        event_key(name): (
            (s.cycle.start, s.route, s.price, s.left, s.held_at),
            (s.price_from, s.total, s.campaign and event_key(s.campaign)),
            (s.outcome, s.settled_at, s.units, s.taken if s.outcome in (None, "sent") else 0, s.drawn),
        )
        for name, s in contract.sends.items()
    }


def _same(step: int | None, what: object, found: object, expected: object) -> None:
    if found == expected:
        return
    where = "at the end" if step is None else f"step {step}"
    if isinstance(found, dict) and isinstance(expected, dict):
        keys = [key for key in {**found, **expected} if found.get(key) != expected.get(key)]
        found, expected = ([(key, one.get(key)) for key in keys[:3]] for one in (found, expected))
    elif isinstance(found, list) and isinstance(expected, list) and len(found) == len(expected):
        places = [n for n in range(len(found)) if found[n] != expected[n]]
        found, expected = ([(n, one[n]) for n in places[:3]] for one in (found, expected))
    raise Difference(step, steps.briefly(f"{where}: {what}"), found, expected)


def _in_two(call: steps.Call) -> Iterator[tuple[steps.Call, steps.Call | None]]:
    """What of a call may come before another, and the rest: all of it, or all of some of its contracts."""
    yield call, None
    if isinstance(call, steps.BATCHES):
        owners = sorted({event.contract for event in call.events})
        for count in range(1, len(owners)):
            for some in combinations(owners, count):
                first = tuple(event for event in call.events if event.contract in some)
                later = tuple(event for event in call.events if event.contract not in some)
                yield replace(call, events=first), replace(call, events=later)


def _at_once(answers: Iterable[object]) -> list[object]:
    """What a campaign is told of an id that another call brings at that instant may be answered before it is known that
    the id is taken, where nothing is drawn either way: it has no line for it, or waits for what is delivered."""
    return [
        [("no_line", None) if one[:1] in (("clash",), ("waiting",)) else one for one in answer]
        if isinstance(answer, list)
        else answer
        for answer in answers
    ]


def _merged(whole: steps.Call, first: steps.Call, later: steps.Call | None, told: dict[int, Any]) -> object:
    """The answers to the parts in the order of the whole."""
    if later is None:
        return told[id(first)]
    ahead = {event.contract for event in first.events}
    before, after = iter(told[id(first)]), iter(told[id(later)])
    return [next(before if event.contract in ahead else after) for event in whole.events]


def _words(call: steps.Call, answer: object) -> list[str]:
    name = type(call).__name__
    answers = answer if isinstance(answer, list) else [answer]
    words = [one[0] if isinstance(one, tuple) else one for one in answers]
    return [f"{name} {one if isinstance(one, str) else 'answered'}" for one in words]


def _rows(statement: str, owner: UUID) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [owner])
        return list(cursor.fetchall())


def _blocks(seeds: Iterable[int]) -> Iterator[list[int]]:
    block: list[int] = []
    for seed in seeds:
        block.append(seed)
        if len(block) == BLOCK:
            yield block
            block = []
    if block:
        yield block
