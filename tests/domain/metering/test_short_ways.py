"""Many contracts in one call are answered as each contract by itself would be: the short way is only shorter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.db import connection
from hypothesis import example, given
from hypothesis import strategies as st

from abono.domain.metering import actions as metering
from abono.domain.metering.types import HoldAnswer, HoldRequest, HoldStatus, Outcome, SettleRequest
from tests.domain.metering.world import CENT, DAY, HOUR, JULY_1, NOON, REAL, Contract, World
from tests.examples import through_the_database

MOMENTS = [NOON, NOON + HOUR, JULY_1, JULY_1 - HOUR, JULY_1 + 60 * DAY]


def _by_itself(requests: Sequence[HoldRequest]) -> list[HoldAnswer]:
    """The rule itself, contract by contract; answers in the order of the requests."""
    found: dict[int, HoldAnswer] = {}
    for contract_id in sorted({request.contract_id for request in requests}):
        places = [n for n, request in enumerate(requests) if request.contract_id == contract_id]
        mine = [requests[n] for n in places]
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT status, price, remaining FROM metering_hold_contract_v1(%s, %s::uuid[], %s, %s, %s::text[],"
                " %s::smallint[], '{}', '{}')",
                [
                    contract_id,
                    [one.send_id for one in mine],
                    [one.route_id for one in mine],
                    [one.at for one in mine],
                    [one.reference for one in mine],
                    [one.units for one in mine],
                ],
            )
            for n, status, price, left in zip(places, *cursor.fetchone(), strict=True):
                found[n] = HoldAnswer(HoldStatus(status), price, left)
    return [found[n] for n in range(len(requests))]


def _contracts(world: World) -> list[Contract]:
    """With room; about to be warned; about to be blocked; blocked; capped; with a budget for SMS."""
    made = [
        world.contract(),
        *(world.contract(value=1) for _ in range(3)),
        world.contract(),
        world.contract(),
    ]
    _, warned, tight, blocked, capped, budgeted = made
    warned.hold_many(7, name="before")
    tight.hold_many(18, name="before")
    blocked.hold_many(21, name="before")
    _set(capped, "cap_micro = %s", 25 * CENT)
    _set(budgeted, "budgeted = true")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO metering_channel_budget SELECT contract_id, cycle_start, 'sms', %s FROM metering_cycle"
            " WHERE contract_id = %s",
            [25 * CENT, budgeted.id],
        )
    return made


def _set(contract: Contract, change: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE metering_cycle SET {change} WHERE contract_id = %s", [*values, contract.id])


@pytest.mark.rule("PKG-7")
@pytest.mark.rule("PKG-9")
@given(
    batches=st.lists(
        st.lists(
            st.tuples(st.integers(0, 6), st.integers(0, 5), st.integers(0, 3), st.sampled_from(MOMENTS)),
            min_size=1,
            max_size=20,
        ),
        min_size=1,
        max_size=3,
    )
)
@example(batches=[[(0, 0, 0, MOMENTS[0]), (0, 0, 3, MOMENTS[0]), (0, 0, 0, JULY_1)]])  # one id in two cycles
@through_the_database(60)
def test_a_batch_of_many_contracts_is_answered_as_each_by_itself(world: World, batches: list[list[tuple]]):
    routes = [world.sms, world.whatsapp, world.webchat, world.unpriced]
    stranger = Contract(world.contract().id, world)
    together, alone = [*_contracts(world), stranger], [*_contracts(world), stranger]
    for batch in batches:
        asked = [
            (which, together[which].request(f"{name}", routes[route], at=at))
            for which, name, route, at in batch
            if which < 6
        ]
        twins = [replace(request, contract_id=alone[which].id) for which, request in asked]
        answers = metering.hold([request for _, request in asked])
        expected = _by_itself(twins)
        assert [answer.status for answer in answers] == [answer.status for answer in expected]
        assert [answer.price_micro for answer in answers] == [answer.price_micro for answer in expected]
        assert [answer.left_micro for answer in answers] == [answer.left_micro for answer in expected]
    for one, other in zip(together, alone, strict=True):
        assert replace(one.cycle(), contract_id=other.id) == other.cycle()
        assert one.levels() == other.levels()


def test_the_first_of_many_may_be_unknown(padaria: Contract, luna: Contract):
    nobody = Contract(padaria.id.__class__(int=0), padaria.world)
    answers = metering.hold(
        [nobody.request("a"), luna.request("b"), padaria.request("c", padaria.world.whatsapp)]
    )
    assert [answer.status for answer in answers] == [HoldStatus.NO_CYCLE, HoldStatus.HELD, HoldStatus.HELD]
    assert (luna.cycle().held_micro, padaria.cycle().held_micro) == (10 * CENT, 55 * CENT)


@pytest.mark.rule("LIM-5", part="cap")
def test_a_cap_stops_what_would_pass_it_and_blocks_nothing(padaria: Contract):
    _set(padaria, "cap_micro = %s", 25 * CENT)
    assert [answer.status for answer in padaria.hold_many(4)] == [HoldStatus.HELD] * 2 + [
        HoldStatus.CAPPED
    ] * 2
    assert padaria.hold("answer", padaria.world.webchat).status is HoldStatus.HELD  # price 0
    assert padaria.cycle().blocked_at is None
    _set(padaria, "cap_micro = NULL")
    assert padaria.hold("again").status is HoldStatus.HELD


@pytest.mark.rule("LIM-5", part="budget per channel")
def test_a_budget_stops_its_channel_and_no_other(padaria: Contract):
    _set(padaria, "budgeted = true")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO metering_channel_budget SELECT contract_id, cycle_start, 'sms', %s FROM metering_cycle",
            [25 * CENT],
        )
    statuses = [answer.status for answer in padaria.hold_many(4)]
    assert statuses == [HoldStatus.HELD] * 2 + [HoldStatus.OVER_BUDGET] * 2
    assert padaria.hold("other", padaria.world.whatsapp).status is HoldStatus.HELD
    padaria.settle("many 0", Outcome.REJECTED)  # gives its part of the budget back
    assert padaria.hold("in its place").status is HoldStatus.HELD
    assert padaria.hold("one more").status is HoldStatus.OVER_BUDGET


@pytest.mark.rule("PKG-8")
def test_a_send_keeps_its_row_of_the_price_list_and_the_total_after_it(padaria: Contract, luna: Contract):
    padaria.world.price(padaria.world.brl_100, padaria.world.sms, 12 * CENT, since=NOON)
    metering.hold(
        [padaria.request("before", at=NOON - HOUR), padaria.request("after"), luna.request("other")]
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.price_micro, p.price_micro, p.valid_from, s.total_micro FROM metering_send s"
            " JOIN catalog_sessionprice p ON p.id = s.price_id WHERE s.contract_id = %s ORDER BY s.held_at",
            [padaria.id],
        )
        assert cursor.fetchall() == [
            (10 * CENT, 10 * CENT, datetime(2020, 1, 1, tzinfo=UTC), 10 * CENT),
            (12 * CENT, 12 * CENT, NOON, 22 * CENT),
        ]


@pytest.mark.rule("PKG-6")
def test_prices_at_the_end_of_the_range_of_numbers_are_refused_like_others(padaria: Contract):
    world = padaria.world
    for route in (world.unpriced, world.sms):
        world.price(world.brl_100, route, 2**63 - 1, since=NOON - HOUR)
    answers = metering.hold(
        [padaria.request(f"{n}", route) for n, route in enumerate([world.unpriced, world.sms] * 3)]
    )
    assert {answer.status for answer in answers} == {HoldStatus.BLOCKED}
    assert padaria.cycle().held_micro == 0


@pytest.mark.rule("PKG-4")
def test_settlements_of_many_contracts_are_answered_one_by_one(padaria: Contract, luna: Contract):
    metering.hold([padaria.request("a"), luna.request("b"), padaria.request("c"), luna.request("d")])
    luna.settle("d", Outcome.REJECTED)

    def outcome(contract: Contract, name: str, ended: Outcome) -> SettleRequest:
        request = contract.request(name)
        return SettleRequest(request.contract_id, request.send_id, ended, NOON + HOUR)

    answers = metering.settle(
        [
            outcome(luna, "nobody", Outcome.SENT),
            outcome(padaria, "a", Outcome.SENT),
            outcome(luna, "d", Outcome.SENT),
            outcome(luna, "b", Outcome.REJECTED),
            outcome(padaria, "a", Outcome.SENT),
            outcome(padaria, "c", Outcome.SENT),
        ]
    )
    assert [answer.status.name for answer in answers] == [
        "UNKNOWN_SEND", "SETTLED", "CLASH", "SETTLED", "REPLAYED", "SETTLED",
    ]  # fmt: skip
    assert (padaria.cycle().used_micro, padaria.cycle().held_micro) == (20 * CENT, 0)
    assert (luna.cycle().used_micro, luna.cycle().held_micro) == (0, 0)
    assert padaria.cycle().left_micro == 200 * REAL - 20 * CENT
