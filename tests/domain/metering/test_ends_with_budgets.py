"""What a send that did not go out gives back where the customer has budgets: these are settled one by one (LIM-5)."""

from __future__ import annotations

import pytest

from abono.domain.metering import actions as metering
from abono.domain.metering import own_limits
from abono.domain.metering.types import Outcome, SettleStatus
from tests.domain.metering.world import CENT, DAY, NOON, REAL, Contract


@pytest.fixture
def budgeted(padaria: Contract) -> Contract:
    own_limits.set_own_limits(
        contract_id=padaria.id, cap_micro=None, budgets={"sms": 10 * REAL}, actor="ana", now=NOON
    )
    return padaria


@pytest.mark.rule("PKG-5", part="hold for 24 h: default")
def test_a_hold_that_expires_draws_nothing(budgeted: Contract):
    budgeted.hold("a")
    budgeted.hold("b")
    budgeted.settle("b")
    assert metering.expire(now=NOON + DAY) == 1
    assert (budgeted.cycle().held_micro, budgeted.cycle().used_micro) == (0, 10 * CENT)


@pytest.mark.rule("PKG-4", part="rejected releases")
def test_what_was_rejected_draws_nothing(budgeted: Contract):
    budgeted.hold("a")
    assert budgeted.settle("a", Outcome.REJECTED).status is SettleStatus.SETTLED
    assert budgeted.settle("a", Outcome.SENT).status is SettleStatus.CLASH
    assert budgeted.cycle().total_micro == 0
