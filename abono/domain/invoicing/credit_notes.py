"""Credit notes: what takes back lines of an issued invoice, which itself never changes (INV-4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from abono.domain.invoicing.errors import (
    AboveTheInvoice,
    AboveTheLine,
    NoSuchCreditNote,
    NoSuchLine,
    NothingToCredit,
)
from abono.domain.invoicing.models import CreditNote, CreditNoteLine, Invoice, InvoiceLine
from abono.domain.invoicing.queries import head, line_detail
from abono.domain.invoicing.states import LineKind
from abono.domain.invoicing.types import CreditNoteDetail, InvoiceDetail, LineCredit
from abono.domain.journal import actions as journal
from abono.domain.journal import rules as posts
from abono.domain.journal.types import Fact, NewEntry
from abono.kernel.money import Money
from abono.kernel.periods import local_date
from abono.platform import events, numbering
from abono.platform.given import given
from abono.platform.sole import sole


def check(invoice: InvoiceDetail, lines: Sequence[LineCredit]) -> int:
    """The sum of what is to be taken back. Raises NothingToCredit, NoSuchLine, AboveTheLine, AboveTheInvoice:
    lines below zero are part of what it asks for."""
    if not lines or len({one.position for one in lines}) < len(lines):
        raise NothingToCredit()
    there = {line.position: line for line in invoice.lines}
    for one in lines:
        if one.position not in there:
            raise NoSuchLine(one.position)
        if one.amount_minor <= 0:
            raise NothingToCredit()
        left_minor = there[one.position].left_minor
        if one.amount_minor > left_minor:
            raise AboveTheLine(one.position, left_minor, invoice.currency)
    total_minor = sum(one.amount_minor for one in lines)
    left_minor = left(invoice)
    if total_minor > left_minor:
        raise AboveTheInvoice(invoice.title, left_minor, invoice.currency)
    return total_minor


def left(invoice: InvoiceDetail) -> int:
    """How much of it credit notes have not taken back yet."""
    return invoice.total_minor - sum(line.credited_minor for line in invoice.lines)


def all_left(invoice: InvoiceDetail) -> list[LineCredit]:
    """So much of each line that all that is left of the invoice is taken back, and no more: its taxes first."""
    rest, found = left(invoice), []
    for line in sorted(invoice.lines, key=lambda line: line.kind is not LineKind.TAX):
        part = min(rest, line.left_minor)
        rest -= part
        if part:
            found.append(LineCredit(line.position, part))
    return found


def issue(
    *,
    note_id: UUID,
    invoice: Invoice,
    lines: Sequence[LineCredit],
    credit_minor: int,
    series: str,
    why: str,
    actor: str,
    now: datetime,
) -> CreditNote:
    """Write a credit note with its gapless number; from here on it never changes. Lines were checked, and the caller
    holds the invoice.

    credit_minor   what of it becomes credit; the rest was taken off what is owed

    Call it last in a transaction: the number's counter stays locked until the commit.
    """
    taken = _write_lines(note_id, invoice, lines)
    posted = NewEntry(Fact.CREDIT_NOTE_ISSUED, note_id, invoice.id, posts.credit_note_issued(taken))
    journal.post(posted, now=now)
    note = CreditNote.objects.create(
        id=note_id,
        invoice=invoice,
        customer_id=invoice.customer_id,
        series=series,
        number=numbering.next_number(f"credit_note:{series}"),
        total_minor=sum(one.amount_minor for one in lines),
        credit_minor=credit_minor,
        why=why,
        issued_by=actor,
        issued_at=now,
        issued_date=local_date(now, invoice.customer.time_zone),
    )
    events.record(
        name="credit_note.issued",
        subject=("credit_note", note.id),
        customer_id=invoice.customer_id,
        actor=actor,
        now=now,
        why=why,
        data={
            "number": note.title,
            "invoice": invoice.public_id,
            "invoice_number": invoice.title,
            "total_minor": note.total_minor,
            "credit_minor": credit_minor,
            "owed_minor": invoice.owed_minor,
            "currency": invoice.currency,
        },
    )
    return note


def _write_lines(note_id: UUID, invoice: Invoice, lines: Sequence[LineCredit]) -> list[tuple[str, Money]]:
    """Returns what is taken back, each with the kind of its line."""
    there = {line.position: line for line in InvoiceLine.objects.filter(invoice=invoice)}
    in_order = sorted(lines, key=lambda one: one.position)
    CreditNoteLine.objects.bulk_create(
        CreditNoteLine(note_id=note_id, line=there[one.position], amount_minor=one.amount_minor)
        for one in in_order
    )
    return [(there[one.position].kind, Money(one.amount_minor, invoice.currency)) for one in in_order]


def get(note_id: UUID, *, customer_id: UUID | None = None) -> CreditNoteDetail:
    """One credit note; with `customer_id`, only if it is that customer's (ACC-2). Raises NoSuchCreditNote."""
    note = sole(_whole().filter(id=note_id, **given(customer_id=customer_id)))
    if note is None:
        raise NoSuchCreditNote()
    return _detail(note)


def is_there(note_id: UUID, *, invoice_id: UUID) -> bool:
    return CreditNote.objects.filter(id=note_id, invoice_id=invoice_id).exists()


def list_for(
    customer_id: UUID | None,
    *,
    invoice_id: UUID | None = None,
    contract_number: str = "",
    since: datetime | None = None,
    before: UUID | None = None,
    limit: int = 200,
) -> list[CreditNoteDetail]:
    """Credit notes, newest first. `customer_id` None: those of all customers."""
    wanted = given(
        customer_id=customer_id,
        invoice_id=invoice_id,
        invoice__contract__number__icontains=contract_number.replace("\x00", "") or None,
        issued_at__gte=since,
        id__lt=before,
    )
    found = _whole().filter(**wanted)
    return [_detail(note) for note in found.order_by("-id")[:limit]]


def _whole() -> QuerySet[CreditNote]:
    related = CreditNote.objects.select_related("invoice__contract", "invoice__customer")
    return related.prefetch_related("lines__line")


def _detail(note: CreditNote) -> CreditNoteDetail:
    taken = sorted(note.lines.all(), key=lambda one: one.line.position)
    return CreditNoteDetail(
        id=note.id,
        public_id=note.public_id,
        title=note.title,
        invoice=head(note.invoice),
        total_minor=note.total_minor,
        credit_minor=note.credit_minor,
        why=note.why,
        issued_by=note.issued_by,
        issued_at=note.issued_at,
        issued_date=note.issued_date,
        lines=tuple((line_detail(one.line), one.amount_minor) for one in taken),
    )
