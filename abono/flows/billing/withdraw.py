"""Interim invoices that nobody paid give way to the next invoice, or to a bigger package (LIM-1, LIM-4)."""

from __future__ import annotations

from datetime import datetime

from abono.domain.contracts.models import Contract
from abono.domain.invoicing import keys
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.states import State
from abono.domain.payments import queries as payments
from abono.domain.payments.states import LIVE
from abono.flows import locks
from abono.flows.billing.credit import cancel, cover
from abono.flows.restriction.debt import relieve


def withdraw_interims(contract: Contract, *, cycle_number: int, now: datetime) -> None:
    """Cancel the interim invoices of a cycle for which no payment is under way, inside the caller's transaction.

    What they asked for counts as not billed again, so that one of which a credit note took back, or something came, stays:
    that would be billed once more. The caller holds the customer, so that none begins meanwhile.
    """
    for interim in invoices.with_key_prefix(contract.id, keys.interims(cycle_number)):
        newest = payments.newest_attempt(interim.id)
        untouched = not interim.credited_minor and not interim.received_minor
        gives_way = interim.state is State.PENDING and untouched
        if gives_way and (newest is None or newest.state not in LIVE):
            with locks.invoice(interim.id) as (_contract, invoice):
                cancel(invoice, actor="system", now=now)
            cover(contract, actor="system", now=now)  # with what it gave back
            relieve(contract, actor="system", now=now)
