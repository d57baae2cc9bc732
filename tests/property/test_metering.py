"""The SQL functions against the obvious model: the same calls, the same answers, the same books."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abono.domain.interactions.actions import observe
from abono.domain.metering import actions as metering
from abono.domain.metering import queries
from abono.domain.metering.types import HoldRequest, Outcome, SettleRequest, keyed
from abono.kernel.ids import event_key
from tests.domain.metering.world import (
    CENT,
    JULY,
    JULY_1,
    JUNE,
    JUNE_1,
    REAL,
    Contract,
    World,
    books_are_clean,
)
from tests.examples import through_the_database
from tests.property.metering_model import Model, ModelCycle, interactions

PRICES = {"whatsapp": 55 * CENT, "sms": 10 * CENT, "answer": 30 * CENT, "webchat": 0}
RAISED = {"whatsapp": 53 * CENT, "sms": 8 * CENT, "answer": 30 * CENT, "webchat": 0}
ROUTES = [*PRICES, "unpriced"]

names = st.sampled_from([f"send {n}" for n in range(12)])
moments = st.sampled_from([JUNE_1 - timedelta(hours=1), JUNE_1, JULY_1 - timedelta(hours=1), JULY_1])
events = st.lists(st.tuples(names, st.sampled_from(ROUTES), moments), min_size=1, max_size=8).map(
    lambda found: _each_at_one_moment(found)
)
outcomes = st.lists(st.tuples(names, st.sampled_from(list(Outcome))), min_size=1, max_size=8)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("hold"), events),
        st.tuples(st.just("hold"), events),
        st.tuples(st.just("record"), events),
        st.tuples(st.just("settle"), outcomes),
        st.tuples(st.just("expire"), moments),
        st.tuples(st.just("raise"), st.sampled_from([JUNE_1, JULY_1])),
        st.tuples(st.just("open limit"), st.sampled_from([JUNE_1, JULY_1])),
    ),
    max_size=14,
)
slow = through_the_database(60)


@pytest.fixture
def world(db: None) -> World:
    return World()


@pytest.mark.rule("PKG-4", "PKG-5", "PKG-6", "PKG-7", "PKG-9", "LIM-1", "LIM-2", "LIM-3", "LIM-4")
@slow
@given(steps=steps)
def test_any_calls_in_any_order_do_what_the_model_does(world: World, steps: list[tuple[str, object]]):
    contract = world.contract(value=1)
    model = Model([ModelCycle(period, PRICES, 1 * REAL, 2 * REAL) for period in (JUNE, JULY)])
    for name, argument in steps:
        _step(contract, model, name, argument)
        for cycle in model.cycles:
            found = contract.cycle(cycle.period.start)
            assert (found.held_micro, found.used_micro) == (model.held(cycle), model.used(cycle))
            assert (found.ceiling_micro, found.blocked_at is not None) == (cycle.ceiling, cycle.blocked)
            assert found.total_micro <= found.ceiling_micro
    told = sorted((t.cycle_start, str(t.level), t.raised) for t in queries.thresholds(contract.id))
    assert told == sorted((c.period.start, *crossing) for c in model.cycles for crossing in c.told)
    assert books_are_clean()


def _each_at_one_moment(
    events: list[tuple[str, str, datetime]],
) -> list[tuple[str, str, datetime]]:
    """A call is made at one moment: which cycle an id goes to that comes in two at once, no rule says."""
    first: dict[str, datetime] = {}
    return [(name, route, first.setdefault(name, at)) for name, route, at in events]


def _step(contract: Contract, model: Model, name: str, argument: Any) -> None:
    match name:
        case "hold":
            answers = metering.hold([_request(contract, *event) for event in argument])
            assert [(a.status, a.price_micro, a.left_micro) for a in answers] == [
                model.hold(*event) for event in argument
            ]
        case "record":
            answers = metering.record([_request(contract, *event) for event in argument])
            assert [a.status for a in answers] == [model.record(*event) for event in argument]
        case "settle":
            requests = [SettleRequest(contract.id, event_key(n), outcome, JULY_1) for n, outcome in argument]
            settled = metering.settle(requests)
            assert [(a.status, a.price_micro) for a in settled] == [
                model.settle(*event) for event in argument
            ]
        case "expire":
            assert metering.expire(now=argument, contract_id=contract.id) == model.expire(argument)
        case "raise":
            contract.raise_to_250(at=argument)
            cycle = model.cycle_at(argument)
            assert cycle is not None
            model.raise_package(cycle, RAISED, 250 * REAL, 500 * REAL)
        case "open limit":
            metering.open_one_more_limit(contract_id=contract.id, at=argument, extra_micro=REAL)
            cycle = model.cycle_at(argument)
            assert cycle is not None
            model.open_limit(cycle, REAL)


def _request(contract: Contract, name: str, route: str, at: datetime) -> HoldRequest:
    key, reference = keyed(name)
    return HoldRequest(contract.id, key, getattr(contract.world, route), at, reference)


@pytest.mark.rule("INT-1")
@pytest.mark.rule("INT-7", part="any order, with repeats")
@slow
@given(
    hours=st.lists(st.integers(0, 24 * 40), min_size=1, max_size=25),
    order=st.randoms(use_true_random=False),
    size=st.integers(1, 6),
)
def test_events_in_any_order_and_any_batches_make_the_same_interactions(world, hours, order, size):
    contract = world.contract()
    named = [(f"{n}", JUNE_1 + timedelta(hours=hour)) for n, hour in enumerate(hours)]
    arriving = named + named[: len(named) // 3]  # some come twice
    order.shuffle(arriving)
    for start in range(0, len(arriving), size):
        observe([contract.event(name, at, now=at) for name, at in arriving[start : start + size]])
    expected = interactions([at for _, at in named])
    for period in (JUNE, JULY):
        assert contract.cycle(period.start).interactions == sum(at in period for at in expected)
    assert books_are_clean()
