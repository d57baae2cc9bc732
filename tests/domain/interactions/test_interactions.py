from __future__ import annotations

import itertools
from datetime import UTC, datetime

import pytest

from abono.domain.interactions import actions as interactions
from abono.domain.interactions import queries as interaction_queries
from abono.domain.interactions.types import ContactEvent, ObserveStatus
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import LATE_GRACE
from abono.kernel.ids import event_key, uuid7
from tests import sql
from tests.domain.metering.world import (
    AUGUST_1,
    DAY,
    HOUR,
    JULY_1,
    JUNE_1,
    NOON,
    Contract,
    World,
    rows,
)
from tests.examples import at_night

OPENED, COVERED = ObserveStatus.OPENED, ObserveStatus.COVERED


@pytest.mark.rule("INT-1", part="24 hours from the first event")
@pytest.mark.rule("INT-1", part="at 24 h opens the next")
@pytest.mark.rule("INT-1", part="does not slide")
def test_an_interaction_lasts_24_hours_from_its_first_event_and_does_not_slide(padaria: Contract):
    second = DAY / 86_400
    assert padaria.observe("a", NOON) is OPENED
    assert padaria.observe("b", NOON) is COVERED
    assert padaria.observe("c", NOON + 23 * HOUR) is COVERED
    assert padaria.observe("d", NOON + DAY - second) is COVERED
    assert padaria.observe("e", NOON + DAY) is OPENED  # an event at 24 h opens the next one
    assert padaria.observe("f", NOON + DAY + 23 * HOUR) is COVERED
    assert padaria.cycle().interactions == 2


@pytest.mark.rule("INT-1", part="messages inside cost nothing")
def test_messages_inside_an_interaction_cost_nothing_more(padaria: Contract):
    for n in range(100):
        padaria.observe(f"{n}", NOON + n * HOUR / 10)
    assert padaria.cycle().interactions == 1


@pytest.mark.rule("INT-2", part="company starts")
@pytest.mark.rule("INT-2", part="contact writes")
@pytest.mark.rule("INT-2", part="mass send answered")
@pytest.mark.rule("INT-2", part="ticket")
@pytest.mark.rule("INT-2", part="automation")
@pytest.mark.parametrize(
    "kind", ["company_started", "contact_message", "mass_send_answered", "ticket_public", "agent_action"]
)
def test_kinds_that_count(padaria: Contract, kind: str):
    assert padaria.observe("a", NOON, kind=kind) is OPENED
    assert padaria.cycle().interactions == 1


@pytest.mark.rule("INT-3", part="mass send")
@pytest.mark.rule("INT-3", part="automatic reply")
@pytest.mark.rule("INT-3", part="internal ticket")
@pytest.mark.parametrize("kind", ["mass_send", "automatic_reply", "ticket_internal"])
def test_kinds_that_do_not_count(padaria: Contract, kind: str):
    assert padaria.observe("a", NOON, kind=kind) is ObserveStatus.NOT_COUNTED
    assert padaria.cycle().interactions == 0
    assert rows("metering_contact_event") == 1  # kept, so that it can be looked up


@pytest.mark.rule("INT-2", part="mass send answered")
@pytest.mark.rule("INT-3", part="mass send")
def test_a_mass_send_counts_when_it_is_answered(padaria: Contract):
    padaria.observe("send", NOON, kind="mass_send")
    assert padaria.observe("answer", NOON + HOUR, kind="mass_send_answered") is OPENED
    # The 24 hours run from the answer, not from the mass send.
    assert padaria.observe("more", NOON + DAY + HOUR / 2) is COVERED


@pytest.mark.rule("INT-3", part="a table with dates")
def test_which_kinds_count_has_dates(padaria: Contract):
    sql.run("INSERT INTO metering_interaction_kind VALUES ('automatic_reply', %s, true)", NOON + DAY)
    assert padaria.observe("before", NOON, kind="automatic_reply") is ObserveStatus.NOT_COUNTED
    assert padaria.observe("after", NOON + DAY, kind="automatic_reply") is OPENED


def test_an_unknown_kind_is_refused(padaria: Contract):
    assert padaria.observe("a", NOON, kind="smoke_signal") is ObserveStatus.UNKNOWN_KIND
    early = datetime(1999, 12, 31, tzinfo=UTC)
    assert padaria.observe("b", early) is ObserveStatus.NO_CYCLE
    assert rows("metering_contact_event") == 0


@pytest.mark.rule("INT-4", part="per channel: default")
def test_contacts_channels_and_customers_have_interactions_of_their_own(padaria: Contract, luna: Contract):
    assert padaria.observe("a", NOON) is OPENED
    assert padaria.observe("b", NOON, contact="+55 11 90000-0002") is OPENED
    assert padaria.observe("c", NOON, channel="webchat") is OPENED
    assert luna.observe("a", NOON) is OPENED
    assert (padaria.cycle().interactions, luna.cycle().interactions) == (3, 1)
    assert interaction_queries.interactions_by_channel(contract_id=padaria.id, cycle_start=JUNE_1) == [
        ("webchat", 1),
        ("whatsapp", 2),
    ]


@pytest.mark.rule("TIM-3")
@pytest.mark.rule("INT-4", part="cycle in which it opened")
def test_an_interaction_belongs_to_the_cycle_in_which_it_opened(padaria: Contract):
    assert padaria.observe("a", JULY_1 - HOUR) is OPENED
    assert padaria.observe("b", JULY_1 + HOUR) is COVERED
    assert padaria.observe("c", JULY_1 + 23 * HOUR) is OPENED
    assert padaria.cycle(JUNE_1).interactions == 1
    assert padaria.cycle(JULY_1).interactions == 1


@pytest.mark.rule("INT-6", part="go on")
def test_interactions_go_on_beyond_the_allowance(world: World):
    contract = world.contract(included=3)
    for n in range(5):
        assert contract.observe(f"{n}", NOON, contact=f"{n}") is OPENED
    cycle = contract.cycle()
    assert (cycle.interactions, cycle.extra_interactions) == (5, 2)


@pytest.mark.rule("INT-7", part="any order, with repeats")
def test_the_order_in_which_events_arrive_does_not_change_the_count(world: World):
    # 0 h opens; 20 h is covered; 30 h opens; 50 h is covered until 54 h; 60 h opens: three.
    hours = (0, 20, 30, 50, 60)
    for order in itertools.islice(itertools.permutations(hours), 0, None, 1 if at_night() else 3):
        contract = world.contract()
        for hour in order:
            contract.observe(f"{hour}", NOON + hour * HOUR)
            contract.observe(f"{hour}", NOON + hour * HOUR)  # and each comes twice
        assert contract.cycle().interactions == 3, order


@pytest.mark.rule("INT-7")
def test_a_late_event_moves_the_interactions_after_it_into_the_right_cycle(padaria: Contract):
    padaria.observe("b", JULY_1 - 2 * HOUR)  # opens in June …
    padaria.observe("c", JULY_1 + 10 * HOUR)
    assert (padaria.cycle(JUNE_1).interactions, padaria.cycle(JULY_1).interactions) == (1, 0)
    padaria.observe("a", JULY_1 - 20 * HOUR)  # … until an earlier one covers it: then c opens in July
    assert (padaria.cycle(JUNE_1).interactions, padaria.cycle(JULY_1).interactions) == (1, 1)


@pytest.mark.rule("INT-7")
def test_late_events_in_one_batch_are_answered_by_what_they_open(padaria: Contract):
    padaria.observe("known", NOON + 3 * DAY)
    answers = interactions.observe(
        [
            padaria.event("c", NOON + 2 * DAY),
            padaria.event("a", NOON),
            padaria.event("b", NOON + HOUR),
            padaria.event("a2", NOON),
            padaria.event("d", NOON + 3 * DAY),
            padaria.event("other", NOON, contact="another"),
        ]
    )
    assert answers == [OPENED, OPENED, COVERED, COVERED, COVERED, OPENED]
    assert padaria.cycle().interactions == 4


@pytest.mark.rule("INT-7", part="late ones taken")
@pytest.mark.rule("INT-7", part="grace: default")
def test_late_events_are_taken_until_48_hours_after_their_cycle(padaria: Contract):
    last = JULY_1 - HOUR
    assert padaria.observe("a", last, now=JULY_1 + 2 * DAY - HOUR) is OPENED
    assert padaria.observe("b", last, now=JULY_1 + 2 * DAY) is ObserveStatus.TOO_LATE
    assert padaria.cycle(JUNE_1).interactions == 1


@pytest.mark.rule("INT-7", part="grace: other")
def test_by_setting_late_events_are_taken_for_six_hours(padaria: Contract):
    set_value(setting=LATE_GRACE, value="PT6H", actor="person:olga", why="bills go out earlier", now=NOON)
    last = JULY_1 - HOUR
    assert padaria.observe("a", last, now=JULY_1 + 5 * HOUR) is OPENED
    assert padaria.observe("b", last, now=JULY_1 + 6 * HOUR) is ObserveStatus.TOO_LATE
    assert padaria.cycle(JUNE_1).interactions == 1


def test_the_same_event_again_counts_once(padaria: Contract):
    padaria.observe("a", NOON)
    assert padaria.observe("a", NOON) is ObserveStatus.REPLAYED
    assert padaria.observe("a", NOON + 30 * HOUR, now=NOON + 31 * HOUR) is ObserveStatus.CLASH
    assert (
        padaria.observe("a", NOON + 30 * HOUR) is ObserveStatus.REPLAYED
    )  # its moment is that of being told
    assert padaria.observe("a", NOON, kind="company_started") is ObserveStatus.CLASH
    assert padaria.observe("a", NOON, channel="sms") is ObserveStatus.CLASH
    assert padaria.cycle().interactions == 1


def test_one_id_twice_in_a_batch_counts_once(padaria: Contract):
    answers = interactions.observe(
        [
            padaria.event("a", NOON + 30 * HOUR),
            padaria.event("a", NOON + 30 * HOUR),
            padaria.event("a", NOON),
            padaria.event("z", AUGUST_1),
            padaria.event("z", AUGUST_1),
        ]
    )
    # The events are looked at by their moments, the answers to one id by their order in the batch.
    assert [a.name for a in answers] == ["OPENED", "REPLAYED", "CLASH", "NO_CYCLE", "NO_CYCLE"]
    assert padaria.cycle().interactions == 1


def test_an_unknown_contract_is_answered_and_harms_nobody(padaria: Contract):
    stranger = ContactEvent(
        uuid7(), event_key("a"), event_key("b"), "whatsapp", "contact_message", NOON, NOON
    )
    assert interactions.observe([stranger, padaria.event("a", NOON)]) == [ObserveStatus.NO_CYCLE, OPENED]
