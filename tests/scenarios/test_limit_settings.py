"""The overage limit as a setting of a plan or of a contract: for cycles that open from then on (LIM-1)."""

from __future__ import annotations

from datetime import datetime

import pytest

from abono.domain.catalog.queries import price_page
from abono.domain.metering import queries as metering
from abono.domain.notices.queries import list_for
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import LIMIT_PERCENT, WARN_LEVELS
from abono.domain.settings.types import Whose
from abono.flows.billing.renew import renew
from abono.flows.limits.tell_thresholds import tell_thresholds
from abono.platform import events
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
    assert padaria.contract.limit_percent == 50
    shown = price_page(currency="BRL", language="en", at=JUNE_1 + DAY)
    assert {one.plan.code: one.plan.limit_percent for one in shown.plans}["specialist"] == 50
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


@pytest.mark.rule("LIM-3", part="levels: default")
@pytest.mark.rule("LIM-3", part="levels: other")
@pytest.mark.parametrize(
    ("levels", "told"),
    [
        (None, ["limit_90", "package_100", "package_80", "sending_blocked"]),
        ("package_100", ["package_100", "sending_blocked"]),
        ("", ["sending_blocked"]),
    ],
)
def test_people_are_told_of_the_levels_that_are_set_and_always_of_the_block(
    levels: str | None, told: list[str]
) -> None:
    padaria = make_padaria(now=JUNE_1)
    if levels is not None:
        set_value(setting=WARN_LEVELS, value=levels, actor="person:olga", why="fewer mails", now=JUNE_1)
    use(padaria.contract_id, 370, at=JUNE_1 + DAY)  # 363 x 0.55 = 199.65 of 200 reais fit
    tell_thresholds()
    about = {"package_80", "package_100", "limit_90", "sending_blocked"}
    notices = [notice.kind for notice in list_for(padaria.customer_id, "en") if notice.kind in about]
    assert sorted(notices) == told
    crossed = {one.name for one in events.page(customer_id=padaria.customer_id, limit=99)}
    assert {"sending.package_80", "sending.package_100", "sending.limit_90", "sending.blocked"} <= crossed
