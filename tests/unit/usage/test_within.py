"""What lies between two borders of a sum of use, and parts that add up (FIN-4)."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abono.domain.usage.rules import within
from abono.domain.usage.types import TimedUse
from abono.kernel.rating import apportion

START = datetime(2026, 11, 1, 3, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
SMS, WHATSAPP, MAIL = ("sms", "message", "BR"), ("whatsapp", "company", "BR"), ("email", "message", "*")

amounts = st.integers(1, 10**12)
quarters = st.lists(
    st.dictionaries(st.sampled_from([SMS, WHATSAPP, MAIL]), amounts, min_size=1), min_size=1, max_size=6
)


def in_order(found: list[dict[tuple[str, str, str], int]]) -> list[TimedUse]:
    return [
        TimedUse(START + n * QUARTER, route, micro)
        for n, quarter in enumerate(found)
        for route, micro in quarter.items()
    ]


@pytest.mark.rule("FIN-4", part="adds up to the line")
@given(quarters, st.lists(st.integers(0, 4 * 10**13), max_size=3))
def test_parts_between_borders_add_up_and_neighbours_make_the_whole(found, borders) -> None:
    uses = in_order(found)
    whole = sum(use.sent_micro for use in uses)
    steps = sorted({0, whole, *(min(border, whole) for border in borders)})
    together: dict[tuple[str, str, str], int] = {}
    for since, until in itertools.pairwise(steps):
        parts = within(uses, since_micro=since, until_micro=until)
        assert sum(parts.values()) == until - since
        for route, part in parts.items():
            assert part > 0
            together[route] = together.get(route, 0) + part
    for route, micro in within(uses, since_micro=0, until_micro=whole).items():
        assert abs(together.get(route, 0) - micro) <= len(
            borders
        )  # a millionth for each border inside a quarter


@pytest.mark.rule("FIN-4", part="adds up to the line")
@given(st.integers(0, 10**12), st.lists(amounts, min_size=1, max_size=9))
def test_a_sum_in_parts_is_the_sum(whole, weights) -> None:
    parts = apportion(whole, weights)
    assert sum(parts) == whole
    total = sum(weights)
    assert all(
        abs(part * total - whole * weight) < total for part, weight in zip(parts, weights, strict=True)
    )


def test_a_package_pays_for_what_was_sent_first() -> None:
    uses = in_order([{SMS: 80}, {SMS: 20, WHATSAPP: 60}, {MAIL: 5}])
    # 100 of 165 are paid: of the second quarter 20 of 80, so that 60 of 80 lie beyond, 15 and 45; then all of it
    assert within(uses, since_micro=100, until_micro=165) == {SMS: 15, WHATSAPP: 45, MAIL: 5}


def test_nothing_can_be_parted_by_no_weight() -> None:
    for weights in ([], [0, 0], [3, -1]):
        with pytest.raises(ValueError, match="weight"):
            apportion(10, weights)
