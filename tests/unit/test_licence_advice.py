"""What would have helped those who were refused: counted in spells, not in tries (LIC-10)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from abono.domain.licences.advice import Advice, advice
from abono.domain.licences.types import Spell
from abono.kernel.ids import uuid7

NINE = datetime(2026, 6, 1, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def refused(at: int, got_in: int | None = None, *, last: int | None = None, tries: int = 1) -> Spell:
    """From one minute after nine to another."""
    until = NINE + (at if last is None else last) * MINUTE
    got_in_at = None if got_in is None else NINE + got_in * MINUTE
    return Spell(uuid7(), "ana", NINE + at * MINUTE, until, tries, 10, 10, False, got_in_at)


@pytest.mark.rule("LIC-10", part="what would have helped")
def test_one_more_licence_would_have_avoided_14_of_17_refusals():
    one_after_the_other = [refused(10 * n, 10 * n + 10) for n in range(14)]
    beside_them = [refused(5, 12), refused(31, 33), refused(71, 75)]  # never more than two at once
    assert advice([*beside_them, *one_after_the_other]) == Advice(refusals=17, by_one=14, all_with=2)


@pytest.mark.rule("LIC-10", part="what would have helped")
def test_who_never_got_in_would_have_had_it_for_half_an_hour_after_the_last_try():
    assert advice([refused(0, last=20, tries=40), refused(49), refused(50)]) == Advice(3, 2, 2)
    assert advice([refused(0, 0), refused(0, 0)]) == Advice(2, 1, 2)
    assert advice([]) is None
