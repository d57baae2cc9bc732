"""When an invoice is to be paid, and from when on it is overdue, by the means of paying (INV-6). Pure."""

from __future__ import annotations

from datetime import date, timedelta
from enum import Enum

from abono.kernel.bank_days import bank_day, bank_days_after


class Means(Enum):
    CARD = "card"  # asked for by us, answered at once
    PIX = "pix"  # pushed by the payer, on any day
    SLIP = "slip"  # paid at a bank, which tells us on its next day


_MOVED = frozenset({Means.SLIP})  # cannot be paid on a day on which banks are closed
SETTLES_IN = {Means.CARD: 0, Means.PIX: 0, Means.SLIP: 1}
"""Bank days from when it is paid until we know."""


def due_date(issued: date, means: Means, *, after: int) -> date:
    """The last day to pay: so many days after the issue, never before it; for a slip the next day on which banks work."""
    day = issued + timedelta(days=max(after, 0))
    return bank_day(day) if means in _MOVED else day


REMINDED = (-3, 0, 3, 7)
"""Days on which somebody is reminded of an unpaid invoice: from the due date, those after it from when it is overdue (END-1)."""


def reminders(issued: date, due: date, means: Means) -> dict[int, date]:
    """The local days of REMINDED, those of them that come after the issue."""
    late = overdue_from(due, means) - timedelta(days=1)
    days = {step: (late if step > 0 else due) + timedelta(days=step) for step in REMINDED}
    return {step: day for step, day in days.items() if day > issued}


def overdue_from(due: date, means: Means) -> date:
    """The first day on which an invoice that nobody paid is overdue: the day after the last one on which it could be paid,
    and on which we would know."""
    payable = bank_day(due) if means in _MOVED else due
    return bank_days_after(payable, SETTLES_IN[means]) + timedelta(days=1)
