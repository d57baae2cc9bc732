"""Cancel an invoice that nobody has paid, and make it out anew (INV-4)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from abono.domain.contracts.models import Contract
from abono.domain.invoicing import actions as invoicing
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.errors import CreditedAlready, InvoiceNotPayable, NoSuchInvoice, PartPaid
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.states import State
from abono.domain.invoicing.types import InvoiceDetail, LineDetail, NewLine
from abono.domain.payments import queries as payments
from abono.domain.payments.errors import PaymentUnderWay
from abono.flows import locks
from abono.flows.billing.credit import cancel, draw
from abono.flows.billing.invoices import draft, issue
from abono.flows.paid.by_credit import settle
from abono.flows.restriction.debt import relieve
from abono.kernel.due import Means
from abono.kernel.money import Money
from abono.kernel.periods import Period, local_date
from abono.platform import agenda
from abono.platform.idempotency import Ask


def reissue_invoice(
    *,
    invoice_id: UUID,
    why: str,
    actor: str,
    now: datetime,
    customer_id: UUID | None = None,
    ask: Ask | None = None,
) -> InvoiceDetail:
    """Cancel an invoice that waits for its payment, and issue one with the same lines, made out to the customer as it
    is now, with as many days to pay. The cancelled one keeps its number; the new one names it, is asked for as the
    old one was, and takes over the credit that had paid of it.

    why           the reason, kept in the record
    customer_id   whose invoice it has to be (ACC-2)
    ask           the call with its key, where the door has one: the invoice that it led to is its result (API-2)

    Raises NoSuchInvoice, InvoiceNotPayable, PaymentUnderWay; CreditedAlready where a credit note stands on it, PartPaid where something came.
    """
    if ask is not None and "invoice" in ask.led_to:
        return invoices.get(UUID(ask.led_to["invoice"]))
    with locks.invoice(invoice_id, customer_id=customer_id) as (contract, invoice):
        before = invoices.get(invoice.id)
        check_reissue(before)
        asked_for = agenda.find(invoicing.COLLECT.name, subject=invoice.id)
        cancel(invoice, actor=actor, now=now, why=why)
        relieve(contract, actor=actor, now=now)
        anew = _make_out(contract, before, actor=actor, now=now)
        if anew.owed_minor and (asked_for is not None or before.means is Means.SLIP):
            invoicing.collect_at(anew, now if asked_for is None else asked_for.due_at or now, now=now)
        if not anew.owed_minor:
            settle(contract, anew, actor=actor, now=now)
        if ask is not None:
            ask.note(invoice=str(anew.id))
    return invoices.get(anew.id)


def check_reissue(invoice: InvoiceDetail) -> None:
    """Whether it can be cancelled and made out anew, as things stand. Raises as `reissue_invoice`."""
    if not invoice.title:
        raise NoSuchInvoice()
    if invoice.state is not State.PENDING:
        raise InvoiceNotPayable(invoice.title)
    if any(line.credited_minor for line in invoice.lines):
        raise CreditedAlready(invoice.title)
    if invoice.received_minor:
        raise PartPaid(invoice.title)
    if payments.undecided([invoice.id]):
        raise PaymentUnderWay()


def _make_out(contract: Contract, before: InvoiceDetail, *, actor: str, now: datetime) -> Invoice:
    anew = draft(
        contract,
        reason=before.reason,
        key=before.key,
        lines=[_again(line, before.currency) for line in before.lines],
        replaces=before.id,
        now=now,
    )
    draw(anew, actor=actor, now=now)
    assert before.due_date is not None
    assert before.issued_date is not None
    issue(
        contract,
        anew,
        told="invoice_issued",
        due_date=local_date(now, before.time_zone) + (before.due_date - before.issued_date),
        means=before.means,
        actor=actor,
        now=now,
        more={"replaces": before.title},
    )
    return anew


def _again(line: LineDetail, currency: str) -> NewLine:
    return NewLine(
        line.kind,
        line.name,
        Period(line.period_start, line.period_end),
        line.quantity,
        line.unit_price_micro,
        Money(line.amount_minor, currency),
        line.calculation,
        line.fiscal_type,
    )
