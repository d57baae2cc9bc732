"""Ask a gateway for a refund until it says how it ended (PAY-7, PAY-9)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from abono.domain.customers import queries as customers
from abono.domain.invoicing import actions as invoicing
from abono.domain.journal import actions as journal
from abono.domain.journal import rules as posts
from abono.domain.journal.types import Fact, NewEntry
from abono.domain.payments import receipts, refunds
from abono.domain.payments.ports.port import RefundOutcome, RefundReply, RefundRequest
from abono.domain.payments.pushed import requests
from abono.domain.payments.registry import gateway, push_gateway
from abono.domain.payments.states import RefundState
from abono.domain.payments.types import RefundInfo
from abono.flows import locks
from abono.flows.tell import tell

_ENDS = {RefundOutcome.DONE: RefundState.DONE, RefundOutcome.REFUSED: RefundState.FAILED}


def send_refund(*, refund_id: UUID, real: datetime) -> None:
    """Ask for it, or, where that was done before, what became of it; the same key never gives back twice, so that one that
    the gateway never saw is asked for again."""
    refund = refunds.note_sent(refund_id)
    if refund is None:
        return
    hear_refund(refund, _ask(refund), real=real)


def _ask(refund: RefundInfo) -> RefundReply:
    key = str(refund.id)
    if refund.receipt_id is not None:  # the same call asks what became of it
        return push_gateway(refund.gateway).give_back(refund.paid, refund.amount, key)
    asks = gateway(refund.gateway)
    reply = asks.find_refund(key, refund.paid) if refund.sent else None
    return reply or asks.refund(RefundRequest(key, refund.paid, refund.amount))


def hear_refund(refund: RefundInfo, reply: RefundReply, *, real: datetime) -> None:
    """Apply the gateway's answer; the same answer again changes nothing."""
    now = customers.moment_of(refund.customer_id, real=real).now
    with locks.invoice(refund.invoice_id) as (contract, invoice):
        ends = _ENDS.get(reply.outcome)
        if ends is None:
            refunds.again(refund.id, real=real)
            return
        decided = refunds.decide(
            refund.id,
            ends,
            reference=reply.reference or "",
            code=reply.code or "",
            actor="system",
            now=now,
        )
        if decided is None:
            return
        if ends is RefundState.DONE:
            posted = posts.refund_done(refund.gateway, refund.amount)
            journal.post(NewEntry(Fact.REFUND_DONE, refund.id, invoice.id, posted), now=now)
            invoicing.note_refunded(invoice, refunds.of_invoice_part(decided).minor)
        tell(
            customer_id=refund.customer_id,
            kind=f"refund_{ends.value}",
            key=str(refund.id),
            facts={
                "number": contract.number,
                "invoice": invoice.title,
                "invoice_id": str(invoice.id),
                "refunded_minor": refund.amount.minor,
                "currency": refund.amount.currency,
                "card": refund.to,
            },
            now=now,
        )
        _look_back(refund, real=real)


def _look_back(refund: RefundInfo, *, real: datetime) -> None:
    """What its payer's bank took meanwhile was not told apart from ours (`requests.back`)."""
    receipt = None if refund.receipt_id is None else receipts.get(refund.receipt_id)
    if receipt is not None and receipt.request_id is not None:
        requests.look_now([receipt.request_id], real=real)
