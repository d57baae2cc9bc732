"""What becomes of a refund that cannot go back by itself: once more, paid by hand, or kept as credit (PAY-9)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from abono.domain.contracts.models import Contract
from abono.domain.credit import actions as credit
from abono.domain.invoicing import actions as invoicing
from abono.domain.invoicing.models import Invoice
from abono.domain.journal import actions as journal
from abono.domain.journal import rules as posts
from abono.domain.journal.types import Fact, NewEntry
from abono.domain.payments import refunds
from abono.domain.payments.states import Way
from abono.domain.payments.types import RefundInfo
from abono.flows import locks
from abono.flows.billing.credit import about
from abono.flows.paid.by_credit import use_credit
from abono.flows.tell import tell
from abono.kernel.moment import Moment
from abono.platform.idempotency import Ask


def ask_again(*, refund_id: UUID, actor: str, moment: Moment, ask: Ask | None = None) -> RefundInfo:
    """Ask the gateway for it once more, under a key of its own. Returns the refund that asks; the failed one says which it is.

    Raises NoSuchRefund, RefundNotFailed.
    """
    if ask is not None and "refund" in ask.led_to:
        return refunds.get(UUID(ask.led_to["refund"]))
    with _held(refund_id):
        anew = refunds.ask_again(refund_id, actor=actor, now=moment.now, real=moment.real)
        if ask is not None:
            ask.note(refund=str(anew.id))
        return anew


def pay_out(
    *,
    refund_id: UUID,
    way: Way,
    reference: str,
    why: str,
    actor: str,
    now: datetime,
    ask: Ask | None = None,
) -> RefundInfo:
    """It was paid by hand, by a transfer for instance, whose `reference` the customer reads.

    Raises NoSuchRefund, RefundNotFailed, TakenByItsBank.
    """
    if ask is not None and "refund" in ask.led_to:
        return refunds.get(UUID(ask.led_to["refund"]))
    with _held(refund_id) as (contract, invoice):
        done = refunds.pay_out(refund_id, way=way, reference=reference, why=why, actor=actor, now=now)
        paid = posts.refund_paid_out(done.gateway, way.value, done.amount)
        journal.post(NewEntry(Fact.REFUND_PAID_OUT, done.id, invoice.id, paid), now=now)
        invoicing.note_refunded(invoice, refunds.of_invoice_part(done).minor)
        _tell(contract, invoice, done, "refund_paid_out", now=now)
        if ask is not None:
            ask.note(refund=str(done.id))
        return done


def keep_as_credit(
    *, refund_id: UUID, why: str, actor: str, now: datetime, ask: Ask | None = None
) -> RefundInfo:
    """It becomes credit of the contract again, which pays the oldest unpaid invoices at once.

    Raises NoSuchRefund, RefundNotFailed, TakenByItsBank.
    """
    if ask is not None and "refund" in ask.led_to:
        return refunds.get(UUID(ask.led_to["refund"]))
    with _held(refund_id) as (contract, invoice):
        kept = refunds.keep_as_credit(refund_id, why=why, actor=actor, now=now)
        credit.restore(about(invoice), kept.amount, gateway=kept.gateway, actor=actor, now=now)
        _tell(contract, invoice, kept, "refund_credited", now=now)
        if ask is not None:
            ask.note(refund=str(kept.id))
        use_credit(contract, actor=actor, now=now)
        return kept


@contextmanager
def _held(refund_id: UUID) -> Iterator[tuple[Contract, Invoice]]:
    """Its invoice. Raises NoSuchRefund."""
    with locks.invoice(refunds.get(refund_id).invoice_id) as held:
        yield held


def _tell(contract: Contract, invoice: Invoice, one: RefundInfo, kind: str, *, now: datetime) -> None:
    tell(
        customer_id=one.customer_id,
        kind=kind,
        key=str(one.id),
        facts={
            "number": contract.number,
            "invoice": invoice.title,
            "invoice_id": str(invoice.id),
            "refunded_minor": one.amount.minor,
            "currency": one.amount.currency,
            "card": one.to,
            "reference": one.reference,
        },
        now=now,
    )
