"""Invoices that wait for the seller to look at them before they are issued (INV-10).

What waits is a draft with its lines: it has no number, and its customer does not know of it. It counts as billed, so that
no other invoice asks for the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from uuid import UUID

from abono.domain.contracts.models import Contract
from abono.domain.customers import queries as customers
from abono.domain.invoicing import actions as invoicing
from abono.domain.invoicing import review as drafts
from abono.domain.invoicing.errors import NoSuchDraft, NoSuchInvoice
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.states import Reason, State
from abono.domain.settings import queries as settings
from abono.domain.settings.known import REVIEW_FOR
from abono.domain.settings.types import Whose
from abono.flows import locks
from abono.flows.billing.bill import bill
from abono.flows.billing.invoices import buyer_of
from abono.platform.idempotency import Ask


def bill_after_review(contract: Contract, invoice: Invoice, *, now: datetime) -> None:
    """Issue a renewal's invoice, or let it wait as long as the setting says. Called last in a transaction, as `bill`."""
    wait = settings.value(REVIEW_FOR, whose=Whose(contract.plan.code, contract.id), at=now)
    if wait:
        invoicing.issue_at(invoice, now + wait, now=now)
    else:
        bill(contract, invoice, actor="system", now=now)


def issue_due(*, invoice_id: UUID, now: datetime) -> None:
    """Its time is over. Nothing for what was issued or parked meanwhile."""
    with suppress(NoSuchDraft, NoSuchInvoice), _held(invoice_id) as (contract, invoice):
        if not invoice.parked_why:
            _issue(contract, invoice, actor="system", now=now)


def issue_reviewed(*, invoice_id: UUID, why: str, actor: str, now: datetime, ask: Ask | None = None) -> None:
    """At once, also what was parked; to the customer as it is now, with its days to pay from now on.

    why   the reason, kept in the record
    ask   the call with its key, where the door has one: if it issued it before, nothing is left to do (API-2)

    Raises NoSuchInvoice, NoSuchDraft.
    """
    if ask is not None and "invoice" in ask.led_to:
        return
    with _held(invoice_id) as (contract, invoice):
        _issue(contract, invoice, actor=actor, now=now, why=why)
        if ask is not None:
            ask.note(invoice=str(invoice_id))


def _issue(contract: Contract, invoice: Invoice, *, actor: str, now: datetime, why: str = "") -> None:
    invoicing.make_out(invoice, buyer=buyer_of(customers.organization(contract.customer)))
    drafts.go_on(invoice)
    bill(contract, invoice, actor=actor, now=now, why=why)


def park_reviewed(*, invoice_id: UUID, why: str, actor: str, now: datetime) -> None:
    """It waits until somebody issues it. Again for the same reason it changes nothing.

    why   the reason, for whoever looks at it next

    Raises NoSuchInvoice, NoSuchDraft.
    """
    with _held(invoice_id) as (_contract, invoice):
        if invoice.parked_why != why:
            drafts.park(invoice, why=why, actor=actor, now=now)


@contextmanager
def _held(invoice_id: UUID) -> Iterator[tuple[Contract, Invoice]]:
    with locks.invoice(invoice_id) as (contract, invoice):
        if (invoice.reason, invoice.state) != (Reason.RENEWAL.value, State.DRAFT.value):
            raise NoSuchDraft()
        yield contract, invoice
