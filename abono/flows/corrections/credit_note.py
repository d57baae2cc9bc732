"""Take back lines of an issued invoice, in whole or part (INV-4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from abono.domain.contracts.models import Contract
from abono.domain.credit import actions as credit
from abono.domain.credit import queries as balances
from abono.domain.customers.rules import credit_note_series
from abono.domain.invoicing import actions as invoicing
from abono.domain.invoicing import credit_notes
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.errors import CreditNotNow, NoSuchInvoice, NotCreditable
from abono.domain.invoicing.models import CreditNote, Invoice
from abono.domain.invoicing.rules import split
from abono.domain.invoicing.states import Reason, State
from abono.domain.invoicing.taxes import with_taxes
from abono.domain.invoicing.types import CreditNoteDetail, InvoiceDetail, LineCredit
from abono.domain.payments import queries as payments
from abono.domain.payments import refunds
from abono.domain.payments.errors import PaymentUnderWay
from abono.domain.payments.types import Refundable
from abono.domain.settings.known import SECOND_PERSON_CREDIT
from abono.flows import locks, second_person
from abono.flows.billing.credit import about
from abono.flows.paid.by_credit import settle, use_credit
from abono.flows.refunds.give_back import Back, hand_on, needs_second, require_second
from abono.flows.refunds.pay_back import share
from abono.flows.tell import tell
from abono.kernel.ids import uuid7
from abono.kernel.money import Money
from abono.platform.idempotency import Ask


@dataclass(frozen=True, slots=True)
class Preview:
    """What a credit note would do, as things stand. Amounts are minor units of the invoice's currency."""

    invoice: InvoiceDetail
    total_minor: int
    lowers_minor: int  # what is owed, by so much
    credit_minor: int  # what was paid, and becomes credit
    owed_minor: int  # what is left to be paid
    opens_sending: bool  # nothing is left of an interim invoice, for which sending waits (LIM-4)
    back: tuple[Refundable, ...] = ()  # of what was paid, what can go back to whoever paid it (PAY-9)

    def needs_second(self, *, goes_back: bool = False, at: datetime) -> bool:
        """Whether a second person has to agree (ACC-5), also where it goes back to whoever paid (PAY-9)."""
        whole = taken_back(self.invoice, self.total_minor)
        granted = Money(self.credit_minor, self.invoice.currency)
        return second_person.needed(SECOND_PERSON_CREDIT, [whole], at=at) or (
            goes_back and bool(granted) and needs_second(self.invoice.id, granted, at=at)
        )


def preview_credit_note(*, invoice_id: UUID, lines: Sequence[LineCredit]) -> Preview:
    """Nothing is written. Raises NoSuchInvoice, NotCreditable, CreditNotNow, PaymentUnderWay, NothingToCredit, NoSuchLine,
    AboveTheLine."""
    invoice = invoices.get(invoice_id)
    lines = with_taxes(invoice, lines)
    total_minor = _check(invoice, lines)
    lowers_minor, credit_minor = split(total_minor, invoice.owed_minor)
    left_minor = invoice.owed_minor - lowers_minor
    interim = invoice.reason is Reason.INTERIM and invoice.state is State.PENDING
    back = tuple(share(refunds.left([invoice.id]), credit_minor)) if credit_minor else ()
    opens = interim and left_minor == 0
    return Preview(invoice, total_minor, lowers_minor, credit_minor, left_minor, opens, back)


def issue_credit_note(
    *,
    invoice_id: UUID,
    lines: Sequence[LineCredit],
    why: str,
    actor: str,
    now: datetime,
    customer_id: UUID | None = None,
    note_id: UUID | None = None,
    ask: Ask | None = None,
    approved: bool = False,
    quiet: bool = False,
    back: Back | None = None,
) -> CreditNoteDetail:
    """Take back what `lines` say, with the taxes on top of it (INV-7). First it lowers what is owed; what was paid becomes credit, which pays the contract's
    oldest unpaid invoices at once and the next one before a card is asked (INV-9).

    why           the reason, which the customer reads
    customer_id   whose invoice it has to be (ACC-2)
    note_id       under which id, where the door chose one: the note that has it already is the result
    ask           the call with its key, where the door has one: the note that it led to before is its result (API-2)
    approved      a second person has agreed (`flows.approvals`)
    quiet         the caller tells of it
    back          what was paid goes back to whoever paid it, instead; what nothing is left to go back of stays credit (PAY-9)

    While a payment of the invoice is under way it is refused: what was asked for stays what is owed until the answer.
    Raises what `preview_credit_note` does, and SecondPersonNeeded where so much is taken back of the invoice in all, or goes back.
    """
    if ask is not None and "credit_note" in ask.led_to:
        return credit_notes.get(UUID(ask.led_to["credit_note"]))
    note_id = note_id or uuid7()
    with locks.invoice(invoice_id, customer_id=customer_id) as (contract, invoice):
        if credit_notes.is_there(note_id, invoice_id=invoice.id):
            return credit_notes.get(note_id)
        stands = invoices.get(invoice.id)
        total_minor = _check(stands, lines := with_taxes(stands, lines))
        of_all = taken_back(stands, total_minor)
        second_person.require(SECOND_PERSON_CREDIT, [of_all], approved=approved, at=now)
        lowers_minor, credit_minor = split(total_minor, invoice.owed_minor)
        if lowers_minor:
            _lower(contract, invoice, lowers_minor, actor=actor, now=now)
        if credit_minor:
            if back is not None:
                require_second(invoice.id, Money(credit_minor, invoice.currency), approved=approved, at=now)
            _grant(contract, invoice, credit_minor, back, note_id=note_id, why=why, actor=actor, now=now)
        note = credit_notes.issue(
            note_id=note_id,
            invoice=invoice,
            lines=lines,
            credit_minor=credit_minor,
            series=credit_note_series(invoice.customer_id, sandbox=invoice.customer.sandbox),
            why=why,
            actor=actor,
            now=now,
        )
        if not quiet:
            _tell(contract, invoice, note, now=now)
        if ask is not None:
            ask.note(credit_note=str(note.id))
    return credit_notes.get(note_id)


def _grant(
    contract: Contract,
    invoice: Invoice,
    credit_minor: int,
    back: Back | None,
    *,
    note_id: UUID,
    why: str,
    actor: str,
    now: datetime,
) -> None:
    """What was paid becomes credit, which pays what is unpaid, or goes back before that."""
    granted = Money(credit_minor, invoice.currency)
    credit.grant(about(invoice), granted, credit_note_id=note_id, actor=actor, now=now)
    if back is not None:
        hand_on(contract, invoice, credit_minor, back, why=why, actor=actor, now=now)
    use_credit(contract, actor=actor, now=now)


def taken_back(invoice: InvoiceDetail, total_minor: int) -> Money:
    """All that credit notes take back of an invoice once one of this sum stands on it too: many small ones are a large one."""
    return Money(sum(line.credited_minor for line in invoice.lines) + total_minor, invoice.currency)


def _lower(contract: Contract, invoice: Invoice, lowers_minor: int, *, actor: str, now: datetime) -> None:
    """Take it off what is owed; an invoice that owes nothing any more is settled, and what waited for it goes on."""
    invoicing.take_off(invoice, lowers_minor)
    if not invoice.owed_minor:
        settle(contract, invoice, actor=actor, now=now)


def _check(invoice: InvoiceDetail, lines: Sequence[LineCredit]) -> int:
    """The sum of the lines, once they can be taken back."""
    if invoice.state is State.CANCELLED and invoice.title:
        raise NotCreditable(invoice.title)
    if invoice.state in (State.WRITTEN_OFF, State.DISPUTED):
        raise CreditNotNow(invoice.title)
    if invoice.state not in (State.PENDING, State.PAID):
        raise NoSuchInvoice()
    total_minor = credit_notes.check(invoice, lines)
    if payments.undecided([invoice.id]):
        raise PaymentUnderWay()
    return total_minor


def _tell(contract: Contract, invoice: Invoice, note: CreditNote, *, now: datetime) -> None:
    tell(
        customer_id=invoice.customer_id,
        kind="credit_note_issued",
        key=str(note.id),
        facts={
            "credit_note": note.title,
            "invoice": invoice.title,
            "invoice_id": str(invoice.id),
            "number": contract.number,
            "total_minor": note.total_minor,
            "credit_minor": note.credit_minor,
            "balance_minor": balances.balance(contract.id),
            "owed_minor": invoice.owed_minor,
            "why": note.why,
            "currency": invoice.currency,
        },
        now=now,
    )
