"""How campaigns end: closed, cancelled, expired, later than planned."""

from __future__ import annotations

from datetime import timedelta

import pytest

from abono.domain.campaigns import actions as campaigns
from abono.domain.campaigns.errors import CampaignEnded, CampaignTooLong
from abono.domain.campaigns.types import CampaignReportAnswer, CampaignSettleStatus, CampaignState
from tests.domain.campaigns.world import REJECTED, Campaigns
from tests.domain.metering.world import CENT, DAY, HOUR, JULY_1, JUNE_1, NOON, Contract, World, rows

Status = CampaignSettleStatus


@pytest.mark.rule("PKG-5", part="hold for 24 h: default")
def test_what_nobody_closes_ends_after_24_hours(spring: Campaigns, world: World):
    spring.hold((world.sms, 10))
    spring.settle("sent")
    assert spring.expire(NOON + DAY - timedelta(microseconds=1)) == 0
    assert spring.contract.cycle().held_micro == 90 * CENT
    assert spring.expire(NOON + DAY + HOUR) == 1
    assert spring.expire(NOON + DAY + HOUR) == 0
    cycle = spring.contract.cycle()
    assert (cycle.held_micro, cycle.used_micro) == (0, 10 * CENT)
    assert (spring.find().state, spring.find().ended_at) == (CampaignState.EXPIRED, NOON + DAY)
    assert spring.settle("late", at=NOON + DAY + HOUR) == CampaignReportAnswer(Status.ENDED, 10 * CENT)
    assert spring.settle("late", outcome=REJECTED).status is Status.ENDED
    assert rows("metering_send") == 1


@pytest.mark.rule("PKG-5")
def test_the_sweep_over_all_contracts_ends_what_is_due(spring: Campaigns, luna: Contract, world: World):
    spring.hold((world.sms, 10))
    Campaigns(luna).hold((world.sms, 10), at=NOON + HOUR)
    assert campaigns.expire_due(now=NOON + DAY) == 1
    assert campaigns.expire_due(now=NOON + 2 * DAY) == 1
    assert (spring.contract.cycle().held_micro, luna.cycle().held_micro) == (0, 0)


@pytest.mark.rule("PKG-5")
def test_a_campaign_can_be_extended_up_to_seven_days(spring: Campaigns, world: World):
    spring.hold((world.sms, 10))
    assert spring.extend(NOON + 3 * DAY) == NOON + 3 * DAY
    assert spring.extend(NOON + 2 * DAY) == NOON + 3 * DAY  # never shorter
    assert spring.expire(NOON + 2 * DAY) == 0
    assert spring.extend(NOON + 7 * DAY) == NOON + 7 * DAY
    with pytest.raises(CampaignTooLong) as refused:
        spring.extend(NOON + 7 * DAY + HOUR)
    assert refused.value.latest == NOON + 7 * DAY
    assert spring.expire(NOON + 7 * DAY) == 1
    with pytest.raises(CampaignEnded) as ended:
        spring.extend(NOON + 8 * DAY)
    assert ended.value.state == "expired"


@pytest.mark.rule("PKG-5")
def test_a_campaign_ends_once_and_as_it_ended_first(spring: Campaigns, world: World):
    spring.hold((world.sms, 10))
    spring.settle("sent")
    assert spring.close(cancelled=True) is CampaignState.CANCELLED
    assert spring.close() is CampaignState.CANCELLED
    assert spring.expire(NOON + 2 * DAY) == 0
    cycle = spring.contract.cycle()
    assert (cycle.held_micro, cycle.used_micro) == (0, 10 * CENT)


@pytest.mark.rule("PKG-3", "TIM-3")
def test_sends_belong_to_the_cycle_in_which_the_campaign_was_held(spring: Campaigns, world: World):
    spring.hold((world.sms, 10), at=JULY_1 - HOUR)
    spring.settle("after midnight", at=JULY_1 + HOUR)
    spring.close(at=JULY_1 + 2 * HOUR)
    assert spring.contract.cycle(JUNE_1).used_micro == 10 * CENT
    assert spring.contract.cycle(JULY_1).total_micro == 0
