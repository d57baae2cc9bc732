"""Which invoices are charged by Pix under a mandate (PAY-11)."""

from __future__ import annotations

from datetime import datetime

from abono.domain.contracts.models import Contract
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.states import Reason
from abono.domain.payments.pushed import agreed
from abono.domain.payments.pushed.agreed import MandateInfo
from abono.flows.next_try import left_alone_until


def mandate_of(contract: Contract, invoice: Invoice, *, at: datetime) -> MandateInfo | None:
    """The one under which a renewal that is issued at a moment, and paid by Pix, would be charged, whatever its sum. One charge in a
    month is all that its rules allow, so that other invoices are paid as any Pix; and nobody is charged who is left alone."""
    if (
        Reason(invoice.reason) is not Reason.RENEWAL
        or left_alone_until(contract.customer, now=at) is not None
    ):
        return None
    return agreed.held_at(contract.id, at)


def pays_under(contract: Contract, invoice: Invoice, *, at: datetime) -> MandateInfo | None:
    """The same, within its limit."""
    found = mandate_of(contract, invoice, at=at)
    return found if found is not None and 0 < invoice.owed_minor <= found.most.minor else None
