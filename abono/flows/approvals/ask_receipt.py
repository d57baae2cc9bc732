"""Ask a second person for a payment that somebody records, by hand or of a bank statement (ACC-5, PAY-6)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from abono.domain.approvals.types import ApprovalDetail
from abono.domain.customers import queries as customers
from abono.domain.invoicing import queries as invoices
from abono.domain.payments.errors import NoProof
from abono.domain.payments.receipts import Came
from abono.domain.statements import queries as movements
from abono.domain.statements.errors import AskedForAnother
from abono.flows.approvals.acts import RECEIPT, told_came
from abono.flows.approvals.ask import ask_act, asked_before
from abono.flows.standing.record import recordable
from abono.flows.statements.match import came_of, fits
from abono.kernel.ids import uuid7
from abono.kernel.money import Money
from abono.kernel.periods import local_date
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
    if not (came.reference or came.why):
        raise NoProof()
    receipt = str(receipt_id or uuid7())
    who: dict[str, Any] = {"actor": actor, "behind": behind, "now": now, "ask": ask}
    return _ask(invoice_id, came, key=receipt, of={"receipt_id": receipt}, text="", **who)


@use_case
def ask_movement(
    *,
    movement_id: UUID,
    invoice_id: UUID,
    actor: str,
    behind: str = "",
    now: datetime,
    ask: Ask | None = None,
) -> ApprovalDetail:
    """As `statements.match.pay`, once somebody else has agreed. Raises what it raises, as things stand; AskedForAnother where somebody
    asked for it to pay another invoice.

    now   real time
    """
    if (before := asked_before(ask)) is not None:
        return before
    movement = movements.payable(movement_id)
    invoice = invoices.get(invoice_id)
    fits(movement, currency=invoice.currency, sandbox=invoice.sandbox)
    who: dict[str, Any] = {"actor": actor, "behind": behind, "now": now, "ask": ask}
    of = {"movement_id": str(movement_id)}
    came = came_of(movement, today=local_date(now, invoice.time_zone))
    found = _ask(invoice_id, came, key=str(movement_id), of=of, text=movement.text, **who)
    if found.arguments["invoice_id"] != str(invoice_id):
        raise AskedForAnother()
    return found


def _ask(
    invoice_id: UUID, came: Came, *, of: dict[str, str], text: str, now: datetime, **told: Any
) -> ApprovalDetail:
    whose = invoices.get(invoice_id).customer_id
    invoice = recordable(invoice_id=invoice_id, came=came, now=customers.moment_of(whose, real=now).now)
    said = told_came(came)
    return ask_act(
        RECEIPT,
        arguments={"invoice_id": str(invoice_id), "came": said, **of},
        facts={
            "invoice": invoice.title,
            "number": invoice.contract_number,
            **({"text": text} if text else {}),
        },
        amounts=[Money(came.amount_minor, invoice.currency)],
        customer_id=invoice.customer_id,
        why=came.why,
        now=now,
        **told,
    )
