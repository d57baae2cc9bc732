"""When a package ends at the pace of its cycle so far."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abono.domain.usage.rules import PACE_AFTER, Course, Pace, pace, total_at_end
from abono.kernel.periods import Period

START = datetime(2026, 11, 1, 3, tzinfo=UTC)
DAY = timedelta(days=1)
CYCLE = Period(START, START + 30 * DAY)
VALUE = 100_000_000


def at_day(day: int, total: int, *, value: int = VALUE, passed_at: datetime | None = None) -> Pace | None:
    return pace(total_micro=total, value_micro=value, cycle=CYCLE, now=START + day * DAY, passed_at=passed_at)


@pytest.mark.rule("FIN-5")
def test_half_in_ten_days_is_all_in_twenty() -> None:
    assert at_day(10, VALUE // 2) == Pace(Course.ENDS, START + 20 * DAY)


@pytest.mark.rule("FIN-5")
def test_without_use_or_without_a_package_nothing_is_said() -> None:
    assert at_day(10, 0) is None
    assert at_day(10, 5, value=0) is None


@pytest.mark.rule("FIN-5")
def test_a_package_that_is_passed_says_since_when() -> None:
    since = START + 3 * DAY
    assert at_day(10, VALUE, passed_at=since) == Pace(Course.PASSED, since)
    assert at_day(10, VALUE + 1) == Pace(Course.PASSED, None)
    assert at_day(0, VALUE, passed_at=START) == Pace(Course.PASSED, START)  # however young the cycle


@pytest.mark.rule("FIN-5", "TIM-3")
def test_a_package_that_would_end_with_the_cycle_or_later_lasts() -> None:
    assert at_day(10, VALUE // 3) == Pace(Course.LASTS, None)
    assert at_day(15, VALUE // 2) == Pace(Course.LASTS, None)  # the cycle's end is not of the cycle
    assert at_day(15, VALUE // 2 + 1) != Pace(Course.LASTS, None)


def test_the_first_days_and_other_cycles_say_nothing() -> None:
    assert at_day(1, VALUE // 2) is None
    assert at_day(2, VALUE // 2) == Pace(Course.ENDS, START + 4 * DAY)
    assert at_day(-1, VALUE // 2) is None
    assert at_day(30, VALUE // 2) is None


amounts = st.integers(1, 2**62)
moments = st.timedeltas(min_value=PACE_AFTER, max_value=30 * DAY - timedelta(microseconds=1))


@given(total=amounts, value=amounts, elapsed=moments)
def test_the_moment_is_the_first_at_which_the_line_of_use_reaches_the_package(
    total: int, value: int, elapsed: timedelta
) -> None:
    now = START + elapsed
    found = pace(total_micro=total, value_micro=value, cycle=CYCLE, now=now)
    assert found is not None
    at_end = total_at_end(total_micro=total, cycle=CYCLE, now=now)
    assert at_end is not None
    assert (found.course is Course.LASTS) == (total < value and at_end <= value and found.at is None)
    if found.course is Course.ENDS:
        assert found.at is not None
        assert now < found.at < CYCLE.end
        tick = timedelta(microseconds=1)
        needed, passed = (found.at - START) // tick, elapsed // tick
        assert total * needed >= value * passed > total * (needed - 1)


@given(total=amounts, more=amounts, value=amounts, elapsed=moments)
def test_more_use_never_makes_a_package_last_longer(
    total: int, more: int, value: int, elapsed: timedelta
) -> None:
    def end(used: int) -> datetime:
        found = pace(total_micro=used, value_micro=value, cycle=CYCLE, now=START + elapsed)
        assert found is not None
        if found.course is Course.PASSED:
            return START + elapsed
        return CYCLE.end if found.at is None else found.at

    assert end(total + more) <= end(total)
