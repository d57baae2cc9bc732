from __future__ import annotations

from datetime import timedelta

import pytest

from abono.domain.campaigns.errors import (
    CampaignClash,
    CampaignDoesNotFit,
    CampaignMalformed,
    CampaignNoPrice,
    CampaignTooLong,
    NoSuchCampaign,
    SendingBlocked,
)
from abono.domain.campaigns.types import (
    MAX_LINES,
    MAX_PLACES,
    CampaignReportAnswer,
    CampaignSettleStatus,
    CampaignState,
)
from abono.domain.metering.errors import NoCycle
from abono.domain.metering.rules import SendingState
from abono.domain.metering.types import HoldStatus, Outcome, SettleStatus
from abono.kernel.ids import event_key, uuid7
from tests.domain.campaigns.world import REJECTED, SENT, Campaigns
from tests.domain.metering.world import CENT, DAY, HOUR, JULY_1, JUNE_1, NOON, REAL, Contract, World, rows

Status = CampaignSettleStatus


def statuses(answers: list[CampaignReportAnswer]) -> list[CampaignSettleStatus]:
    return [answer.status for answer in answers]


@pytest.mark.rule("PKG-5", part="campaign")
@pytest.mark.rule("PKG-8", part="fixed when held")
def test_one_hold_sets_the_value_of_all_sends_aside(spring: Campaigns, world: World):
    # 100 × 0.55 + 300 × 0.10 = 55 + 30 = 85; 200 − 85 = 115.
    answer = spring.hold((world.whatsapp, 100), (world.sms, 300))
    assert answer.prices_micro == (55 * CENT, 10 * CENT)
    assert (answer.total_micro, answer.left_micro, answer.replayed) == (85 * REAL, 115 * REAL, False)
    cycle = spring.contract.cycle()
    assert (cycle.held_micro, cycle.used_micro, cycle.left_micro) == (85 * REAL, 0, 115 * REAL)
    assert rows("metering_send") == 0


@pytest.mark.rule("PKG-5", "PKG-4")
def test_reports_draw_what_was_sent_and_the_rest_is_released_at_the_end(spring: Campaigns, world: World):
    spring.hold((world.sms, 100))
    answers = spring.settle_all([(f"{n}", world.sms, REJECTED if n < 10 else SENT) for n in range(70)])
    assert answers == [CampaignReportAnswer(Status.SETTLED, 10 * CENT)] * 70
    assert spring.counts() == [(100, 60, 10)]
    cycle = spring.contract.cycle()
    assert (cycle.held_micro, cycle.used_micro) == (4 * REAL, 6 * REAL)  # 40 places are open, 60 drawn
    assert (spring.find().held_micro, spring.find().released_micro) == (4 * REAL, 0)

    assert spring.close(at=NOON + HOUR) is CampaignState.CLOSED
    cycle = spring.contract.cycle()
    assert (cycle.held_micro, cycle.used_micro) == (0, 6 * REAL)
    assert spring.counts() == [(100, 60, 10)]
    found = spring.find()
    assert (found.state, found.ended_at) == (CampaignState.CLOSED, NOON + HOUR)
    assert (found.held_micro, found.drawn_micro, found.released_micro) == (0, 6 * REAL, 4 * REAL)
    assert rows("metering_campaign_slice") == 0


@pytest.mark.rule("PKG-6")
def test_a_campaign_that_does_not_fit_is_refused_whole_and_blocks_nothing(spring: Campaigns, world: World):
    spring.contract.hold_many(100)  # R$ 10 of 200
    with pytest.raises(CampaignDoesNotFit) as refused:
        spring.hold((world.whatsapp, 300), (world.sms, 400))
    # Of 190: 300 × 0.55 = 165 leave 25, which are 250 × 0.10.
    assert (refused.value.asked, refused.value.fit, refused.value.fits) == (700, 550, (300, 250))
    assert str(refused.value) == "Of 700 sends 550 would fit before the limit. Nothing was set aside."
    cycle = spring.contract.cycle()
    assert (cycle.held_micro, cycle.blocked_at, cycle.sending_state) == (10 * REAL, None, SendingState.OK)
    assert spring.contract.levels() == []
    assert rows("metering_campaign") == rows("metering_campaign_line") == rows("metering_campaign_slice") == 0
    assert spring.contract.hold("goes on").status is HoldStatus.HELD
    # What was said to fit does fit, less the one that went on.
    assert spring.hold((world.whatsapp, 300), (world.sms, 249)).left_micro == 0


@pytest.mark.rule("PKG-6")
def test_the_last_place_before_the_limit_fits(spring: Campaigns, world: World):
    assert spring.hold((world.sms, 2_000)).left_micro == 0
    with pytest.raises(CampaignDoesNotFit):
        spring.hold((world.sms, 1), name="one more")


@pytest.mark.rule("PKG-6")
def test_counts_whose_price_no_number_of_the_database_can_hold_do_not_fit(spring: Campaigns, world: World):
    wishes = [(world.sms, MAX_PLACES), (world.whatsapp, MAX_PLACES)]
    world.price(world.brl_100, world.unpriced, 2**62, since=JUNE_1)
    with pytest.raises(CampaignDoesNotFit) as refused:
        spring.hold(*wishes, (world.unpriced, MAX_PLACES))
    assert refused.value.fits == (2_000, 0, 0)


@pytest.mark.rule("LIM-1")
def test_a_contract_without_limit_holds_campaigns_of_any_size(world: World):
    contract = world.contract(limit_percent=None)
    answer = Campaigns(contract).hold((world.whatsapp, MAX_PLACES))
    assert (answer.total_micro, answer.left_micro) == (MAX_PLACES * 55 * CENT, None)
    assert rows("metering_campaign_slice") == 16


@pytest.mark.rule("LIM-2")
def test_while_sending_is_blocked_only_free_campaigns_are_held(spring: Campaigns, world: World):
    spring.contract.hold_many(2_000)
    assert spring.contract.hold("too many").status is HoldStatus.BLOCKED
    with pytest.raises(SendingBlocked):
        spring.hold((world.sms, 1), (world.webchat, 5))
    assert spring.hold((world.webchat, 5)).total_micro == 0
    assert spring.settle("free", world.webchat).status is Status.SETTLED


@pytest.mark.rule("LIM-3")
def test_a_campaign_that_crosses_levels_tells_each_once(spring: Campaigns, world: World):
    spring.hold((world.sms, 900))  # R$ 90 of 100
    assert spring.contract.levels() == [("package_80", 0)]
    spring.hold((world.sms, 950), name="autumn")  # R$ 185 of 200
    assert sorted(spring.contract.levels()) == [("limit_90", 0), ("package_100", 0), ("package_80", 0)]


@pytest.mark.rule("LIM-2")
def test_the_end_of_a_campaign_ends_a_block_when_it_releases_something(spring: Campaigns, world: World):
    spring.hold((world.sms, 2_000))
    spring.hold((world.webchat, 3), name="free")
    assert spring.contract.hold("too many").status is HoldStatus.BLOCKED
    spring.close(name="free")
    assert spring.contract.cycle().sending_state is SendingState.BLOCKED
    spring.close()
    assert spring.contract.cycle().sending_state is SendingState.OK
    assert spring.contract.hold("too many").status is HoldStatus.HELD


@pytest.mark.rule("CAT-3", part="no row, no send")
def test_a_line_without_a_price_refuses_the_campaign(spring: Campaigns, world: World):
    with pytest.raises(CampaignNoPrice) as refused:
        spring.hold((world.sms, 5), (world.unpriced, 5))
    assert (refused.value.count, refused.value.lines) == (1, (1,))
    assert spring.contract.cycle().held_micro == 0


@pytest.mark.rule("PKG-8", "CAT-6")
def test_the_price_is_that_of_the_hold_whatever_it_becomes(spring: Campaigns, world: World):
    spring.hold((world.sms, 10))
    world.price(world.brl_100, world.sms, 99 * CENT, since=NOON + HOUR)
    spring.contract.raise_to_250(at=NOON + HOUR)
    assert spring.settle("late", at=NOON + 2 * HOUR).price_micro == 10 * CENT
    spring.close(at=NOON + 3 * HOUR)
    assert spring.contract.cycle().used_micro == 10 * CENT


@pytest.mark.rule("PKG-9", part="same content")
def test_the_same_campaign_again_gets_the_first_answer(spring: Campaigns, world: World):
    first = spring.hold((world.sms, 10), (world.whatsapp, 2))
    spring.contract.hold("between")
    again = spring.hold((world.sms, 10), (world.whatsapp, 2), at=NOON + HOUR)
    assert again.replayed
    assert (again.prices_micro, again.total_micro, again.left_micro) == (
        first.prices_micro,
        first.total_micro,
        first.left_micro,
    )
    assert spring.contract.cycle().held_micro == first.total_micro + 10 * CENT
    spring.close()
    assert spring.hold(
        (world.sms, 10), (world.whatsapp, 2), at=JULY_1 + HOUR
    ).replayed  # ended, in another cycle
    assert spring.contract.cycle().held_micro == 10 * CENT


@pytest.mark.rule("PKG-9", part="other content")
@pytest.mark.parametrize("other", ["more", "fewer lines", "another order"])
def test_the_same_campaign_with_other_lines_is_refused(spring: Campaigns, world: World, other: str):
    spring.hold((world.sms, 10), (world.whatsapp, 2))
    wishes = {
        "more": [(world.sms, 11), (world.whatsapp, 2)],
        "fewer lines": [(world.sms, 10)],
        "another order": [(world.whatsapp, 2), (world.sms, 10)],
    }[other]
    with pytest.raises(CampaignClash):
        spring.hold(*wishes)
    assert spring.contract.cycle().held_micro == 210 * CENT


def test_malformed_campaigns_are_refused(spring: Campaigns, world: World):
    wrong = [
        [],
        [(world.sms, 0)],
        [(world.sms, -1)],
        [(world.sms, MAX_PLACES + 1)],
        [(world.sms, 1), (world.sms, 1)],
        [(n, 1) for n in range(MAX_LINES + 1)],
    ]
    for wishes in wrong:
        with pytest.raises(CampaignMalformed):
            spring.hold(*wishes)
    with pytest.raises(CampaignTooLong):
        spring.hold((world.sms, 1), lasts=timedelta(days=8))
    assert rows("metering_campaign") == 0


def test_a_moment_that_no_cycle_covers_has_no_campaign(spring: Campaigns, world: World):
    with pytest.raises(NoCycle):
        spring.hold((world.sms, 1), at=JUNE_1 - HOUR)


@pytest.mark.rule("PKG-4", "PKG-9")
def test_the_same_report_again_draws_nothing(spring: Campaigns, world: World):
    spring.hold((world.sms, 10))
    assert spring.settle("a").status is Status.SETTLED
    assert spring.settle("b", outcome=REJECTED).status is Status.SETTLED
    assert spring.settle("a").status is Status.REPLAYED
    assert spring.settle("b", outcome=REJECTED).status is Status.REPLAYED
    assert spring.settle("a", outcome=REJECTED).status is Status.CLASH
    assert spring.settle("b").status is Status.CLASH
    assert spring.settle("a", world.whatsapp).status is Status.CLASH
    assert spring.counts() == [(10, 1, 1)]
    spring.close()
    assert spring.settle("a").status is Status.REPLAYED  # the first answer, also after the end


@pytest.mark.rule("PKG-9")
def test_the_same_id_twice_in_one_call_draws_once(spring: Campaigns, world: World):
    spring.hold((world.sms, 1), (world.whatsapp, 5))
    answers = spring.settle_all(
        [
            ("a", world.sms, SENT),
            ("b", world.sms, SENT),  # no place
            ("a", world.sms, SENT),
            ("a", world.sms, REJECTED),
            ("b", world.whatsapp, SENT),  # was refused above, so it may be tried otherwise
            ("b", world.sms, SENT),
        ]
    )
    assert statuses(answers) == [
        Status.SETTLED,
        Status.NO_PLACE,
        Status.REPLAYED,
        Status.CLASH,
        Status.SETTLED,
        Status.CLASH,
    ]
    assert spring.counts() == [(1, 1, 0), (5, 1, 0)]


@pytest.mark.rule("PKG-9", "PKG-6")
def test_an_id_draws_once_across_campaigns_and_plain_sends(spring: Campaigns, world: World):
    padaria = spring.contract
    spring.hold((world.sms, 10))
    spring.hold((world.sms, 10), name="autumn")
    padaria.hold("held")
    padaria.record("recorded")
    assert spring.settle("held").status is Status.ALONE
    assert spring.settle("recorded").status is Status.ALONE
    assert spring.settle("held", world.whatsapp).status is Status.CLASH

    assert spring.settle("campaign").status is Status.SETTLED
    assert spring.settle("campaign", name="autumn").status is Status.CLASH
    assert padaria.hold("campaign").status is HoldStatus.REPLAYED
    assert padaria.record("campaign").status is HoldStatus.REPLAYED
    assert padaria.hold("campaign", world.whatsapp).status is HoldStatus.CLASH
    assert padaria.settle("campaign").status is SettleStatus.REPLAYED
    assert padaria.settle("campaign", Outcome.REJECTED).status is SettleStatus.CLASH

    # Two drawn, one held by itself, 10 + 10 places of which one is drawn.
    cycle = padaria.cycle()
    assert (cycle.used_micro, cycle.held_micro) == (20 * CENT, (1 + 19) * 10 * CENT)


@pytest.mark.rule("PKG-7")
def test_reports_are_answered_one_by_one_in_order(spring: Campaigns, world: World):
    spring.hold((world.sms, 3), (world.whatsapp, 1))
    answers = spring.settle_all(
        [
            ("s1", world.sms, SENT),
            ("w1", world.whatsapp, SENT),
            ("w2", world.whatsapp, SENT),
            ("c1", world.webchat, SENT),
            ("s2", world.sms, REJECTED),
            ("s3", world.sms, SENT),
            ("s4", world.sms, SENT),
            ("s5", world.sms, SENT),
        ]
    )
    assert [(answer.status, answer.price_micro) for answer in answers] == [
        (Status.SETTLED, 10 * CENT),
        (Status.SETTLED, 55 * CENT),
        (Status.NO_PLACE, 55 * CENT),
        (Status.NO_LINE, None),
        (Status.SETTLED, 10 * CENT),
        (Status.SETTLED, 10 * CENT),  # the rejected one took no place
        (Status.SETTLED, 10 * CENT),
        (Status.NO_PLACE, 10 * CENT),
    ]
    assert spring.contract.cycle().held_micro == 0
    assert rows("metering_send") == rows("metering_settlement") == 5


@pytest.mark.rule("PKG-5")
def test_a_batch_draws_from_several_slices_when_no_single_one_has_room(spring: Campaigns, world: World):
    spring.hold((world.sms, 40))  # 16 slices of 2 or 3
    assert rows("metering_campaign_slice") == 16
    assert (
        statuses(spring.settle_all([(f"{n}", world.sms, SENT) for n in range(39)])) == [Status.SETTLED] * 39
    )
    assert statuses(spring.settle_all([(f"x{n}", world.sms, SENT) for n in range(2)])) == [
        Status.SETTLED,
        Status.NO_PLACE,
    ]
    assert spring.counts() == [(40, 40, 0)]


@pytest.mark.rule("ACC-2")
def test_another_contracts_campaign_does_not_exist(spring: Campaigns, luna: Contract, world: World):
    spring.hold((world.sms, 10))
    stranger = Campaigns(luna)
    for act in (
        stranger.find,
        stranger.close,
        lambda: stranger.settle("x"),
        lambda: stranger.extend(NOON + DAY),
    ):
        with pytest.raises(NoSuchCampaign):
            act()
    assert stranger.hold((world.whatsapp, 1)).replayed is False  # ids are a contract's own
    assert spring.contract.cycle().held_micro == REAL


def test_no_reports_are_no_call(spring: Campaigns):
    assert spring.settle_all([], name="never held") == []


def test_a_key_of_any_text_is_taken(spring: Campaigns, world: World):
    name = "a'b\"c\\d,{e} 🌞"
    spring.hold((world.sms, 1), name=name)
    assert spring.settle(name, name=name).status is Status.SETTLED
    assert spring.find(name).reference == name
    assert spring.settle(str(uuid7()), name=name).status is Status.NO_PLACE
    assert event_key(name) == spring.find(name).campaign_id
