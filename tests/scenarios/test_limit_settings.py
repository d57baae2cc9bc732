"""The overage limit as a setting of a plan or of a contract: for cycles that open from then on (LIM-1)."""

from __future__ import annotations

from datetime import datetime

import pytest

from abono.domain.metering import queries as metering
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import LIMIT_PERCENT
from abono.domain.settings.types import Whose
from abono.flows.billing.renew import renew
from tests.world import DAY, JUNE_1, Tenant, make_padaria, use

REAL = 1_000_000  # millionths
JULY_1 = datetime.fromisoformat("2026-07-01T03:00:00+00:00")  # midnight in São Paulo: the second cycle


def _set(value: object, whose: Whose, now: datetime = JUNE_1) -> None:
    set_value(setting=LIMIT_PERCENT, value=value, whose=whose, actor="person:olga", why="agreed", now=now)


def _ceiling(padaria: Tenant, at: datetime) -> int:
    return metering.balance(contract_id=padaria.contract_id, at=at).ceiling_micro


@pytest.mark.rule("LIM-1", part="limit per plan: other")
def test_a_plans_own_limit_holds_for_its_contracts() -> None:
    _set(50, Whose("specialist"))
    padaria = make_padaria(now=JUNE_1 + DAY)
    # 100 reais and half of it again at 0.55 a send: 272 fit (149.60), the 273rd would make 150.15
    assert _ceiling(padaria, JUNE_1 + DAY) == 150 * REAL
    granted = [answer.status.granted for answer in use(padaria.contract_id, 280, at=JUNE_1 + 2 * DAY)]
    assert granted == [True] * 272 + [False] * 8


@pytest.mark.rule("LIM-1", part="limit per contract: other")
def test_a_contracts_own_limit_begins_with_the_next_cycle_and_leaves_the_running_one() -> None:
    padaria = make_padaria(now=JUNE_1)
    _set(0, Whose("specialist", padaria.contract_id), JUNE_1 + DAY)
    assert _ceiling(padaria, JUNE_1 + DAY) == 200 * REAL
    renew(contract_id=padaria.contract_id, now=JULY_1)
    assert _ceiling(padaria, JULY_1) == 100 * REAL
    granted = [answer.status.granted for answer in use(padaria.contract_id, 182, at=JULY_1 + DAY)]
    assert granted == [True] * 181 + [False]  # 181 x 0.55 = 99.55


@pytest.mark.rule(
    "LIM-1",
    part="limit per plan: default",
)
@pytest.mark.rule("LIM-1", part="limit per contract: default")
def test_what_nobody_set_is_as_the_plan_says() -> None:
    assert _ceiling(make_padaria(now=JUNE_1), JUNE_1) == 200 * REAL


def test_unlimited_by_setting() -> None:
    _set("unlimited", Whose("specialist"))
    padaria = make_padaria(now=JUNE_1 + DAY)
    assert all(answer.status.granted for answer in use(padaria.contract_id, 400, at=JUNE_1 + 2 * DAY))
