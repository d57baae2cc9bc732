"""What a buyer withholds (PAY-6); sums are written out in docs/billing-arithmetic.md."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abono.kernel.withheld import Withholding, by_parts, one_sum, parted, sums

TAXES = st.lists(
    st.builds(Withholding, st.just("T"), st.integers(1, 200_000), st.integers(1, 10**9)),
    min_size=1,
    max_size=6,
)


@pytest.mark.rule("PAY-6", part="withheld")
@given(taxes=TAXES)
def test_as_one_sum_and_by_its_parts_is_exactly_right_and_nothing_else_but_their_rounding(taxes) -> None:
    found = sums(taxes)
    assert {one_sum(taxes), by_parts(taxes)} <= found
    apart = len(taxes) // 2 + 1  # each rounding is half a minor unit at most
    assert all(abs(one - one_sum(taxes)) <= apart for one in found)
    assert len(taxes) > 1 or len(found) == 1


@pytest.mark.rule("PAY-6", part="withheld")
@given(taxes=TAXES)
def test_its_parts_add_up_and_differ_from_each_tax_by_less_than_a_minor_unit(taxes) -> None:
    for minor in sums(taxes):
        parts = parted(taxes, minor)
        assert sum(parts) == minor
        for part, tax in zip(parts, taxes, strict=True):
            assert abs(part * 1_000_000 - tax.exact_micro) < 1_000_000
    assert parted(taxes, by_parts(taxes)) == tuple(one.minor for one in taxes)


def test_of_more_taxes_than_anybody_withholds_the_whole_and_the_parts_are_tried() -> None:
    many = [Withholding(str(number), 5_000, 10_030) for number in range(20)]  # 0.50 and 0.0015 of each
    assert sums(many) == {10_03, 10_00}
