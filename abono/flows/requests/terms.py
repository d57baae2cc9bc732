"""What a slip says of being paid late: its terms, and what it carries of a date before it (PAY-5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from abono.domain.contracts.models import Contract
from abono.domain.invoicing.models import Invoice
from abono.domain.payments.pushed.requests import Instead, Wanted, never_payable
from abono.domain.settings import queries as settings
from abono.domain.settings.known import SLIP_DUE_AFTER
from abono.domain.settings.late import LATE_COUNTED_FROM, LATE_FINE, LATE_INTEREST
from abono.domain.settings.types import Whose
from abono.flows.paid.late import first_of, slips_of
from abono.kernel.bank_days import bank_day
from abono.kernel.late import LateTerms, scaled
from abono.kernel.money import Money
from abono.kernel.periods import local_date


def with_terms(
    contract: Contract, invoice: Invoice, wanted: Wanted, due_date: date, *, now: datetime
) -> Wanted:
    """A slip of an invoice: the first says what the settings do, one after it what the first said, and carries fine and interest
    from that one's due date to its own."""
    slips = slips_of(invoice.id)
    first = first_of(slips[0], slips) if slips else None
    if first is None or never_payable(first):
        return _first(contract, invoice, wanted, due_date, now=now)
    owed = wanted.amount
    charges, late = first.late_on(due_date, owed.minor).minor, first.late
    if charges and late is not None:
        late = scaled(late, owed.minor, owed.minor + charges)
    return replace(
        wanted,
        amount=owed + Money(charges, owed.currency),
        charges_minor=charges,
        late=late,
        counted_from=first.counted_from if due_date == first.due_date else None,
        until=first.until if charges else wanted.until,
        instead=wanted.instead or Instead(slips[0].id),
    )


def _first(contract: Contract, invoice: Invoice, wanted: Wanted, due_date: date, *, now: datetime) -> Wanted:
    whose = Whose(contract.plan.code, contract.id)
    late = LateTerms(
        settings.value(LATE_FINE, whose=whose, at=now), settings.value(LATE_INTEREST, whose=whose, at=now)
    )
    counted_from = None
    if settings.value(LATE_COUNTED_FROM, whose=whose, at=now) == "due_date":
        after = timedelta(days=settings.value(SLIP_DUE_AFTER, whose=whose, at=now))
        days = (invoice.issued_date, local_date(now, contract.customer.time_zone))
        moved = (day + after for day in days if day is not None)
        counted_from = next((day for day in moved if bank_day(day) == due_date), None)
    return replace(wanted, late=late if late.fine or late.interest else None, counted_from=counted_from)
