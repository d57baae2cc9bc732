"""Ask a second person for a payment that somebody records by hand (ACC-5, PAY-6)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from abono.domain.approvals.types import ApprovalDetail
from abono.domain.customers import queries as customers
from abono.domain.invoicing import queries as invoices
from abono.domain.payments.errors import NoProof
from abono.domain.payments.receipts import Came
from abono.flows.approvals.acts import RECEIPT, told_came
from abono.flows.approvals.ask import ask_act, asked_before
from abono.flows.standing.record import recordable
from abono.kernel.ids import uuid7
from abono.kernel.money import Money
from abono.platform.idempotency import Ask
from abono.platform.use_case import use_case


@use_case
def ask_receipt(
    *,
    invoice_id: UUID,
    came: Came,
    actor: str,
    behind: str = "",
    now: datetime,
    receipt_id: UUID | None = None,
    ask: Ask | None = None,
) -> ApprovalDetail:
    """As `record_payment`, once somebody else has agreed to exactly this. What it pays is looked at then, as of any other payment.

    now   real time

    Raises what `record_payment` raises, as things stand; NoProof where neither `reference` nor `why` says how it is known.
    """
    if (before := asked_before(ask)) is not None:
        return before
    whose = invoices.get(invoice_id).customer_id
    invoice = recordable(invoice_id=invoice_id, came=came, now=customers.moment_of(whose, real=now).now)
    if not (came.reference or came.why):
        raise NoProof()
    receipt = receipt_id or uuid7()
    said = told_came(came)
    return ask_act(
        RECEIPT,
        key=str(receipt),
        arguments={"invoice_id": str(invoice_id), "receipt_id": str(receipt), "came": said},
        facts={
            "invoice": invoice.title,
            "number": invoice.contract_number,
            **{name: said[name] for name in ("way", "received_date", "reference")},
        },
        amounts=[Money(came.amount_minor, invoice.currency)],
        customer_id=invoice.customer_id,
        why=came.why,
        actor=actor,
        behind=behind,
        now=now,
        ask=ask,
    )
