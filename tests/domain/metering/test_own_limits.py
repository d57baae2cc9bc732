"""Caps and budgets that customers set themselves (LIM-5), from the wish to the refusal."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from django.db import connection

from abono.domain.campaigns.errors import CampaignDoesNotFit, CampaignOverBudget, CampaignOverCap
from abono.domain.campaigns.queries import estimate
from abono.domain.campaigns.types import Wish
from abono.domain.metering import own_limits
from abono.domain.metering.errors import OwnLimitOutOfBounds
from abono.domain.metering.opening import open_cycle
from abono.domain.metering.own_limits import OwnLimits
from abono.domain.metering.rules import SendingState
from abono.domain.metering.types import ChannelBudget, HoldStatus, NewCycle, Outcome
from abono.kernel.ids import uuid7
from abono.kernel.periods import Period
from tests.books import check_metering
from tests.domain.campaigns.world import REJECTED, SENT, Campaigns
from tests.domain.metering.world import AUGUST_1, CENT, DAY, HOUR, JULY_1, NOON, REAL, Contract, World

HELD, CAPPED, OVER_BUDGET = HoldStatus.HELD, HoldStatus.CAPPED, HoldStatus.OVER_BUDGET
pytestmark = pytest.mark.rule("LIM-5")


def wish(contract: Contract, cap: int | None = None, budgets: Mapping[str, int] | None = None) -> None:
    own_limits.set_own_limits(
        contract_id=contract.id, cap_micro=cap, budgets=budgets or {}, actor="person:ana", now=NOON
    )


def budgets(contract: Contract) -> list[tuple[str, int, int]]:
    return [(own.channel, own.budget_micro, own.total_micro) for own in contract.cycle().budgets]


def test_a_wish_is_kept_with_who_and_when(padaria: Contract):
    assert own_limits.own_limits(padaria.id) == OwnLimits()
    wish(padaria, 50 * REAL, {"sms": 20 * REAL, "whatsapp": 30 * REAL})
    assert own_limits.own_limits(padaria.id) == OwnLimits(
        50 * REAL, {"sms": 20 * REAL, "whatsapp": 30 * REAL}, NOON, "person:ana"
    )
    wish(padaria, None, {"sms": 5 * REAL})
    assert own_limits.own_limits(padaria.id) == OwnLimits(None, {"sms": 5 * REAL}, NOON, "person:ana")


@pytest.mark.rule("LIM-5", part="cap")
def test_a_cap_stops_at_once_and_the_balance_says_what_is_left(padaria: Contract):
    padaria.hold_many(3)
    wish(padaria, 45 * CENT)
    assert padaria.cycle().left_micro == 15 * CENT  # 45 − 30, not 200 reais − 30
    assert [answer.status for answer in padaria.hold_many(2, name="more")] == [HELD, CAPPED]
    cycle = padaria.cycle()
    assert (cycle.left_micro, cycle.capped_at, cycle.sending_state) == (5 * CENT, NOON, SendingState.CAPPED)
    assert padaria.levels() == [("own_cap", 0)]
    wish(padaria, 40 * CENT)
    assert padaria.cycle().capped
    wish(padaria, 60 * CENT)
    assert (padaria.cycle().capped_at, padaria.cycle().sending_state) == (None, SendingState.OK)
    assert padaria.hold_many(3, name="again")[2].status is CAPPED
    assert padaria.levels() == [("own_cap", 0)]  # once in a cycle


def test_a_cap_that_is_set_below_what_is_used_is_told_at_once(padaria: Contract):
    padaria.hold_many(5)
    wish(padaria, 50 * CENT)
    assert (padaria.cycle().capped_at, padaria.levels()) == (NOON, [("own_cap", 0)])


def test_what_is_released_lets_sends_go_out_again_below_the_cap(padaria: Contract):
    padaria.hold_many(3)
    wish(padaria, 35 * CENT)
    assert padaria.hold("more").status is CAPPED
    padaria.settle("many 0", Outcome.REJECTED)
    assert padaria.cycle().sending_state is SendingState.OK
    assert padaria.hold("more").status is HELD


def test_a_bigger_package_does_not_tell_of_the_cap_again(padaria: Contract):
    padaria.hold_many(3)
    wish(padaria, 30 * CENT)
    padaria.raise_to_250()
    assert padaria.cycle().sending_state is SendingState.CAPPED
    assert padaria.hold("more").status is CAPPED
    assert padaria.levels() == [("own_cap", 0)]


def test_a_cap_below_what_is_used_takes_nothing_back(padaria: Contract):
    padaria.hold_many(5)
    wish(padaria, 20 * CENT)
    assert padaria.hold("more").status is CAPPED
    assert padaria.hold("free", padaria.world.webchat).status is HELD
    cycle = padaria.cycle()
    assert (cycle.held_micro, cycle.left_micro, cycle.blocked_at) == (50 * CENT, 0, None)
    wish(padaria)
    assert padaria.hold("more").status is HELD


def test_a_cap_above_the_ceiling_changes_nothing(world: World):
    contract = world.contract(value=1, limit_percent=0)
    wish(contract, 500 * REAL)
    statuses = [answer.status for answer in contract.hold_many(11)]
    assert statuses == [HELD] * 10 + [HoldStatus.BLOCKED]  # one real is ten SMS
    assert contract.cycle().left_micro == 0
    assert not contract.cycle().capped


def test_without_a_limit_of_the_contract_the_cap_is_the_limit(world: World):
    contract = world.contract(limit_percent=None)
    assert contract.cycle().left_micro is None
    wish(contract, 25 * CENT)
    answers = contract.hold_many(3)
    assert [(answer.status, answer.left_micro) for answer in answers] == [
        (HELD, 15 * CENT),
        (HELD, 5 * CENT),
        (CAPPED, 5 * CENT),
    ]
    assert contract.cycle().left_micro == 5 * CENT


def test_budgets_begin_with_what_the_cycle_used_of_each_channel(padaria: Contract, spring: Campaigns):
    world = padaria.world
    padaria.hold_many(4)
    padaria.settle("many 0")
    padaria.settle("many 1", Outcome.REJECTED)
    padaria.hold("one", world.whatsapp)
    padaria.hold("free", world.webchat)
    spring.hold((world.sms, 5), (world.whatsapp, 2))
    spring.settle("a", world.sms)
    spring.hold((world.sms, 3), name="ended")
    spring.settle_all([("b", world.sms, SENT), ("c", world.sms, REJECTED)], name="ended")
    spring.close(name="ended")
    wish(padaria, budgets={"sms": 2 * REAL, "webchat": REAL})
    # SMS: 3 of the 4 sends, the 5 of the open campaign, 1 that the other one sent: 9 at R$ 0,10.
    assert budgets(padaria) == [("sms", 2 * REAL, 90 * CENT), ("webchat", REAL, 0)]
    spring.settle("d", world.sms)
    padaria.settle("many 2")
    assert budgets(padaria)[0] == ("sms", 2 * REAL, 90 * CENT)
    spring.close()  # 3 of 5 were not sent
    padaria.settle("many 3", Outcome.REJECTED)
    assert budgets(padaria)[0] == ("sms", 2 * REAL, 50 * CENT)


def test_a_budget_changes_and_goes_without_losing_count(padaria: Contract):
    wish(padaria, budgets={"sms": 25 * CENT})
    assert [answer.status for answer in padaria.hold_many(3)] == [HELD, HELD, OVER_BUDGET]
    wish(padaria, budgets={"sms": 35 * CENT})
    assert [answer.status for answer in padaria.hold_many(2, name="more")] == [HELD, OVER_BUDGET]
    wish(padaria, budgets={"whatsapp": 0})
    assert padaria.hold("other").status is HELD
    assert padaria.hold("none", padaria.world.whatsapp).status is OVER_BUDGET
    assert padaria.hold("none", padaria.world.whatsapp).left_micro == 0
    wish(padaria)
    assert padaria.cycle().budgets == ()
    assert padaria.hold("none", padaria.world.whatsapp).status is HELD
    wish(padaria, budgets={"whatsapp": REAL, "sms": REAL})
    assert budgets(padaria) == [("sms", REAL, 40 * CENT), ("whatsapp", REAL, 55 * CENT)]


def test_the_wish_holds_in_the_next_cycle_and_in_those_that_open_later(padaria: Contract):
    wish(padaria, 25 * CENT, {"sms": 10 * CENT})
    august = Period(AUGUST_1, AUGUST_1 + 31 * DAY)
    open_cycle(
        NewCycle(
            contract_id=padaria.id,
            cycle=august,
            package_id=padaria.world.brl_100,
            value_micro=100 * REAL,
            ceiling_micro=200 * REAL,
            included_interactions=1,
        )
    )
    for at in (NOON, JULY_1 + HOUR, AUGUST_1 + HOUR):
        assert [answer.status for answer in padaria.hold_many(2, at=at, name=f"{at}")] == [HELD, OVER_BUDGET]
        assert padaria.hold(f"wa {at}", padaria.world.whatsapp, at=at).status is CAPPED
        assert padaria.cycle(at).budgets == (ChannelBudget("sms", 10 * CENT, 10 * CENT),)


def test_a_raised_package_keeps_the_cap(padaria: Contract):
    wish(padaria, 15 * CENT)
    padaria.raise_to_250()
    assert [answer.status for answer in padaria.hold_many(2)] == [HELD, CAPPED]
    assert padaria.cycle().cap_micro == 15 * CENT


def test_a_cycle_that_is_over_stays_as_it_was(padaria: Contract):
    own_limits.set_own_limits(
        contract_id=padaria.id, cap_micro=CENT, budgets={"sms": CENT}, actor="x", now=JULY_1
    )
    assert (padaria.cycle().cap_micro, padaria.cycle().budgets) == (None, ())
    assert padaria.cycle(JULY_1).cap_micro == CENT


def test_another_contract_is_not_touched(padaria: Contract, luna: Contract):
    wish(padaria, 0, {"sms": 0})
    assert luna.hold("a").status is HELD
    assert padaria.hold("a").status is CAPPED


@pytest.mark.parametrize(("cap", "budget"), [(-1, 0), (None, -1), (2**62, 0), (0, 2**63)])
def test_amounts_out_of_bounds_are_refused_whole(padaria: Contract, cap: int | None, budget: int):
    with pytest.raises(OwnLimitOutOfBounds):
        wish(padaria, cap, {"sms": budget})
    assert own_limits.own_limits(padaria.id) == OwnLimits()
    assert padaria.hold("a").status is HELD


def test_a_campaign_that_would_pass_the_cap_holds_nothing(spring: Campaigns, padaria: Contract):
    sms = padaria.world.sms
    wish(padaria, 50 * CENT)
    with pytest.raises(CampaignOverCap) as refused:
        spring.hold((sms, 6))
    assert refused.value.room_micro == 50 * CENT
    assert padaria.cycle().held_micro == 0
    assert spring.hold((sms, 5)).left_micro == 0
    assert spring.hold((padaria.world.webchat, 9), name="free").total_micro == 0
    with pytest.raises(CampaignDoesNotFit):  # what passes the contract's own limit is told as that
        spring.hold((sms, 5_000), name="huge")


def test_a_campaign_that_would_pass_a_budget_says_of_which_channel(spring: Campaigns, padaria: Contract):
    world = padaria.world
    wish(padaria, budgets={"sms": 50 * CENT, "whatsapp": REAL})
    padaria.hold("before")
    with pytest.raises(CampaignOverBudget) as refused:
        spring.hold((world.whatsapp, 1), (world.sms, 5))
    assert (refused.value.channel, refused.value.room_micro) == ("sms", 40 * CENT)
    spring.hold((world.whatsapp, 1), (world.sms, 4))
    assert budgets(padaria) == [("sms", 50 * CENT, 50 * CENT), ("whatsapp", REAL, 55 * CENT)]
    assert padaria.hold("after").status is OVER_BUDGET
    spring.settle("a", world.sms)
    spring.close(cancelled=True)
    assert budgets(padaria) == [("sms", 50 * CENT, 20 * CENT), ("whatsapp", REAL, 0)]


def test_sends_of_a_campaign_know_their_row_of_the_price_list(spring: Campaigns, padaria: Contract):
    spring.hold((padaria.world.sms, 2), (padaria.world.whatsapp, 1))
    spring.settle_all([("a", padaria.world.whatsapp, SENT), ("b", padaria.world.sms, SENT)])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.route_id, p.price_micro FROM metering_send s JOIN catalog_sessionprice p ON p.id = s.price_id"
            " WHERE s.contract_id = %s ORDER BY 2",
            [padaria.id],
        )
        assert cursor.fetchall() == [(padaria.world.sms, 10 * CENT), (padaria.world.whatsapp, 55 * CENT)]


@pytest.mark.rule("PKG-11")
def test_an_estimate_counts_what_fits_within_cap_and_budgets(padaria: Contract):
    world = padaria.world
    wish(padaria, 2 * REAL, {"sms": 50 * CENT})
    found = estimate(contract_id=padaria.id, wishes=[Wish(world.sms, 9), Wish(world.whatsapp, 9)], at=NOON)
    assert [line.fits for line in found.lines] == [5, 2]  # 50 of 50 cents; then 110 of the other 150
    assert not found.holdable
    assert found.room_micro == 2 * REAL


def test_totals_that_do_not_follow_from_the_sends_are_found(padaria: Contract):
    wish(padaria, 3 * REAL, {"sms": REAL})
    padaria.hold("a")
    change = "UPDATE metering_channel_budget SET total_micro = total_micro + %s WHERE contract_id = %s"
    with connection.cursor() as cursor:
        cursor.execute(change, [1, padaria.id])
        cursor.execute("UPDATE metering_cycle SET cap_micro = 4 WHERE cycle_start > %s", [NOON])
        found = [(one.what, one.booked, one.proven) for one in check_metering()]
        assert found == [
            ("total_micro of channel sms", 10 * CENT + 1, 10 * CENT),
            ("cap_micro", 4, 3 * REAL),
            ("total_micro of channel sms", 1, 0),
        ]
        cursor.execute(change, [-1, padaria.id])
        cursor.execute("UPDATE metering_cycle SET cap_micro = %s WHERE cycle_start > %s", [3 * REAL, NOON])


def test_a_contract_without_cycles_can_wish(db: None):
    contract_id = uuid7()
    own_limits.set_own_limits(contract_id=contract_id, cap_micro=1, budgets={}, actor="x", now=NOON)
    assert own_limits.own_limits(contract_id).cap_micro == 1
