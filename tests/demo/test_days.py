"""What a made company sends on a day: always the same, inside its hours, within its budget."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from abono.demo.days import KINDS, Span, sends, touches
from abono.kernel.periods import Period

MONDAY = date(2026, 6, 1)
JUNE = Span(
    "padaria",
    "America/Sao_Paulo",
    Period(datetime(2026, 6, 1, 3, tzinfo=UTC), datetime(2026, 7, 1, 3, tzinfo=UTC)),
)
MIX = {("sms", "message", "BR"): 3, ("webchat", "message", "*"): 1}
PRICES = {("sms", "message", "BR"): 100_000, ("webchat", "message", "*"): 0}


def of(day, *, budget_micro=3_000_000, span=JUNE):
    return sends(span, day, budget_micro=budget_micro, mix=MIX, prices=PRICES)


def test_the_same_day_is_always_the_same_and_another_day_is_not():
    assert of(MONDAY) == of(MONDAY)
    assert of(MONDAY) != of(MONDAY + timedelta(days=1))
    assert {one.id for one in of(MONDAY)}.isdisjoint(one.id for one in of(MONDAY + timedelta(days=1)))


def test_a_budget_is_spent_and_passed_by_less_than_one_send():
    spent = sum(one.price_micro for one in of(MONDAY, budget_micro=3_050_000))
    assert 3_050_000 <= spent < 3_150_000


def test_everything_happens_in_order_within_the_hours_of_the_day():
    moments = [one.at for one in of(MONDAY)]
    assert moments == sorted(moments)
    assert moments[0] >= datetime(2026, 6, 1, 11, tzinfo=UTC)  # eight o'clock in São Paulo
    assert moments[-1] <= datetime(2026, 6, 1, 23, tzinfo=UTC)


def test_ids_are_of_version_7_and_begin_with_their_moment():
    for one in of(MONDAY):
        assert one.id.version == 7
        assert one.id.int >> 80 == int(one.at.timestamp() * 1000)


def test_nothing_happens_before_the_span_or_after_it():
    begin, end = datetime(2026, 6, 1, 13, 30, tzinfo=UTC), datetime(2026, 6, 3, 12, tzinfo=UTC)
    span = Span("padaria", "America/Sao_Paulo", Period(begin, end))
    assert list(span.days()) == [date(2026, 6, 1), date(2026, 6, 2), date(2026, 6, 3)]
    assert all(one.at >= begin for one in of(MONDAY, span=span))
    assert all(one.at <= end for one in of(date(2026, 6, 3), span=span))
    assert of(date(2026, 6, 4), span=span) == []


def test_a_day_that_has_hardly_begun_is_left_out():
    until = datetime(2026, 6, 2, 11, 20, tzinfo=UTC)  # twenty past eight on Tuesday
    span = Span("padaria", "America/Sao_Paulo", Period(JUNE.period.start, until))
    assert list(span.days()) == [MONDAY]


def test_sundays_are_quiet_and_one_day_of_the_month_is_loud():
    weights = JUNE.days()
    sundays = [weight for day, weight in weights.items() if day.weekday() == 6]
    assert max(sundays) < min(weight for day, weight in weights.items() if day.weekday() < 5)
    assert sum(weight > 20_000 for weight in weights.values()) == 1


@pytest.mark.rule("INT-2", "INT-3")
def test_contact_events_are_of_kinds_that_count_and_of_one_that_does_not():
    found = touches(JUNE, MONDAY, count=500, mix=MIX)
    assert len(found) == 500
    assert {one.kind for one in found} == set(KINDS)
    assert {one.channel for one in found} == {"sms", "webchat"}


def test_people_are_in_the_software_on_working_days_and_gone_in_the_evening():
    found = list(JUNE.at_work())
    assert list(JUNE.at_work()) == found
    assert [at for at, _percent in found] == sorted(at for at, _percent in found)
    assert {at.weekday() for at, _percent in found} == {0, 1, 2, 3, 4}
    monday = [(at.hour - 3, percent) for at, percent in found if at.date() == MONDAY]  # São Paulo's hours
    assert [hour for hour, _percent in monday] == list(range(8, 19))
    assert monday[3][1] > monday[0][1] > monday[-1][1] == 0
