"""What other packages see of credit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID


class Kind(Enum):
    """Why a balance moved."""

    GRANTED = "granted"  # by a credit note, of an invoice that was paid
    USED = "used"  # it pays of an invoice
    RETURNED = "returned"  # the invoice that it paid of was cancelled
    REFUNDED = "refunded"  # it goes back to whoever paid the invoice
    RESTORED = "restored"  # it could not go back to that card
    OVERPAID = "overpaid"  # more came than the invoice asked for
    RECALLED = "recalled"  # that was recorded by mistake


@dataclass(frozen=True, slots=True)
class EntryDetail:
    """One movement. `amount_minor` is signed; `balance_minor` is what is there after it."""

    id: UUID
    kind: Kind
    amount_minor: int
    balance_minor: int
    currency: str
    invoice_id: UUID
    credit_note_id: UUID | None  # of what was granted
    made_at: datetime
