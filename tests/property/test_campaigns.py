"""Campaign holds and plain sends on one contract, against the obvious model."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abono.domain.campaigns import rules as campaign_rules
from abono.domain.campaigns.errors import CampaignClash, CampaignDoesNotFit
from abono.domain.campaigns.queries import estimate
from abono.domain.campaigns.types import CampaignState, Wish
from abono.domain.metering.errors import NoCycle
from abono.domain.metering.types import Outcome
from abono.kernel.errors import Refusal
from tests.domain.campaigns.world import Campaigns
from tests.domain.metering.world import (
    CENT,
    DAY,
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
from tests.property.campaign_model import CampaignModel
from tests.property.metering_model import ModelCycle

PRICES = {"whatsapp": 55 * CENT, "sms": 10 * CENT, "answer": 30 * CENT, "webchat": 0}
RAISED = {"whatsapp": 53 * CENT, "sms": 8 * CENT, "answer": 30 * CENT, "webchat": 0}

names = st.sampled_from(["spring", "autumn", "winter"])
sends = st.sampled_from([f"send {n}" for n in range(15)])
routes = st.sampled_from([*PRICES, *PRICES, "unpriced"])
moments = st.sampled_from(
    [JUNE_1 - timedelta(hours=1), JUNE_1, JULY_1 - timedelta(hours=1), JULY_1, JULY_1 + 8 * DAY]
)
lines = st.lists(
    st.tuples(routes, st.integers(1, 12)), min_size=1, max_size=3, unique_by=lambda line: line[0]
)
reports = st.lists(
    st.tuples(sends, routes, st.sampled_from([Outcome.SENT, Outcome.SENT, Outcome.REJECTED])),
    min_size=1,
    max_size=10,
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("hold campaign"), st.tuples(names, lines, moments)),
        st.tuples(st.just("settle campaign"), st.tuples(names, reports)),
        st.tuples(st.just("settle campaign"), st.tuples(names, reports)),
        st.tuples(st.just("close"), st.tuples(names, st.booleans())),
        st.tuples(st.just("extend"), st.tuples(names, moments)),
        st.tuples(st.just("expire"), moments),
        st.tuples(st.just("hold"), st.tuples(sends, routes, moments)),
        st.tuples(st.just("record"), st.tuples(sends, routes, moments)),
        st.tuples(st.just("settle"), st.tuples(sends, st.sampled_from(list(Outcome)))),
        st.tuples(st.just("raise"), st.sampled_from([JUNE_1, JULY_1])),
    ),
    max_size=20,
)
slow = through_the_database(60)


@pytest.fixture
def world(db: None) -> World:
    return World()


@pytest.mark.rule("PKG-4", "PKG-5", "PKG-6", "PKG-7", "PKG-8", "PKG-9", "LIM-2", "LIM-3")
@slow
@given(steps=steps, slice_places=st.sampled_from([1, 3, 1_000]))
def test_campaigns_and_sends_in_any_order_do_what_the_model_does(
    world: World, steps: list[tuple[str, Any]], slice_places: int
):
    contract = world.contract(value=2)
    spring = Campaigns(contract, slice_places=slice_places)
    model = CampaignModel([ModelCycle(period, PRICES, 2 * REAL, 4 * REAL) for period in (JUNE, JULY)])
    for name, argument in steps:
        _step(spring, model, name, argument)
        for cycle in model.cycles:
            found = contract.cycle(cycle.period.start)
            assert (found.held_micro, found.used_micro) == (model.held(cycle), model.used(cycle))
            assert (found.ceiling_micro, found.blocked_at is not None) == (cycle.ceiling, cycle.blocked)
            assert found.total_micro <= found.ceiling_micro
    assert books_are_clean()
    for name, campaign in model.campaigns.items():
        held = spring.find(name)
        assert held.state is campaign.state
        assert spring.counts(name) == [
            (count, campaign.sent(route), campaign.sent(route, Outcome.REJECTED))
            for route, count in campaign.lines
        ]
    told = sorted(contract.levels())
    assert told == sorted(crossing for cycle in model.cycles for crossing in cycle.told)


def _step(spring: Campaigns, model: CampaignModel, name: str, argument: Any) -> None:
    contract, world = spring.contract, spring.contract.world
    match name, argument:
        case "hold campaign", (campaign, wanted, at):
            wishes = [(getattr(world, route), count) for route, count in wanted]
            assert _hold(spring, campaign, wishes, at) == model.hold_campaign(campaign, wanted, at)
        case "settle campaign" | "close" | "extend", (campaign, *_) if campaign not in model.campaigns:
            pass  # never held: the domain's tests say what is answered
        case "settle campaign", (campaign, told):
            answers = spring.settle_all(
                [(send, getattr(world, route), outcome) for send, route, outcome in told], name=campaign
            )
            assert [(a.status, a.price_micro) for a in answers] == [
                model.settle_campaign(campaign, *report) for report in told
            ]
        case "close", (campaign, cancelled):
            state = CampaignState.CANCELLED if cancelled else CampaignState.CLOSED
            assert spring.close(name=campaign, cancelled=cancelled) is model.end_campaign(campaign, state)
        case "extend", (campaign, until):
            assert _extend(spring, campaign, until) == model.extend_campaign(campaign, until)
        case "expire", now:
            assert spring.expire(now) == model.expire_campaigns(now)
        case "hold", (send, route, at):
            answer = contract.hold(send, getattr(world, route), at=at)
            assert (answer.status, answer.price_micro, answer.left_micro) == model.hold(send, route, at)
        case "record", (send, route, at):
            assert contract.record(send, getattr(world, route), at=at).status is model.record(send, route, at)
        case "settle", (send, outcome):
            settled = contract.settle(send, outcome)
            assert (settled.status, settled.price_micro) == model.settle(send, outcome)
        case "raise", at:
            contract.raise_to_250(at=at)
            cycle = model.cycle_at(at)
            assert cycle is not None
            model.raise_package(cycle, RAISED, 250 * REAL, 500 * REAL)


def _hold(spring: Campaigns, name: str, wishes: list[tuple[int, int]], at: Any) -> object:
    """As the model answers. What an estimate says beforehand is what the hold then does."""
    before = _estimate(spring.contract, wishes, at)
    refusal: Refusal | None = None
    try:
        answer = spring.hold(*wishes, name=name, at=at)
    except Refusal as refused:
        refusal = refused
    if isinstance(refusal, CampaignDoesNotFit):
        assert before is not None
        assert tuple(line.fits for line in before.lines) == refusal.fits
        return "CampaignDoesNotFit", refusal.fits
    if refusal is not None:
        assert before is None or not before.holdable or isinstance(refusal, CampaignClash)
        return type(refusal).__name__
    if not answer.replayed:
        assert before is not None
        assert (before.holdable, before.amount_micro) == (True, answer.total_micro)
        assert before.left_micro == answer.left_micro
    return answer.replayed, list(answer.prices_micro), answer.total_micro, answer.left_micro


def _estimate(contract: Contract, wishes: list[tuple[int, int]], at: Any) -> Any:
    try:
        return estimate(contract_id=contract.id, wishes=[Wish(*wish) for wish in wishes], at=at)
    except NoCycle:
        return None


def _extend(spring: Campaigns, name: str, until: Any) -> object:
    try:
        return spring.extend(until, name=name)
    except Refusal as refused:
        return type(refused).__name__


@pytest.mark.rule("PKG-11", "LIM-1")
@given(
    counts=st.lists(st.integers(1, 40), min_size=1, max_size=4),
    prices=st.lists(st.sampled_from([None, 0, 1, 3, 7, 50]), min_size=4, max_size=4),
    package=st.integers(0, 200),
    beyond=st.integers(0, 200),
    blocked=st.booleans(),
)
def test_an_estimate_is_what_sending_one_by_one_would_do(counts, prices, package, beyond, blocked):
    wishes = [Wish(n, count) for n, count in enumerate(counts)]
    prices = prices[: len(wishes)]
    found = campaign_rules.estimate_lines(
        wishes, prices, package_micro=package, room_micro=package + beyond, blocked=blocked
    )
    left, room = package, package + beyond
    for wish, price, line in zip(wishes, prices, found, strict=True):
        within = fits = 0
        for _ in range(wish.count):
            if price is None:
                continue
            paid = min(price, left)  # the package is used up before the overage begins
            left, within = left - paid, within + paid
            if price == 0 or (not blocked and price <= room):
                room, fits = room - price, fits + 1
        amount = wish.count * (price or 0)
        assert (line.amount_micro, line.package_micro, line.overage_micro) == (
            amount,
            within,
            amount - within,
        )
        assert line.fits == fits
