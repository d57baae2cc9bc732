"""Fine and interest of what is paid late (PAY-5); sums are written out in docs/billing-arithmetic.md."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abono.kernel.bank_days import bank_day
from abono.kernel.late import LateTerms, days_late, late_charges, scaled

DAYS = st.dates(date(2024, 1, 1), date(2040, 12, 31))
RATES = st.decimals(Decimal(0), Decimal(10), places=2)
AMOUNTS = st.integers(1, 10**10)


@pytest.mark.rule("PAY-5", part="first bank day")
@given(due=DAYS, waits=st.integers(0, 120))
def test_nothing_is_late_up_to_the_first_bank_day_and_then_days_count_by_the_calendar(due, waits) -> None:
    paid, first = due + timedelta(days=waits), bank_day(due)
    late = days_late(due, paid)
    assert (late == 0) == (paid <= first)
    assert late in (0, (paid - first).days)
    assert days_late(due, paid, counted_from=due) == (0 if paid <= first else waits)


@given(minor=AMOUNTS, fine=RATES, interest=RATES, days=st.integers(1, 90))
def test_what_a_bank_that_rounds_down_asks_for_is_all_of_it_and_nothing_less_is(
    minor, fine, interest, days
) -> None:
    found = late_charges(minor, LateTerms(fine, interest), days)
    assert 0 <= found.least_minor <= found.minor <= found.least_minor + 2 + days
    late = found.late()
    assert late.covered_by(found.least_minor)
    assert late.covered_by(found.minor + 1)
    assert not late.covered_by(found.minor + 2)
    assert not late.covered_by(found.least_minor - 2)


@given(minor=AMOUNTS, carried=st.integers(0, 10**9), interest=RATES, days=st.integers(1, 90))
def test_a_new_date_that_is_missed_asks_for_no_interest_on_what_it_carried(
    minor, carried, interest, days
) -> None:
    whole = minor + carried
    after = late_charges(whole, scaled(LateTerms(Decimal(2), interest), minor, whole), days)
    assert after.fine_minor == 0
    assert after.minor <= late_charges(minor, LateTerms(Decimal(0), interest), days).minor
