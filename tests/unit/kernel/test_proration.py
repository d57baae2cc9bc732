"""Shares of a cycle: whatever order changes come in, every day is paid for once (CHG-4, CHG-5)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abono.kernel.periods import boundary_day, cycle, day_start
from abono.kernel.proration import (
    Days,
    allowance_after,
    cycle_price,
    days_left,
    difference,
    left_of,
    used_of,
)

FEES = st.integers(0, 10_000_000)
ZONES = ["America/Sao_Paulo", "America/Santiago", "America/Havana", "America/Mexico_City", "UTC"]


@st.composite
def changes(draw: st.DrawFn) -> tuple[list[tuple[int, int]], int]:
    """Fees of a cycle, each with the days that are left when it begins, and the days of the cycle."""
    of = draw(st.integers(1, 31))
    later = sorted(draw(st.lists(st.integers(0, of), max_size=6)), reverse=True)
    return [(left, draw(FEES)) for left in [of, *later]], of


def test_the_rules_own_example() -> None:
    # Professional on the 19th day of 30: 3,900.00 × 12/30 = 1,560.00; Specialist: 600.00 × 12/30 = 240.00
    days = Days(12, 30)
    assert left_of(3_900_00, days) == 1_560_00
    assert (left_of(600_00, days), used_of(600_00, days)) == (240_00, 360_00)
    assert difference(600_00, 3_900_00, days) == 1_320_00


@given(fee=FEES, of=st.integers(1, 31), data=st.data())
def test_used_and_unused_are_the_fee_and_neither_is_below_zero(
    fee: int, of: int, data: st.DataObject
) -> None:
    days = Days(data.draw(st.integers(0, of)), of)
    assert used_of(fee, days) + left_of(fee, days) == fee
    assert 0 <= left_of(fee, days) <= fee
    assert abs(left_of(fee, days) * days.of - fee * days.left) * 2 <= days.of  # half a minor unit at most


@given(fees=st.lists(FEES, min_size=2, max_size=6), of=st.integers(1, 31), data=st.data())
def test_changes_of_one_day_cost_what_the_direct_one_does(
    fees: list[int], of: int, data: st.DataObject
) -> None:
    days = Days(data.draw(st.integers(0, of)), of)
    step_by_step = sum(difference(a, b, days) for a, b in pairwise(fees))
    assert step_by_step == difference(fees[0], fees[-1], days)
    assert difference(fees[0], fees[0], days) == 0


@given(life=changes())
def test_the_first_fee_and_all_differences_are_the_price_of_the_days_of_each_fee(
    life: tuple[list[tuple[int, int]], int],
) -> None:
    fees, of = life
    billed = fees[0][1] + sum(
        difference(before, after, Days(left, of)) for (_, before), (left, after) in pairwise(fees)
    )
    assert billed == cycle_price(fees, of)
    # Within half a minor unit at each end of each fee of the exact price, in whole days.
    ends = [left for left, _fee in fees[1:]] + [0]
    exact = sum(fee * (left - end) for (left, fee), end in zip(fees, ends, strict=True))
    assert abs(billed * of - exact) <= of * len(fees)


@pytest.mark.rule("TIM-4", part="no day twice or not at all")
@given(
    anchor=st.dates(date(2016, 1, 1), date(2028, 12, 31)),
    number=st.integers(0, 14),
    zone=st.sampled_from(ZONES),
    data=st.data(),
)
def test_each_local_day_of_a_cycle_is_left_once(
    anchor: date, number: int, zone: str, data: st.DataObject
) -> None:
    period = cycle(anchor, number, zone)
    of = days_left(period, period.start, zone).of
    assert 28 <= of <= 31
    day = data.draw(st.integers(0, of - 1))
    first = day_start(boundary_day(period.start, zone) + timedelta(days=day), zone)
    assert days_left(period, first, zone) == Days(of - day, of)
    assert days_left(period, first - timedelta(microseconds=1), zone).left == min(of - day + 1, of)


def test_the_day_of_the_change_belongs_to_the_new_plan() -> None:
    june = cycle(date(2026, 6, 1), 0, "America/Sao_Paulo")
    on_the_19th = datetime.fromisoformat("2026-06-19T23:59:59-03:00")
    assert days_left(june, on_the_19th, "America/Sao_Paulo") == Days(12, 30)
    assert days_left(june, on_the_19th + timedelta(seconds=1), "America/Sao_Paulo") == Days(11, 30)


def test_a_moment_outside_the_cycle_is_its_nearest_day() -> None:
    june = cycle(date(2026, 6, 1), 0, "America/Sao_Paulo")
    assert days_left(june, june.start - timedelta(days=3), "America/Sao_Paulo") == Days(30, 30)
    assert days_left(june, june.end, "America/Sao_Paulo") == Days(0, 30)
    assert difference(600_00, 3_900_00, Days(0, 30)) == 0
    with pytest.raises(ValueError, match="31 of 30 days"):
        Days(31, 30)


@given(life=changes())
def test_credits_granted_in_a_cycle_are_the_plans_by_their_days_and_one_for_each_change(
    life: tuple[list[tuple[int, int]], int],
) -> None:
    plans, of = life
    total = plans[0][1]
    for (_, before), (left, after) in pairwise(plans):
        total = allowance_after(total, before, after, Days(left, of))
    ends = [left for left, _plan in plans[1:]] + [0]
    by_days = sum(included * (left - end) for (left, included), end in zip(plans, ends, strict=True))
    assert total * of <= by_days + of * (len(plans) - 1)
    assert total >= 0


def test_a_step_up_on_the_last_day_grants_a_share_and_not_the_whole() -> None:
    # 500 + ⌈(5,000 − 500) × 1/30⌉ = 500 + 150
    assert allowance_after(500, 500, 5_000, Days(1, 30)) == 650
    assert allowance_after(650, 5_000, 500, Days(1, 30)) == 500
    assert allowance_after(500, 500, 5_000, Days(7, 31)) == 500 + 1_017  # 1,016.13 up
