from __future__ import annotations

import pytest

from abono.domain.metering import actions as metering
from abono.domain.metering import own_limits
from abono.domain.metering.types import HoldAnswer, HoldStatus, Outcome, SettleStatus
from tests.domain.metering.world import CENT, DAY, NOON, Contract, World, rows


@pytest.mark.rule("PKG-4")
def test_a_send_told_of_afterwards_draws_at_once(padaria: Contract, world: World):
    assert padaria.record("a", world.whatsapp) == HoldAnswer(HoldStatus.HELD, 55 * CENT, 199_450_000)
    cycle = padaria.cycle()
    assert (cycle.held_micro, cycle.used_micro) == (0, 55 * CENT)


@pytest.mark.rule("PKG-4", "PKG-9")
def test_told_again_it_draws_nothing(padaria: Contract):
    first = padaria.record("a")
    again = padaria.record("a")
    assert again == HoldAnswer(HoldStatus.REPLAYED, first.price_micro, first.left_micro)
    assert padaria.cycle().used_micro == 10 * CENT
    assert padaria.settle("a").status is SettleStatus.REPLAYED


@pytest.mark.rule("PKG-4")
def test_a_send_that_was_held_is_settled_by_it(padaria: Contract):
    padaria.hold("a")
    assert padaria.record("a").status is HoldStatus.HELD
    cycle = padaria.cycle()
    assert (cycle.held_micro, cycle.used_micro) == (0, 10 * CENT)


def test_recording_follows_what_became_of_the_hold(padaria: Contract):
    padaria.hold("rejected")
    padaria.settle("rejected", Outcome.REJECTED)
    padaria.hold("expired")
    metering.expire(now=NOON + DAY)
    assert padaria.record("rejected").status is HoldStatus.CLASH
    assert padaria.record("expired").status is HoldStatus.EXPIRED
    assert padaria.cycle().total_micro == 0


@pytest.mark.rule("PKG-6", "LIM-2")
def test_what_passes_the_limit_does_not_draw_even_when_it_has_left(world: World):
    contract = world.contract(value=1, limit_percent=0)
    answers = metering.record([contract.request(f"{n}") for n in range(12)])
    assert [a.status for a in answers] == [HoldStatus.HELD] * 10 + [HoldStatus.BLOCKED] * 2
    assert contract.cycle().used_micro == 100 * CENT


def test_a_mixed_batch_is_answered_in_its_order(padaria: Contract, world: World):
    padaria.record("known")
    answers = metering.record(
        [
            padaria.request("no price", world.unpriced),
            padaria.request("new"),
            padaria.request("known"),
            padaria.request("known", world.whatsapp),
            padaria.request("new"),
        ]
    )
    assert [a.status.name for a in answers] == ["NO_PRICE", "HELD", "REPLAYED", "CLASH", "REPLAYED"]
    assert rows("metering_send") == rows("metering_settlement") == 2


@pytest.mark.rule("PKG-12", part="drawn in spite of own cap and budgets")
@pytest.mark.parametrize(
    "own", [{"cap_micro": 0, "budgets": {}}, {"cap_micro": None, "budgets": {"sms": 0, "whatsapp": 0}}]
)
def test_what_has_left_draws_whatever_the_customer_limited_itself_to(padaria: Contract, own: dict):
    own_limits.set_own_limits(contract_id=padaria.id, **own, actor="ana", now=NOON)
    assert padaria.hold("asked").status in (HoldStatus.CAPPED, HoldStatus.OVER_BUDGET)
    assert padaria.record("left") == HoldAnswer(
        HoldStatus.HELD, 10 * CENT, 0 if own["cap_micro"] == 0 else 199_900_000
    )
    assert padaria.cycle().used_micro == 10 * CENT


@pytest.mark.rule("PKG-12", part="beyond the limit")
def test_a_cheaper_one_that_has_left_still_draws_when_a_dearer_one_did_not_fit(world: World):
    contract = world.contract(value=1, limit_percent=0)
    assert contract.record("fits", world.whatsapp).status is HoldStatus.HELD  # 0.55 of 1.00
    assert contract.record("does not", world.whatsapp).status is HoldStatus.BLOCKED
    assert contract.hold("asked").status is HoldStatus.BLOCKED
    assert contract.record("left").status is HoldStatus.HELD  # 0.65 of 1.00
    assert contract.cycle().used_micro == 65 * CENT
