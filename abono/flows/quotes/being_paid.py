"""Whether the money of an accepted change is on its way (CHG-8)."""

from __future__ import annotations

from uuid import UUID

from abono.domain.invoicing import queries as invoices
from abono.domain.payments import queries as payments
from abono.domain.payments.pushed import requests
from abono.domain.payments.pushed.requests import RequestInfo
from abono.domain.payments.states import State


def being_paid(change_id: UUID) -> bool:
    """Of one that waits for its payment: whether that may still come, or somebody has to look at what came. Else its charge was
    declined or never arrived, or its Pix cannot be paid any more."""
    invoice = invoices.of_change(change_id)
    if invoice is None:
        return False
    attempt = payments.newest_attempt(invoice.id)
    by_card = attempt is not None and attempt.state not in (State.DECLINED, State.LOST)
    return by_card or requests.under_way(invoice.id)


def asked_of(change_id: UUID) -> RequestInfo | None:
    """The Pix by which its money was asked for last."""
    invoice = invoices.of_change(change_id)
    return None if invoice is None else requests.newest(invoice.id)
