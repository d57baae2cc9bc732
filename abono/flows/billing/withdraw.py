"""Interim invoices that nobody paid give way to the next invoice, or to a bigger package (LIM-1, LIM-4)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from abono.domain.invoicing import actions as invoicing
from abono.domain.invoicing import keys
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.states import State
from abono.domain.payments import queries as payments
from abono.domain.payments.states import LIVE
from abono.flows import locks


def withdraw_interims(contract_id: UUID, *, cycle_number: int, now: datetime) -> None:
    """Cancel the interim invoices of a cycle for which no payment is under way, inside the caller's transaction.

    What they asked for counts as not billed again. The caller holds the customer, so that none begins meanwhile.
    """
    for interim in invoices.with_key_prefix(contract_id, keys.interims(cycle_number)):
        newest = payments.newest_attempt(interim.id)
        if interim.state is State.PENDING and (newest is None or newest.state not in LIVE):
            with locks.invoice(interim.id) as (_contract, invoice):
                invoicing.cancel(invoice, actor="system", now=now)
