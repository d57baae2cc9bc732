from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from abono.kernel.periods import Period, add_months, boundary_day, cycle, day_beside, day_start, local_date

ZONES = [
    "America/Sao_Paulo",
    "America/Bogota",
    "America/Santiago",
    "America/Havana",
    "Africa/Cairo",
    "Asia/Beirut",
    "Atlantic/Azores",
    "America/Mexico_City",
    "America/Asuncion",
    "Pacific/Apia",
    "UTC",
]
zones = st.sampled_from(ZONES)
days = st.dates(date(1990, 1, 2), date(2035, 12, 30))


def utc(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=UTC)


@pytest.mark.rule("TIM-5")
@pytest.mark.parametrize(
    ("zone", "day", "instant"),
    [
        ("America/Sao_Paulo", date(2026, 5, 1), "2026-05-01T03:00"),
        ("America/Sao_Paulo", date(2018, 11, 4), "2018-11-04T03:00"),  # summer time of its day
        # The clock moves at another hour, by half an hour: midnight is once, 11:00 and 10:30 ahead of UTC.
        ("Australia/Lord_Howe", date(2026, 4, 5), "2026-04-04T13:00"),
        ("Australia/Lord_Howe", date(2026, 4, 6), "2026-04-05T13:30"),
    ],
)
def test_a_local_day_starts_at_its_midnight(zone, day, instant):
    assert day_start(day, zone) == utc(instant)


@pytest.mark.rule("TIM-5", part="gap")
@pytest.mark.parametrize(
    ("zone", "day", "instant", "reads"),
    [
        ("America/Santiago", date(2026, 9, 6), "2026-09-06T04:00", "01:00"),
        ("America/Havana", date(2026, 3, 8), "2026-03-08T05:00", "01:00"),
        ("Africa/Cairo", date(2026, 4, 24), "2026-04-23T22:00", "01:00"),
        ("Asia/Beirut", date(2026, 3, 29), "2026-03-28T22:00", "01:00"),
        ("Atlantic/Azores", date(2026, 3, 29), "2026-03-29T01:00", "01:00"),
        # The gap began at 23:30, so its end is half an hour before what midnight would have been.
        ("America/Toronto", date(1919, 3, 31), "1919-03-31T04:30", "00:30"),
        # 30 December never was: Samoa crossed the date line, and the day after begins where it would have.
        ("Pacific/Apia", date(2011, 12, 30), "2011-12-30T10:00", "00:00"),
        ("Pacific/Apia", date(2011, 12, 31), "2011-12-30T10:00", "00:00"),
    ],
)
def test_where_midnight_does_not_exist_the_day_starts_after_the_gap(zone, day, instant, reads):
    start = day_start(day, zone)
    assert start == utc(instant)
    assert f"{start.astimezone(ZoneInfo(zone)):%H:%M}" == reads


@pytest.mark.rule("TIM-5", part="twice")
@pytest.mark.parametrize(
    ("zone", "day", "earlier", "later"),
    [
        ("America/Havana", date(2026, 11, 1), "2026-11-01T04:00", "2026-11-01T05:00"),
        ("Atlantic/Azores", date(2026, 10, 25), "2026-10-25T00:00", "2026-10-25T01:00"),
        # One minute into the day the clock went back to 23:01 of the day before.
        ("America/St_Johns", date(2010, 11, 7), "2010-11-07T02:30", "2010-11-07T03:30"),
    ],
)
def test_where_midnight_comes_twice_the_day_starts_at_the_earlier(zone, day, earlier, later):
    assert utc(later).astimezone(ZoneInfo(zone)).time() == time()
    assert day_start(day, zone) == utc(earlier)


@pytest.mark.rule("TIM-5")
@given(days, zones)
def test_the_first_instant_of_a_day_is_in_it_and_the_second_before_is_not(day, zone):
    if zone == "Pacific/Apia" and day == date(2011, 12, 30):
        return  # that day never was: Samoa crossed the date line
    start = day_start(day, zone)
    assert local_date(start, zone) == day
    before = start - timedelta(seconds=1)
    assert before.astimezone(ZoneInfo(zone)).date() < day


@pytest.mark.rule("TIM-4", part="from the anchor")
@pytest.mark.rule("INV-2", part="day 31")
def test_day_31_becomes_the_months_last_and_returns_to_31():
    starts = [cycle(date(2027, 1, 31), n, "America/Sao_Paulo").start for n in range(4)]
    assert [local_date(s, "America/Sao_Paulo") for s in starts] == [
        date(2027, 1, 31),
        date(2027, 2, 28),
        date(2027, 3, 31),
        date(2027, 4, 30),
    ]


@pytest.mark.rule("TIM-3")
@pytest.mark.rule("TIM-4", part="no day twice or not at all")
@example(date(2027, 1, 31), 1, "America/Sao_Paulo")  # 28 February to 31 March
@given(days, st.integers(0, 60), zones)
def test_cycles_touch_without_gap_or_overlap(anchor, number, zone):
    one, following = cycle(anchor, number, zone), cycle(anchor, number + 1, zone)
    assert one.end == following.start
    assert one.end not in one
    assert one.end in following
    assert timedelta(days=27) < one.end - one.start < timedelta(days=32)


@given(days, st.integers(0, 40), st.integers(0, 40))
def test_months_are_added_from_the_anchor(anchor, first, second):
    whole = add_months(anchor, first + second)
    assert whole.day <= anchor.day
    assert (whole.year, whole.month) == (
        (anchor.year * 12 + anchor.month - 1 + first + second) // 12,
        (anchor.month - 1 + first + second) % 12 + 1,
    )


def test_a_period_needs_a_time_zone_and_a_direction():
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    with pytest.raises(ValueError, match="time zone"):
        Period(noon.replace(tzinfo=None), noon)
    with pytest.raises(ValueError, match="after it starts"):
        Period(noon, noon)


@pytest.mark.rule("TIM-6")
@given(day=days, zone=zones, moved=st.timedeltas(-timedelta(hours=2), timedelta(hours=2)))
def test_a_boundary_is_called_by_its_day_also_where_midnight_moved_away_from_it(day, zone, moved):
    assert boundary_day(day_start(day, zone), zone) == local_date(day_start(day, zone), zone)
    beside = day_start(day, zone) + moved
    assert boundary_day(beside, zone) == local_date(day_start(day, zone) + timedelta(hours=12), zone)


@pytest.mark.rule("TIM-6")
@given(day=days, zone=zones, moved=st.timedeltas(-timedelta(hours=2), timedelta(hours=2)))
def test_what_happened_before_a_boundary_fell_on_the_day_before_it(day, zone, moved):
    beside = day_start(day, zone) + moved
    far = beside - timedelta(days=31)
    minute = timedelta(minutes=1)
    assert day_beside(beside - minute, [far, beside], zone) == local_date(day_start(day, zone) - minute, zone)
    assert day_beside(beside, [far, beside], zone) == local_date(day_start(day, zone), zone)


@pytest.mark.rule("TIM-6")
@given(day=days, zone=zones, after=st.timedeltas(timedelta(0), timedelta(days=15)))
def test_while_the_rules_stand_a_moment_is_of_its_local_day(day, zone, after):
    boundary = day_start(day, zone)
    assert day_beside(boundary + after, [boundary], zone) == local_date(boundary + after, zone)
