"""Invoices that owe nothing any more without a payment: what waited for their money is released all the same (PAY-1)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from abono.domain.contracts.models import Contract
from abono.domain.invoicing import actions as invoicing
from abono.domain.invoicing.models import Invoice
from abono.flows.billing.credit import cover
from abono.flows.paid.release import release
from abono.flows.restriction.debt import relieve


def use_credit(contract: Contract, *, actor: str, now: datetime) -> set[UUID]:
    """Let the contract's credit pay its unpaid invoices, the oldest first (INV-9), release what waited for those that
    owe nothing any more. The caller holds the contract. Returns the invoices that owe nothing any more."""
    settled = cover(contract, actor=actor, now=now)
    for invoice in settled:
        release(contract, invoice, actor=actor, now=now)
    relieve(contract, actor=actor, now=now)
    return {invoice.id for invoice in settled}


def settle(contract: Contract, invoice: Invoice, *, actor: str, now: datetime) -> None:
    """Nothing of an issued invoice is owed any more. The caller holds it. It is settled first: what is released may
    begin a cycle, which withdraws interim invoices that still wait."""
    invoicing.settle(invoice, actor=actor, now=now)
    release(contract, invoice, actor=actor, now=now)
    relieve(contract, actor=actor, now=now)
