from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abono.kernel.money import Money, total
from abono.kernel.rating import (
    UNLIMITED,
    ceiling,
    div_half_up,
    line_total,
    overage,
    to_micro,
    to_money,
    volume,
)

amounts = st.integers(-(10**15), 10**15)


@given(st.lists(amounts))
def test_a_total_is_the_sum_of_its_amounts(minors):
    assert total([Money(m, "BRL") for m in minors], "BRL").minor == sum(minors)


def test_currencies_are_never_mixed():
    with pytest.raises(ValueError, match="mix BRL and USD"):
        Money(1, "BRL") + Money(1, "USD")
    with pytest.raises(ValueError, match="unknown currency"):
        Money(1, "XXX")


def test_money_is_never_a_float_or_a_bool():
    for wrong in (1.0, True, "1"):
        with pytest.raises(TypeError):
            Money(wrong, "BRL")


@given(st.integers(-(10**18), 10**18), st.integers(1, 10**9))
def test_rounding_is_half_up_away_from_zero(numerator, denominator):
    # 60 digits are more than any of these quotients needs to be told from a half.
    with localcontext(prec=60):
        exact = Decimal(numerator) / Decimal(denominator)
        assert div_half_up(numerator, denominator) == int(exact.quantize(Decimal(1), ROUND_HALF_UP))


@pytest.mark.rule("INV-3", part="one rounding")
def test_a_line_is_rounded_once_half_up():
    # 3 × 0.0463 = 0.1389 → 0.14; one by one it would be 3 × 0.05 = 0.15.
    assert line_total(3, 46_300, "USD") == Money(14, "USD")
    # 0.005 is half a cent: up.
    assert to_money(5_000, "USD") == Money(1, "USD")


@given(st.integers(0, 10**15), st.sampled_from(["BRL", "CLP"]))
def test_minor_units_survive_the_way_to_millionths_and_back(minor, currency):
    assert to_money(to_micro(Money(minor, currency)), currency).minor == minor


@pytest.mark.rule("CAT-4", part="rounded up")
@pytest.mark.parametrize(
    ("value_minor", "price_micro", "shown"),
    [(100_00, 550_000, 182), (250_00, 85_000, 2_942), (100_00, 100_000, 1_000), (2000_00, 470_000, 4_256)],
)
def test_the_volume_shown_is_rounded_up(value_minor, price_micro, shown):
    assert volume(to_micro(Money(value_minor, "BRL")), price_micro) == shown


def test_a_free_channel_has_no_volume():
    with pytest.raises(ValueError, match="free channel"):
        volume(1, 0)


@pytest.mark.rule("LIM-1")
@pytest.mark.parametrize(
    ("percent", "limit_micro"), [(100, 200_000_000), (0, 100_000_000), (50, 150_000_000), (None, UNLIMITED)]
)
def test_the_limit_is_the_package_and_its_overage_part(percent, limit_micro):
    assert ceiling(100_000_000, percent) == limit_micro


@given(st.integers(0, 10**15), st.integers(0, 10**15))
def test_package_part_and_overage_make_the_whole_use(used, value):
    assert overage(used, value) + min(used, value) == used
