from __future__ import annotations

from datetime import UTC, datetime

import pytest

from abono.domain.interactions import actions as interactions
from abono.domain.metering import actions as metering
from abono.domain.metering.types import HoldAnswer, HoldStatus, Outcome
from abono.kernel.ids import uuid7
from tests.domain.metering.world import (
    CENT,
    DAY,
    HOUR,
    JULY_1,
    JUNE_1,
    NOON,
    REAL,
    Contract,
    World,
    rows,
)


@pytest.mark.rule("PKG-1", part="its session price")
@pytest.mark.rule("PKG-1", part="several channels")
@pytest.mark.rule("PKG-5", part="one")
def test_each_send_sets_its_session_price_aside(padaria: Contract, world: World):
    # Package R$ 100 and as much again: 200.00 − 0.55 = 199.45; − 0.10 = 199.35.
    assert padaria.hold("first", world.whatsapp) == HoldAnswer(HoldStatus.HELD, 55 * CENT, 199_450_000)
    assert padaria.hold("second", world.sms) == HoldAnswer(HoldStatus.HELD, 10 * CENT, 199_350_000)
    cycle = padaria.cycle()
    assert (cycle.held_micro, cycle.used_micro, cycle.left_micro) == (650_000, 0, 199_350_000)


@pytest.mark.rule("PKG-2")
def test_changing_channels_inside_a_cycle_needs_nothing(padaria: Contract, world: World):
    answers = metering.hold(
        [
            padaria.request("a", world.whatsapp),
            padaria.request("b", world.sms),
            padaria.request("c", world.webchat),
            padaria.request("d", world.whatsapp),
        ]
    )
    assert [answer.status for answer in answers] == [HoldStatus.HELD] * 4
    assert padaria.cycle().held_micro == (55 + 10 + 0 + 55) * CENT  # one value for all of them


@pytest.mark.rule("PKG-3", part="lost at the end")
@pytest.mark.rule("PKG-3", part="full value next")
def test_what_is_left_does_not_move_into_the_next_cycle(padaria: Contract):
    padaria.hold_many(300)  # R$ 30 of 100
    assert padaria.hold("the last instant", at=JULY_1.replace(microsecond=0)).left_micro == 199_900_000
    june, july = padaria.cycle(JULY_1 - HOUR), padaria.cycle(JULY_1)
    assert (june.total_micro, june.unused_micro) == (30 * REAL, 70 * REAL)
    assert (july.value_micro, july.total_micro) == (100 * REAL, 10 * CENT)  # the full value again, not 170


@pytest.mark.rule("TIM-3", "PKG-3")
def test_the_instant_of_the_border_belongs_to_the_cycle_that_it_starts(padaria: Contract):
    padaria.hold("last of June", at=JULY_1.replace(hour=2, minute=59, second=59, microsecond=999_999))
    padaria.hold("first of July", at=JULY_1)
    assert padaria.cycle(JUNE_1).held_micro == 10 * CENT
    assert padaria.cycle(JULY_1).held_micro == 10 * CENT


def test_a_moment_before_the_first_cycle_or_after_the_last_has_no_cycle(padaria: Contract):
    for at in (JUNE_1 - HOUR, JULY_1 + 60 * DAY):
        assert padaria.hold("early or late", at=at) == HoldAnswer(HoldStatus.NO_CYCLE, None, None)
    assert rows("metering_send") == 0


def test_an_unknown_contract_has_no_cycle(padaria: Contract, world: World):
    stranger = Contract(uuid7(), world)
    assert stranger.hold("x").status is HoldStatus.NO_CYCLE
    assert rows("metering_send") == 0


@pytest.mark.rule("CAT-3", part="no row, no send")
def test_a_missing_price_refuses_the_send_and_is_never_free(padaria: Contract, world: World):
    for route in (world.unpriced, -1):
        assert padaria.hold("x", route) == HoldAnswer(HoldStatus.NO_PRICE, None, None)
    assert rows("metering_send") == 0
    assert padaria.cycle().total_micro == 0


@pytest.mark.rule("CAT-6", part="row in force when it happened")
@pytest.mark.rule("PKG-8", part="fixed when held")
@pytest.mark.rule("PKG-8", part="list changes before delivery")
def test_a_send_has_the_price_in_force_at_its_moment_for_ever(padaria: Contract, world: World):
    change = JUNE_1 + 5 * DAY
    world.price(world.brl_100, world.sms, 12 * CENT, since=change)
    before = padaria.hold("before", at=change - HOUR)
    after = padaria.hold("after", at=change)  # the boundary belongs to the new price
    assert (before.price_micro, after.price_micro) == (10 * CENT, 12 * CENT)
    world.price(world.brl_100, world.sms, 20 * CENT, since=change + DAY)
    padaria.settle("before", at=change + 2 * DAY)
    assert (
        padaria.cycle().used_micro == 10 * CENT
    )  # settled after two changes, drawn at the price of the hold


@pytest.mark.rule("LIM-1", part="past the package to the limit")
def test_sending_goes_on_past_the_package_up_to_the_limit(world: World):
    contract = world.contract(value=1)  # R$ 1 and a limit of R$ 1 again: 20 SMS at 0.10
    answers = contract.hold_many(20)
    assert [answer.status for answer in answers] == [HoldStatus.HELD] * 20
    cycle = contract.cycle()
    assert (cycle.total_micro, cycle.left_micro) == (2 * REAL, 0)
    for n in range(20):
        contract.settle(f"many {n}")
    assert contract.cycle().overage_micro == 1 * REAL


@pytest.mark.rule("LIM-1", part="unlimited")
def test_without_a_limit_nothing_blocks_and_nothing_is_said_to_be_left(world: World):
    contract = world.contract(value=1, limit_percent=None)
    answers = contract.hold_many(50)
    assert {(answer.status, answer.left_micro) for answer in answers} == {(HoldStatus.HELD, None)}
    assert contract.cycle().left_micro is None


@pytest.mark.rule("LIM-2", part="refused, nothing drawn")
@pytest.mark.rule("LIM-2", part="blocked")
def test_the_send_that_would_pass_the_limit_is_refused_and_blocks_all_that_cost(world: World):
    contract = world.contract(value=1, limit_percent=0)  # R$ 1.00
    assert contract.hold("a", world.whatsapp).left_micro == 45 * CENT
    refused = contract.hold("b", world.whatsapp)  # 0.55 does not fit into 0.45
    assert refused == HoldAnswer(HoldStatus.BLOCKED, 55 * CENT, 45 * CENT)
    assert (
        contract.hold("c", world.sms).status is HoldStatus.BLOCKED
    )  # 0.10 would fit, but sending is blocked
    cycle = contract.cycle()
    assert (cycle.total_micro, cycle.blocked_at, cycle.sending_state.value) == (55 * CENT, NOON, "blocked")
    assert rows("metering_send") == 1


@pytest.mark.rule("LIM-2", part="free replies go on")
def test_replies_of_price_zero_go_on_while_sending_is_blocked(world: World):
    contract = world.contract(value=1, limit_percent=0)
    contract.hold_many(11)
    assert contract.cycle().blocked_at is not None
    assert contract.hold("reply", world.webchat) == HoldAnswer(HoldStatus.HELD, 0, 0)


@pytest.mark.rule("PKG-7", part="one by one in order")
def test_a_batch_is_answered_send_by_send_in_its_order(world: World):
    contract = world.contract(value=1, limit_percent=0)
    answers = metering.hold(
        [
            contract.request("a", world.whatsapp),  # 0.55, left 0.45
            contract.request("b", world.unpriced),
            contract.request("c", world.answer),  # 0.30, left 0.15
            contract.request("d", world.answer),  # does not fit: blocked from here on
            contract.request("e", world.sms),
            contract.request("f", world.webchat),  # price 0
        ]
    )
    assert [(a.status.name, a.left_micro) for a in answers] == [
        ("HELD", 45 * CENT),
        ("NO_PRICE", None),
        ("HELD", 15 * CENT),
        ("BLOCKED", 15 * CENT),
        ("BLOCKED", 15 * CENT),
        ("HELD", 15 * CENT),
    ]


@pytest.mark.rule("PKG-7", part="several customers")
def test_sends_of_several_customers_in_one_batch_do_not_touch_one_another(
    padaria: Contract, luna: Contract, world: World
):
    small = world.contract(value=1, limit_percent=0)
    batch = [c.request(f"{n}", world.whatsapp) for n in range(3) for c in (luna, small, padaria)]
    names = [answer.status.name for answer in metering.hold(batch)]
    assert names == ["HELD", "HELD", "HELD", "HELD", "BLOCKED", "HELD", "HELD", "BLOCKED", "HELD"]
    assert [c.cycle().held_micro for c in (luna, small, padaria)] == [165 * CENT, 55 * CENT, 165 * CENT]


@pytest.mark.rule("PKG-7")
def test_a_batch_across_the_border_of_two_cycles_draws_on_both(padaria: Contract):
    batch = [padaria.request(f"{n}", at=JULY_1 + (n % 2 - 1) * HOUR) for n in range(10)]
    metering.hold(batch)
    assert padaria.cycle(JULY_1 - HOUR).held_micro == 5 * 10 * CENT
    assert padaria.cycle(JULY_1).held_micro == 5 * 10 * CENT


@pytest.mark.rule("PKG-9", part="same content")
def test_the_same_id_with_the_same_content_gets_the_first_answer(padaria: Contract, world: World):
    first = padaria.hold("order 17", world.whatsapp)
    padaria.hold("order 18", world.whatsapp)
    again = padaria.hold("order 17", world.whatsapp, at=NOON + HOUR)
    assert again == HoldAnswer(HoldStatus.REPLAYED, first.price_micro, first.left_micro)
    assert padaria.cycle().held_micro == 2 * 55 * CENT


@pytest.mark.rule("PKG-9", part="other content")
def test_the_same_id_with_other_content_is_refused(padaria: Contract, world: World):
    padaria.hold("order 17", world.whatsapp)
    assert padaria.hold("order 17", world.sms).status is HoldStatus.CLASH
    assert padaria.cycle().held_micro == 55 * CENT


@pytest.mark.rule("PKG-9")
def test_one_id_twice_in_a_batch_is_one_send(padaria: Contract, world: World):
    answers = metering.hold(
        [
            padaria.request("x", world.sms),
            padaria.request("y", world.sms),
            padaria.request("x", world.sms),
            padaria.request("x", world.whatsapp),
        ]
    )
    assert [a.status.name for a in answers] == ["HELD", "HELD", "REPLAYED", "CLASH"]
    assert answers[2].left_micro == answers[0].left_micro
    assert rows("metering_send") == 2


def test_ten_thousand_times_one_id_in_a_batch_is_one_send(padaria: Contract):
    answers = metering.hold([padaria.request("x")] * 10_000)
    assert [answers[0].status, answers[-1].status] == [HoldStatus.HELD, HoldStatus.REPLAYED]
    assert rows("metering_send") == 1


@pytest.mark.rule("PKG-9")
def test_a_refused_id_may_be_tried_again(world: World):
    contract = world.contract(value=1, limit_percent=0)
    contract.hold_many(10)
    assert contract.hold("again").status is HoldStatus.BLOCKED
    contract.settle("many 0", Outcome.REJECTED)
    assert contract.hold("again").status is HoldStatus.HELD


@pytest.mark.rule("PKG-9", "CON-7")
def test_ids_of_two_contracts_are_not_the_same_id(padaria: Contract, luna: Contract):
    assert padaria.hold("1").status is HoldStatus.HELD
    assert luna.hold("1").status is HoldStatus.HELD


def test_any_text_may_be_an_id(padaria: Contract):
    for name in ("", 'quote " and \\ backslash', "{NULL}", "NULL", "línea\n2", "é" * 200, str(uuid7())):
        assert padaria.hold(name).status is HoldStatus.HELD
        assert padaria.hold(name).status is HoldStatus.REPLAYED


def test_a_price_beyond_any_package_is_refused_not_overflown(padaria: Contract, world: World):
    world.price(world.brl_100, world.unpriced, 2**63 - 1, since=datetime(2020, 1, 1, tzinfo=UTC))
    assert padaria.hold("x", world.unpriced).status is HoldStatus.BLOCKED
    assert padaria.cycle().total_micro == 0


def test_nothing_is_asked_and_nothing_is_answered(db: None):
    assert metering.hold([]) == []
    assert metering.record([]) == []
    assert metering.settle([]) == []
    assert interactions.observe([]) == []
