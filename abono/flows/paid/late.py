"""What of the money for a slip is fine and interest, and what is missing of them: the next invoice asks for it (PAY-5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from abono.domain.invoicing.models import Invoice
from abono.domain.payments.pushed import late, requests
from abono.domain.payments.pushed.requests import RequestInfo
from abono.kernel.due import Means
from abono.kernel.late import days_late
from abono.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Added:
    """`minor` of what came is fine and interest; `missing_minor` of them came not. `dates`: due, and paid."""

    minor: int
    missing_minor: int
    days: int
    dates: tuple[date, date]


def added(
    invoice: Invoice, *, pays_minor: int, over_minor: int, on: date, request_id: UUID | None
) -> Added | None:
    """Of money that pays so much of an invoice and is so much more; None where nothing is late.

    Of a slip with a new date counts what that asks for; of money that came otherwise, how late it is. What differs from the bank's
    sum by its rounding is all of it.
    """
    slips = slips_of(invoice.id)
    paid = next((one for one in slips if one.id == request_id), None)
    newest = paid or next((one for one in slips if not requests.never_payable(one)), None)
    if newest is None or not pays_minor:
        return None
    first = first_of(newest, slips)
    assert first.due_date is not None
    days = days_late(first.due_date, on, counted_from=first.counted_from)
    asked = (paid or first).late_on(on, pays_minor)
    if not days or not asked.minor:
        return None
    minor = over_minor if asked.covered_by(over_minor) else min(over_minor, asked.minor)
    missing = 0 if asked.covered_by(over_minor) else asked.minor - minor
    return Added(minor, missing, days, (first.due_date, on))


def slips_of(invoice_id: UUID) -> list[RequestInfo]:
    """Newest first."""
    return [one for one in requests.of_invoice(invoice_id) if one.means is Means.SLIP]


def first_of(slip: RequestInfo, slips: Sequence[RequestInfo]) -> RequestInfo:
    """The one whose due date it was at first."""
    by_id = {one.id: one for one in slips}
    while slip.instead_of is not None:
        slip = by_id[slip.instead_of]
    return slip


def note_missing(
    invoice: Invoice, found: Added | None, *, money: UUID, pays_minor: int, now: datetime
) -> None:
    """`money` is the receipt, or the attempt, that paid so much of the invoice. The caller holds it."""
    if found is not None and found.missing_minor:
        late.note(
            invoice_id=invoice.id,
            customer_id=invoice.customer_id,
            money=money,
            paid=Money(pays_minor, invoice.currency),
            days=found.days,
            amount=Money(found.missing_minor, invoice.currency),
            dates=found.dates,
            now=now,
        )
