"""Days to pay, and bank days: each written out, with what makes it so (INV-6)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from dateutil.easter import easter as known_easter
from hypothesis import given
from hypothesis import strategies as st

from abono.kernel.bank_days import bank_day, easter, holidays, is_bank_day
from abono.kernel.due import Means, due_date, overdue_from

DAYS = st.dates(date(2024, 1, 1), date(2060, 12, 31))


@pytest.mark.rule("INV-6", part="bank day")
@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 11, 20), date(2026, 11, 23)),  # a Friday, national since 2024; then the weekend
        (date(2023, 11, 20), date(2023, 11, 20)),  # not yet
        (date(2026, 12, 25), date(2026, 12, 28)),
        (date(2026, 12, 31), date(2026, 12, 31)),  # banks clear on the eves
        (date(2027, 1, 1), date(2027, 1, 4)),
        (date(2027, 2, 8), date(2027, 2, 10)),  # Carnival's Monday; Ash Wednesday is a bank day
        (date(2026, 6, 4), date(2026, 6, 5)),  # Corpus Christi
        (date(2025, 4, 18), date(2025, 4, 22)),  # Good Friday, the weekend, Tiradentes
    ],
)
def test_what_falls_on_a_day_without_banks_moves_to_the_next_one_that_has_them(
    day: date, works: date
) -> None:
    assert bank_day(day) == works
    assert due_date(day - timedelta(days=7), Means.SLIP, after=7) == works


@pytest.mark.rule("INV-6", part="bank day")
def test_easter_is_where_the_church_has_it() -> None:
    assert [year for year in range(1900, 2200) if easter(year) != known_easter(year)] == []
    assert len(holidays(2026)) == 13


@pytest.mark.rule("INV-6")
@given(issued=DAYS, after=st.integers(0, 90), means=st.sampled_from(Means))
def test_nothing_is_due_before_its_issue_nor_overdue_before_it_could_be_paid(issued, after, means) -> None:
    due = due_date(issued, means, after=after)
    assert issued + timedelta(days=after) <= due < issued + timedelta(days=after + 6)
    assert overdue_from(due, means) > due
    assert means is not Means.SLIP or is_bank_day(due)


@pytest.mark.rule("INV-6", part="overdue counts from")
def test_overdue_counts_from_the_day_on_which_it_could_be_paid_and_is_known() -> None:
    """A slip of Friday is known on Monday, one of the Thursday before Good Friday 2025 on the Tuesday after Tiradentes."""
    friday = date(2026, 7, 3)
    assert overdue_from(friday, Means.CARD) == overdue_from(friday, Means.PIX) == date(2026, 7, 4)
    assert overdue_from(friday, Means.SLIP) == date(2026, 7, 7)
    assert overdue_from(date(2025, 4, 17), Means.SLIP) == date(2025, 4, 23)
    assert overdue_from(date(2026, 7, 4), Means.SLIP) == overdue_from(date(2026, 7, 6), Means.SLIP)
