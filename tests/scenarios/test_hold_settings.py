"""How long a hold waits for its settlement is a setting, with a date (PKG-5)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from abono.domain.campaigns import queries as campaigns
from abono.domain.metering import actions as metering
from abono.domain.metering import queries
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import HOLD_LASTS
from abono.flows.campaigns.hold import hold_campaign
from abono.flows.campaigns.lines import LineAsked
from tests.world import HOUR, JUNE_1, Tenant, hold, make_padaria

HELD_AT = JUNE_1 + HOUR


def _held(padaria: Tenant) -> int:
    return queries.balance(contract_id=padaria.contract_id, at=JUNE_1 + 2 * HOUR).held_micro


@pytest.mark.rule("PKG-5", part="hold for 24 h: default")
def test_as_delivered_a_hold_waits_a_day() -> None:
    padaria = make_padaria()
    hold(padaria.contract_id, count=2, at=HELD_AT)  # 2 x 0.55
    assert metering.expire(now=HELD_AT + timedelta(hours=24, microseconds=-1)) == 0
    assert _held(padaria) == 1_100_000
    assert metering.expire(now=HELD_AT + timedelta(hours=24)) == 2
    assert _held(padaria) == 0


@pytest.mark.rule("PKG-5", part="hold for 24 h: other")
def test_by_setting_it_waits_two_hours_and_so_does_a_campaign() -> None:
    padaria = make_padaria()
    set_value(setting=HOLD_LASTS, value="PT2H", actor="person:olga", why="agreed", now=JUNE_1)
    hold(padaria.contract_id, count=2, at=HELD_AT)
    assert metering.expire(now=HELD_AT + timedelta(hours=2, microseconds=-1)) == 0
    assert metering.expire(now=HELD_AT + timedelta(hours=2)) == 2
    assert _held(padaria) == 0
    hold_campaign(
        contract_id=padaria.contract_id,
        customer_id=padaria.customer_id,
        name="spring",
        lines=[LineAsked("sms", "message", "BR", 10)],
        actor="person:ana",
        now=HELD_AT + timedelta(hours=3),
    )
    [campaign] = campaigns.campaigns(contract_id=padaria.contract_id, limit=9)
    assert campaign.expires_at == HELD_AT + timedelta(hours=5)
