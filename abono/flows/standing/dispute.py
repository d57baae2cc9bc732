"""Somebody contests an invoice, or the payment of one at the bank: until it ends nothing is asked for or given back (INV-5). How
it ends: `flows.endings.dispute`."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from abono.domain.contracts.models import Contract
from abono.domain.invoicing import standing
from abono.domain.invoicing.errors import AboveThePayment, NoSuchInvoice, NotDisputable
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.states import State
from abono.domain.journal import actions as journal
from abono.domain.journal import rules as posts
from abono.domain.journal.types import Fact, NewEntry
from abono.domain.payments import disputes, refunds
from abono.domain.payments import queries as payments
from abono.domain.payments.errors import PaymentUnderWay
from abono.domain.payments.types import DisputeInfo
from abono.flows import locks
from abono.flows.billing.invoices import facts
from abono.flows.restriction.debt import relieve
from abono.flows.tell import tell
from abono.kernel.ids import uuid7
from abono.kernel.money import Money
from abono.platform.idempotency import Ask


def open_dispute(
    *,
    invoice_id: UUID,
    why: str,
    actor: str,
    now: datetime,
    amount_minor: int | None = None,
    dispute_id: UUID | None = None,
    ask: Ask | None = None,
) -> DisputeInfo:
    """Of an invoice that waits for its payment all that is owed is contested; of one that a card paid, its payment at the
    bank, in whole or part.

    amount_minor   of the payment; None for all of it
    dispute_id     under which id, where the door chose one: the dispute that has it already is the result
    ask            the call with its key, where the door has one: the dispute that it led to is its result (API-2)

    Raises NoSuchInvoice, NotDisputable, AboveThePayment, PaymentUnderWay.
    """
    dispute_id = dispute_id or uuid7()
    if ask is not None and "dispute" in ask.led_to:
        dispute_id = UUID(ask.led_to["dispute"])
    with locks.invoice(invoice_id) as (contract, invoice):
        known = disputes.find(dispute_id)
        if known is not None and known.invoice_id == invoice.id:
            return known
        if invoice.number is None:
            raise NoSuchInvoice()
        if payments.undecided([invoice.id]):
            raise PaymentUnderWay()
        attempt_id, most = _contestable(invoice)
        amount = most if amount_minor is None else Money(amount_minor, invoice.currency)
        if not 0 < amount.minor <= most.minor or (attempt_id is None and amount != most):
            raise AboveThePayment(invoice.title, most.minor, most.currency)
        standing.dispute(invoice, why=why, actor=actor, now=now)
        relieve(contract, actor=actor, now=now)
        opened = disputes.begin(
            dispute_id,
            invoice_id=invoice.id,
            customer_id=invoice.customer_id,
            attempt_id=attempt_id,
            amount=amount,
            why=why,
            actor=actor,
            now=now,
        )
        if attempt_id is not None:
            contested = posts.money_disputed(opened.gateway, amount)
            journal.post(NewEntry(Fact.DISPUTE_OPENED, opened.id, invoice.id, contested), now=now)
        tell_of(contract, invoice, opened, "invoice_disputed", now=now)
        if ask is not None:
            ask.note(dispute=str(opened.id))
        return opened


def _contestable(invoice: Invoice) -> tuple[UUID | None, Money]:
    """Which payment can be contested, None where the invoice is not paid, and how much."""
    if State(invoice.state) is State.PENDING:
        return None, Money(invoice.owed_minor, invoice.currency)
    if State(invoice.state) is State.PAID:
        for attempt_id, _invoice, _gateway, room in refunds.left([invoice.id]):
            return attempt_id, room
    raise NotDisputable(invoice.title)


def tell_of(contract: Contract, invoice: Invoice, one: DisputeInfo, kind: str, *, now: datetime) -> None:
    """Tell the customer that it was opened, or how it ended."""
    tell(
        customer_id=invoice.customer_id,
        kind=kind,
        key=str(one.id),
        facts={
            **facts(contract, invoice),
            "disputed_minor": one.amount.minor,
            "owed_minor": invoice.owed_minor,
            "paid": one.attempt_id is not None,
        },
        now=now,
    )
