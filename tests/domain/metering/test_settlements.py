from __future__ import annotations

import pytest

from abono.domain.metering import actions as metering
from abono.domain.metering.types import HoldStatus, Outcome, SettleAnswer, SettleRequest, SettleStatus
from abono.kernel.ids import event_key
from tests.domain.metering.world import CENT, DAY, HOUR, JULY_1, JUNE_1, NOON, Contract, World, rows


@pytest.mark.rule("PKG-4", part="sent draws")
def test_sent_draws_the_price_of_the_hold(padaria: Contract):
    padaria.hold("a")
    assert padaria.settle("a") == SettleAnswer(SettleStatus.SETTLED, 10 * CENT)
    cycle = padaria.cycle()
    assert (cycle.held_micro, cycle.used_micro) == (0, 10 * CENT)


@pytest.mark.rule("PKG-4", part="rejected releases")
def test_rejected_draws_nothing_and_releases_its_hold(padaria: Contract):
    padaria.hold("a")
    assert padaria.settle("a", Outcome.REJECTED).status is SettleStatus.SETTLED
    cycle = padaria.cycle()
    assert (cycle.held_micro, cycle.used_micro, cycle.left_micro) == (0, 0, 200_000_000)


@pytest.mark.rule("PKG-4", part="again draws nothing")
def test_the_same_status_again_draws_nothing(padaria: Contract):
    padaria.hold("a")
    padaria.settle("a")
    assert padaria.settle("a", at=NOON + HOUR) == SettleAnswer(SettleStatus.REPLAYED, 10 * CENT)
    assert padaria.cycle().used_micro == 10 * CENT
    assert rows("metering_settlement") == 1


@pytest.mark.rule("PKG-4")
@pytest.mark.parametrize(
    ("first", "second"), [(Outcome.SENT, Outcome.REJECTED), (Outcome.REJECTED, Outcome.SENT)]
)
def test_a_settled_send_keeps_its_outcome(padaria: Contract, first: Outcome, second: Outcome):
    padaria.hold("a")
    padaria.settle("a", first)
    before = padaria.cycle()
    assert padaria.settle("a", second).status is SettleStatus.CLASH
    assert padaria.cycle() == before


def test_an_unknown_send_settles_nothing(padaria: Contract, luna: Contract):
    luna.hold("hers")
    assert padaria.settle("hers") == SettleAnswer(SettleStatus.UNKNOWN_SEND, None)
    assert luna.cycle().held_micro == 10 * CENT


def test_a_batch_of_settlements_is_answered_in_its_order(padaria: Contract, luna: Contract, world: World):
    metering.hold([padaria.request("a"), luna.request("a", world.whatsapp), padaria.request("b")])
    answers = metering.settle(
        [
            SettleRequest(contract.id, event_key(name), outcome, NOON)
            for contract, name, outcome in [
                (padaria, "b", Outcome.REJECTED),
                (luna, "a", Outcome.SENT),
                (padaria, "c", Outcome.SENT),
                (padaria, "a", Outcome.SENT),
                (padaria, "a", Outcome.SENT),
                (padaria, "b", Outcome.SENT),
            ]
        ]
    )
    assert [a.status.name for a in answers] == [
        "SETTLED",
        "SETTLED",
        "UNKNOWN_SEND",
        "SETTLED",
        "REPLAYED",
        "CLASH",
    ]
    assert (padaria.cycle().held_micro, padaria.cycle().used_micro) == (0, 10 * CENT)
    assert (luna.cycle().held_micro, luna.cycle().used_micro) == (0, 55 * CENT)


def test_a_send_is_settled_in_the_cycle_in_which_it_was_held(padaria: Contract):
    padaria.hold("late", at=JULY_1 - HOUR)
    padaria.settle("late", at=JULY_1 + HOUR)
    assert padaria.cycle(JUNE_1).used_micro == 10 * CENT
    assert padaria.cycle(JULY_1).total_micro == 0


@pytest.mark.rule("LIM-2")
def test_a_release_makes_room_and_ends_the_block(world: World):
    contract = world.contract(value=1, limit_percent=0)
    contract.hold_many(11)
    assert contract.hold("x").status is HoldStatus.BLOCKED
    contract.settle("many 3", Outcome.SENT)  # drawn: no room
    assert contract.hold("x").status is HoldStatus.BLOCKED
    contract.settle("many 4", Outcome.REJECTED)
    assert contract.cycle().blocked_at is None
    assert contract.hold("x").status is HoldStatus.HELD


@pytest.mark.rule("PKG-5", part="hold for 24 h: default")
def test_a_hold_that_nobody_settles_is_released_after_24_hours(padaria: Contract):
    padaria.hold("a", at=NOON)
    padaria.hold("b", at=NOON + HOUR)
    assert metering.expire(now=NOON + DAY - HOUR) == 0
    assert metering.expire(now=NOON + DAY) == 1  # [t, t + 24 h): at 24 hours it is over
    assert padaria.cycle().held_micro == 10 * CENT
    assert metering.expire(now=NOON + DAY) == 0
    assert metering.expire(now=NOON + 2 * DAY) == 1
    assert padaria.cycle().held_micro == 0


@pytest.mark.rule("PKG-5")
def test_settling_a_released_hold_draws_nothing(padaria: Contract):
    padaria.hold("a")
    metering.expire(now=NOON + DAY)
    for outcome in (Outcome.SENT, Outcome.REJECTED):
        assert padaria.settle("a", outcome, at=NOON + 2 * DAY) == SettleAnswer(
            SettleStatus.EXPIRED, 10 * CENT
        )
    assert padaria.cycle().total_micro == 0


@pytest.mark.rule("PKG-5")
def test_settled_sends_never_expire(padaria: Contract):
    padaria.hold("a")
    padaria.settle("a")
    assert metering.expire(now=NOON + 5 * DAY) == 0
    assert padaria.cycle().used_micro == 10 * CENT


@pytest.mark.rule("PKG-5", "TIM-2")
def test_a_sandbox_contract_expires_by_its_own_clock(padaria: Contract, luna: Contract):
    padaria.hold("a", at=NOON + 10 * DAY)  # its clock is ten days ahead
    luna.hold("a", at=NOON)
    assert metering.expire(now=NOON + 11 * DAY, contract_id=padaria.id) == 1
    assert (padaria.cycle().held_micro, luna.cycle().held_micro) == (0, 10 * CENT)
    assert metering.expire(now=NOON + DAY) == 1  # real time: Luna's


@pytest.mark.rule("PKG-5")
def test_a_sweep_stops_at_its_bound_and_the_next_goes_on(padaria: Contract):
    padaria.hold_many(7)
    assert [metering.expire(now=NOON + DAY, limit=3) for _ in range(4)] == [3, 3, 1, 0]
    assert padaria.cycle().held_micro == 0


@pytest.mark.rule("LIM-2", "PKG-5")
def test_expiry_ends_a_block(world: World):
    contract = world.contract(value=1, limit_percent=0)
    contract.hold_many(11)
    metering.expire(now=NOON + DAY)
    assert contract.cycle().blocked_at is None
