"""Issue a one-off invoice: with number, day to pay and notice, collected as any other (INV-10)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.errors import DraftChanged
from abono.domain.invoicing.types import InvoiceDetail
from abono.domain.settings.known import SECOND_PERSON_CREDIT
from abono.flows import second_person
from abono.flows.billing.bill import bill
from abono.flows.one_off.draft import held, rewrite, seen, written
from abono.kernel.money import Money
from abono.platform.idempotency import Ask


def issue_one_off(
    *,
    invoice_id: UUID,
    accepted: str,
    why: str,
    actor: str,
    now: datetime,
    ask: Ask | None = None,
    approved: bool = False,
) -> InvoiceDetail:
    """Its lines are of today, and it is made out to the customer as it is now.

    accepted   what was seen of the draft (`draft.seen`)
    why        the reason, kept in the record
    ask        the call with its key, where the door has one: the invoice that it led to is its result (API-2)
    approved   a second person has agreed (`flows.approvals`)

    Where other taxes hold by now than when the draft was kept, it has to be kept again first.
    Raises NoSuchInvoice, NoSuchDraft, DraftChanged, SecondPersonNeeded where so much is asked for (ACC-5).
    """
    if ask is not None and "invoice" in ask.led_to:
        return invoices.get(UUID(ask.led_to["invoice"]))
    with held(invoice_id) as (contract, invoice):
        found = invoices.get(invoice_id)
        if seen(found) != accepted:
            raise DraftChanged()
        second_person.require(SECOND_PERSON_CREDIT, [_total(found)], approved=approved, at=now)
        rewrite(contract, invoice, written(found), now=now)
        if invoice.total_minor != found.total_minor:  # other taxes by now
            raise DraftChanged()
        bill(contract, invoice, actor=actor, now=now, why=why)
        if ask is not None:
            ask.note(invoice=str(invoice_id))
    return invoices.get(invoice_id)


def needs_second(found: InvoiceDetail, *, at: datetime) -> bool:
    """Whether a second person has to agree."""
    return second_person.needed(SECOND_PERSON_CREDIT, [_total(found)], at=at)


def _total(found: InvoiceDetail) -> Money:
    return Money(found.total_minor, found.currency)
