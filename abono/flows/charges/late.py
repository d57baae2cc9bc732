"""The lines of fine and interest of slips that were paid late without them, which the next invoice asks for (PAY-5)."""

from __future__ import annotations

from datetime import timedelta

from abono.domain.contracts.models import Contract
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.states import LineKind
from abono.domain.invoicing.types import NewLine, PaidLate
from abono.domain.payments.pushed import late
from abono.kernel.periods import Period, day_start
from abono.kernel.rating import to_micro


def late_lines(contract: Contract) -> list[NewLine]:
    """One for each payment that came late, of what no invoice asks for yet. Its period are the days between due and paid."""
    owed = late.owed(contract.id)
    if not owed:
        return []
    asked, zone = invoices.late_charges(contract.id), contract.customer.time_zone
    return [
        NewLine(
            LineKind.LATE_CHARGES,
            one.title,
            Period(day_start(one.due_date, zone), day_start(one.paid_date + timedelta(days=1), zone)),
            1,
            to_micro(one.amount),
            one.amount,
            PaidLate(one.paid.minor, one.days, one.id.hex),
        )
        for one in owed
        if one.id.hex not in asked
    ]
