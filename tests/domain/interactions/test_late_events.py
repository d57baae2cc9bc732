"""Contact events that come too late are refused and kept for the seller (INT-7); kinds have dates (INT-3)."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta

import pytest
from django.db import connection

from abono.domain.interactions import actions as interactions
from abono.domain.interactions.queries import late_events
from abono.domain.interactions.types import ContactEvent, LateEvent, ObserveStatus
from abono.kernel.ids import event_key
from tests.domain.metering.world import DAY, HOUR, JULY_1, JUNE_1, NOON, Contract, World, rows

OPENED, COVERED = ObserveStatus.OPENED, ObserveStatus.COVERED
NOT_COUNTED, TOO_LATE, REPLAYED = ObserveStatus.NOT_COUNTED, ObserveStatus.TOO_LATE, ObserveStatus.REPLAYED
CLOSED = JULY_1 + 2 * DAY  # the grace of June is over


def kinds(*changes: tuple[str, datetime, bool]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO metering_interaction_kind VALUES (%s, %s, %s)", changes)


@pytest.mark.rule("INT-7", part="later ones refused with their code")
@pytest.mark.rule("INT-7", part="kept for the seller")
def test_a_late_event_is_refused_and_kept_once(padaria: Contract, luna: Contract):
    for told in (CLOSED, CLOSED + HOUR, CLOSED + DAY):
        assert padaria.observe("a", NOON, now=told) is TOO_LATE
    assert (
        padaria.observe("a", NOON + HOUR, now=CLOSED, kind="mass_send") is TOO_LATE
    )  # it is no clash either
    padaria.observe("in time", NOON, now=CLOSED - HOUR)
    assert late_events(contract_id=padaria.id) == [
        LateEvent(
            contract_id=padaria.id,
            event_id=event_key("a"),
            contact=event_key("+55 11 90000-0001"),
            channel="whatsapp",
            kind="contact_message",
            happened_at=NOON,
            cycle_start=JUNE_1,
            told_at=CLOSED,
            kept_at=late_events()[0].kept_at,
        )
    ]
    assert late_events(contract_id=luna.id) == []
    assert padaria.cycle().interactions == 1


@pytest.mark.rule("INT-7")
def test_an_event_that_was_taken_in_time_is_known_for_ever(padaria: Contract):
    padaria.observe("a", NOON)
    padaria.observe("b", NOON + HOUR, kind="mass_send")
    assert padaria.observe("a", NOON, now=CLOSED + 9 * DAY) is REPLAYED
    assert padaria.observe("b", NOON + HOUR, kind="mass_send", now=CLOSED) is REPLAYED
    assert padaria.observe("a", NOON + HOUR, now=CLOSED) is ObserveStatus.CLASH
    assert rows("metering_late_event") == 0


@pytest.mark.rule("INT-7")
def test_late_ones_of_a_batch_do_not_hold_up_the_others(padaria: Contract, luna: Contract):
    padaria.observe("known", NOON)
    answers = interactions.observe(
        [
            padaria.event("late", NOON, now=CLOSED),
            padaria.event("late", NOON, now=CLOSED),
            padaria.event("known", NOON, now=CLOSED),
            padaria.event("new", JULY_1 + HOUR, now=CLOSED),
            luna.event("late", NOON, now=CLOSED - HOUR),
            padaria.event("what", NOON, kind="smoke_signal", now=CLOSED),
        ]
    )
    assert answers == [TOO_LATE, TOO_LATE, REPLAYED, OPENED, OPENED, ObserveStatus.UNKNOWN_KIND]
    assert [event.event_id for event in late_events()] == [event_key("late")]


@pytest.mark.rule("INT-7")
def test_late_events_are_read_page_by_page(padaria: Contract, luna: Contract):
    interactions.observe([one.event(f"{n}", NOON, now=CLOSED) for n in range(3) for one in (padaria, luna)])
    seen: list[LateEvent] = []
    while page := late_events(before=seen[-1].place if seen else None, limit=4):
        seen += page
    assert len({(event.contract_id, event.event_id) for event in seen}) == len(seen) == 6
    assert seen == sorted(seen, key=lambda event: event.place, reverse=True)


@pytest.mark.rule("INT-7")
def test_one_call_tells_of_one_contract_at_two_moments(padaria: Contract):
    """Callers that were gathered into one call: each has its own present, and they share interactions."""
    answers = interactions.observe(
        [
            padaria.event("a", NOON, now=NOON + HOUR),
            padaria.event("b", NOON + HOUR, now=NOON + 2 * HOUR),
            padaria.event("c", NOON + 2 * HOUR, now=CLOSED),
        ]
    )
    assert answers == [OPENED, COVERED, TOO_LATE]
    assert padaria.cycle().interactions == 1


@pytest.mark.rule("INT-7")
@pytest.mark.rule("INT-3", part="a table with dates")
def test_a_kind_counts_by_the_row_in_force_when_it_happened_however_late_it_is_told(world: World):
    """automatic_reply counts from NOON on for two days, and then no more."""
    kinds(("automatic_reply", NOON, True), ("automatic_reply", NOON + 2 * DAY, False))
    second = timedelta(seconds=1)
    at = {
        "before": (NOON - second, NOT_COUNTED),
        "first": (NOON, OPENED),
        "covered": (NOON + HOUR, COVERED),
        "next": (NOON + DAY, OPENED),
        "last": (NOON + 2 * DAY - second, COVERED),
        "after": (NOON + 2 * DAY, NOT_COUNTED),
    }
    for order in itertools.islice(itertools.permutations(at), 0, None, 31):  # 24 of the 720
        one_by_one, at_once = world.contract(), world.contract()
        answers = {}
        for name in order:
            answers[name] = one_by_one.observe(name, at[name][0], kind="automatic_reply", now=CLOSED - second)
        for name in ("before", "after"):
            assert answers[name] is NOT_COUNTED, order
        batch = [
            at_once.event(name, at[name][0], kind="automatic_reply", now=CLOSED - second) for name in order
        ]
        assert interactions.observe(batch) == [at[name][1] for name in order]
        assert (one_by_one.cycle().interactions, at_once.cycle().interactions) == (2, 2), order


@pytest.mark.rule("INT-3", part="a table with dates")
def test_a_row_that_is_added_later_changes_nothing_that_was_counted(padaria: Contract):
    assert padaria.observe("a", NOON) is OPENED
    kinds(("contact_message", NOON - HOUR, False))
    assert padaria.observe("b", NOON + DAY) is NOT_COUNTED
    assert padaria.observe("a", NOON) is REPLAYED
    assert padaria.observe("late", NOON - 2 * HOUR) is OPENED  # of before the change: moves the window
    assert padaria.cycle().interactions == 1


@pytest.mark.rule("INT-3", part="a table with dates")
def test_a_kind_is_unknown_before_its_first_row(padaria: Contract):
    kinds(("review", NOON, True))
    batch = [padaria.event(f"{n}", NOON + (n - 1) * HOUR, kind="review") for n in range(3)]
    assert [answer.name for answer in interactions.observe(batch)] == ["UNKNOWN_KIND", "OPENED", "COVERED"]


@pytest.mark.rule("INT-7")
def test_an_event_between_two_that_are_known_is_found_where_it_lies(padaria: Contract):
    """The newest interaction alone does not say what covers an event that came late."""
    for day in (0, 2, 4):
        assert padaria.observe(f"{day}", NOON + day * DAY) is OPENED
    batch = [
        ContactEvent(padaria.id, event_key(f"late {hours}"), event_key("+55 11 90000-0001"), "whatsapp",
                     "contact_message", NOON + hours * HOUR, CLOSED - DAY)
        for hours in (1, 23, 24, 30, 47, 48, 71, 72, 120)
    ]  # fmt: skip
    answers = interactions.observe(batch)
    # 0 h opens to 24; 24 opens to 48; 48 is known and opens to 72; 72 opens to 96; 96 is known; 120 opens.
    assert answers == [COVERED, COVERED, OPENED, COVERED, COVERED, COVERED, COVERED, OPENED, OPENED]
    assert padaria.cycle().interactions == 6
