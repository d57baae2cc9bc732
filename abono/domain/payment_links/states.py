"""The states of a payment link (ACC-3). One move is stored, the revocation; all else follows from the invoice and the moment."""

from __future__ import annotations

from enum import Enum


class State(Enum):
    OPEN = "open"  # who has it can pay
    PAID = "paid"  # nothing is to be paid of the invoice any more, whoever paid it
    EXPIRED = "expired"
    REVOKED = "revoked"
    CANCELLED = "cancelled"  # the invoice was
