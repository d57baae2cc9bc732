"""Give up what an invoice asks for, and ask for it again (INV-5)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing import standing
from abono.domain.invoicing.errors import NotWritable, NotWrittenOff
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.states import State
from abono.domain.invoicing.types import InvoiceDetail
from abono.domain.payments import queries as payments
from abono.domain.payments.errors import PaymentUnderWay
from abono.domain.settings.known import SECOND_PERSON_CREDIT
from abono.flows import locks, second_person
from abono.flows.billing.invoices import facts
from abono.flows.paid.by_credit import use_credit
from abono.flows.restriction.debt import relieve
from abono.flows.tell import tell
from abono.kernel.money import Money
from abono.platform.idempotency import Ask


def write_off(
    *,
    invoice_id: UUID,
    why: str,
    actor: str,
    now: datetime,
    ask: Ask | None = None,
    approved: bool = False,
) -> InvoiceDetail:
    """Nobody is asked any more for what is left of it: no card, no link, no notice, and it is overdue no longer. It settles
    nothing: what waits for its money goes on waiting. What comes after all is taken, as recovered (`record_payment`).

    approved   a second person has agreed (`flows.approvals`)

    Raises NoSuchInvoice, NotWritable, PaymentUnderWay, SecondPersonNeeded.
    """
    if ask is None or "done" not in ask.led_to:
        with locks.invoice(invoice_id) as (contract, invoice):
            if State(invoice.state) is not State.PENDING:
                raise NotWritable(invoice.title)
            if payments.undecided([invoice.id]):
                raise PaymentUnderWay()
            require_second(invoice, approved=approved, now=now)
            standing.write_off(invoice, why=why, actor=actor, now=now)
            relieve(contract, actor=actor, now=now)
            if ask is not None:
                ask.note(done="written_off")
    return invoices.get(invoice_id)


def needs_second(invoice: InvoiceDetail, *, at: datetime) -> bool:
    """Whether somebody else has to agree before what is left of it is given up (ACC-5)."""
    return second_person.needed(SECOND_PERSON_CREDIT, [Money(invoice.rest_minor, invoice.currency)], at=at)


def require_second(invoice: Invoice, *, approved: bool, now: datetime) -> None:
    """Whether one person may give up what is left of it. Raises SecondPersonNeeded (ACC-5)."""
    rest = Money(invoice.rest_minor, invoice.currency)
    second_person.require(SECOND_PERSON_CREDIT, [rest], approved=approved, at=now)


def reopen(*, invoice_id: UUID, why: str, actor: str, now: datetime, ask: Ask | None = None) -> InvoiceDetail:
    """What was written off is asked for again. Credit that is there pays of it at once; no card is charged by itself.

    Raises NoSuchInvoice, NotWrittenOff.
    """
    if ask is None or "done" not in ask.led_to:
        with locks.invoice(invoice_id) as (contract, invoice):
            if State(invoice.state) is not State.WRITTEN_OFF:
                raise NotWrittenOff(invoice.title)
            standing.reopen(invoice, why=why, actor=actor, now=now)
            moved = standing.last_move(invoice.id)
            assert moved is not None
            tell(
                customer_id=invoice.customer_id,
                kind="invoice_reopened",
                key=f"{invoice.id}:{moved.made_at.isoformat()}",
                facts=facts(contract, invoice),
                now=now,
            )
            use_credit(contract, actor=actor, now=now)
            if ask is not None:
                ask.note(done="reopened")
    return invoices.get(invoice_id)
