"""Digits as bars: widths as the standard has them. That a scanner reads them is seen on slips."""

from __future__ import annotations

import re

import pytest

from abono.kernel.bar_code import bar_code_svg


def test_bars_are_digits_and_spaces_are_the_digits_between() -> None:
    """1 is wide at both ends, 2 wide at its second and last; a start of four narrow ones, an end of wide, narrow, narrow."""
    bars = [(int(at), int(width)) for at, width in re.findall(r"M(\d+) 0h(\d+)v1", bar_code_svg("12"))]
    #   start       1: 3 1 1 1 3 between 2: 1 3 1 1 3              end
    assert bars == [(0, 1), (2, 1), (4, 3), (8, 1), (12, 1), (14, 1), (16, 3), (22, 3), (26, 1)]


def test_a_slip_is_405_narrow_bars_wide() -> None:
    assert 'viewBox="0 0 405 1"' in bar_code_svg("0" * 44)


@pytest.mark.parametrize("digits", ["123", "1a", "²³"])
def test_what_cannot_be_interleaved_is_refused(digits: str) -> None:
    with pytest.raises(ValueError, match="even number"):
        bar_code_svg(digits)
