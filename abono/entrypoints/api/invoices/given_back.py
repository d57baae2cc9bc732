"""What went back of an invoice, beside it (PAY-9)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.utils.translation import get_language
from ninja import Field, Schema

from abono.domain.invoicing.labels import reason_label
from abono.domain.payments import refunds
from abono.domain.payments.states import Because, RefundState, Way
from abono.entrypoints.api.protocol import shown


class InvoiceRefund(Schema):
    """Of one payment. `failed`: it could not go back there, `owed`: no way leads back there; both are owed, until what failed is
    asked for once more (`again`, by another refund), it was `paid` by hand, or is `credit`."""

    id: shown.RefundId
    state: Annotated[RefundState, shown.words(RefundState)]
    of_payment: shown.AnyId
    card: Annotated[
        str, Field(max_length=60, examples=["Visa •••• 4242"], description="Empty where no card paid.")
    ]
    came: Annotated[
        Annotated[Way, shown.words(Way)] | None, Field(description="How it came, where no card paid.")
    ]
    because: Annotated[
        Annotated[Because, shown.words(Because)] | None,
        Field(description="Why; null of what was asked for before 0.3.0."),
    ]
    why: Annotated[str, Field(max_length=300, description="In words; the customer reads it.")]
    amount_minor: int
    asked_at: datetime
    decided_at: datetime | None


def given_back(invoice_id: UUID) -> list[dict[str, object]]:
    """Newest first."""
    return [
        {
            "id": one.public_id,
            "state": one.state,
            "of_payment": one.of_payment,
            "card": one.card,
            "came": one.came,
            "because": one.because,
            "why": reason_label(one.asked_why, get_language() or "en"),
            "amount_minor": one.amount.minor,
            "asked_at": one.asked_at,
            "decided_at": one.decided_at,
        }
        for one in refunds.of_invoices([invoice_id])
    ]
