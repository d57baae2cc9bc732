"""What a contract's credit pays: the next invoice before a card is asked, and unpaid ones, the oldest first (INV-9)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from abono.domain.contracts.models import Contract
from abono.domain.credit import actions as credit
from abono.domain.credit import queries as balances
from abono.domain.credit.actions import About
from abono.domain.invoicing import actions as invoicing
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.models import Invoice
from abono.domain.payments import queries as payments
from abono.flows import locks
from abono.flows.billing.invoices import facts
from abono.flows.tell import tell
from abono.kernel.money import Money


def draw(invoice: Invoice, *, actor: str, now: datetime) -> int:
    """Let credit pay what it can of one invoice. The caller holds its contract. Returns how much, in minor units."""
    used_minor = min(balances.held_balance(invoice.contract_id), invoice.owed_minor)
    if used_minor:
        credit.use(about(invoice), Money(used_minor, invoice.currency), actor=actor, now=now)
        invoicing.use_credit(invoice, used_minor)
    return used_minor


def note_drawn_each(invoices: Iterable[Invoice], *, actor: str, now: datetime) -> None:
    """Move the credit that pays of invoices which were written with it. The caller holds their contracts."""
    drawn = [one for one in invoices if one.credit_used_minor]
    if drawn:
        used = [(about(one), Money(one.credit_used_minor, one.currency)) for one in drawn]
        credit.use_each(used, actor=actor, now=now)


def cover(contract: Contract, *, actor: str, now: datetime) -> list[Invoice]:
    """Let credit pay the contract's unpaid invoices, the oldest first, but for those whose payment is under way: what
    they ask for stays as it was asked. The customer is told. The caller holds the contract.

    Returns the invoices that owe nothing any more, settled.
    """
    settled: list[Invoice] = []
    if not balances.held_balance(contract.id):
        return settled
    unpaid = invoices.unpaid_of(contract.id)
    undecided = payments.undecided(unpaid)
    for invoice_id in unpaid:
        if invoice_id in undecided:
            continue
        with locks.invoice(invoice_id) as (_contract, invoice):
            if used_minor := draw(invoice, actor=actor, now=now):
                _tell(contract, invoice, used_minor, now=now)
            if not invoice.owed_minor:
                invoicing.settle(invoice, actor=actor, now=now)
                settled.append(invoice)
    return settled


def _tell(contract: Contract, invoice: Invoice, used_minor: int, *, now: datetime) -> None:
    tell(
        customer_id=invoice.customer_id,
        kind="credit_used",
        key=f"{invoice.id}:{invoice.credit_used_minor}",
        facts={**facts(contract, invoice), "used_minor": used_minor},
        now=now,
    )


def cancel(invoice: Invoice, *, actor: str, now: datetime, why: str = "") -> None:
    """Cancel an invoice that waits for its payment; credit that paid of it comes back. The caller holds it."""
    give_back(invoice, actor=actor, now=now)
    invoicing.cancel(invoice, actor=actor, now=now, why=why)


def give_back(invoice: Invoice, *, actor: str, now: datetime) -> int:
    """What credit paid of an invoice comes back. The caller holds it. Returns how much, in minor units."""
    used_minor = invoice.credit_used_minor
    if used_minor:
        credit.give_back(about(invoice), Money(used_minor, invoice.currency), actor=actor, now=now)
        invoicing.use_credit(invoice, -used_minor)
    return used_minor


def about(invoice: Invoice) -> About:
    return About(invoice.contract_id, invoice.customer_id, invoice.id)
