"""Corrections of issued invoices, and the credit that comes of them (INV-4, INV-9)."""

from __future__ import annotations

from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import get_language
from ninja import Field, Query, Router, Schema
from pydantic import StringConstraints

from abono.domain.approvals.errors import SecondPersonNeeded
from abono.domain.credit import queries as credit
from abono.domain.credit.types import EntryDetail, Kind
from abono.domain.customers import queries as customers
from abono.domain.identity import queries as identity
from abono.domain.identity.keys import READ, WRITE
from abono.domain.identity.roles import Act
from abono.domain.invoicing import credit_notes
from abono.domain.invoicing.labels import line_label, reason_label
from abono.domain.invoicing.types import CreditNoteDetail, LineCredit
from abono.domain.payments.states import Because
from abono.entrypoints.api.approvals.approvals import Approval, approval
from abono.entrypoints.api.invoices.invoices import InvoiceWithLines, issued, with_lines
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest, count_file
from abono.entrypoints.api.protocol.cursors import PageQuery, page_by_id
from abono.entrypoints.api.protocol.declare import PDF, IdempotencyKey, answers
from abono.entrypoints.api.protocol.fields import (
    Asked,
    ContractId,
    CreditNoteId,
    CustomerId,
    InvoiceId,
    Moment,
    Reason,
    Whole,
)
from abono.entrypoints.api.protocol.keyed import once
from abono.entrypoints.api.protocol.whose import own, sellers, whose
from abono.flows.approvals.ask import ask_credit_note
from abono.flows.billing.documents import credit_note_file
from abono.flows.corrections.credit_note import Preview, issue_credit_note, preview_credit_note
from abono.flows.corrections.reissue import reissue_invoice
from abono.flows.refunds.give_back import Back
from abono.kernel.ids import public
from abono.platform import clock
from abono.platform.idempotency import Ask
from abono.platform.web import download

router = Router(tags=["invoices"])

Position = Annotated[int, Field(description="Of the line on its invoice, from 1.")]


class CreditNoteLine(Schema):
    line: Position
    amount_minor: int


class CreditNote(Schema):
    """Takes back lines of an issued invoice, which itself never changes. `lowered_minor` was taken off what was owed,
    `credit_minor` was paid already and is credit of the contract."""

    id: shown.CreditNoteId
    number: Annotated[str, Field(examples=["C-000007"])]
    invoice: shown.InvoiceId
    invoice_number: str
    customer: shown.CustomerId
    contract: shown.ContractId
    currency: shown.Currency
    total_minor: int
    lowered_minor: int
    credit_minor: int
    why: Annotated[str, Field(description="The reason, which the customer reads.")]
    issued_at: datetime
    issued_date: Annotated[date, Field(description="Local day of the customer.")]
    lines: list[CreditNoteLine]


class CreditNoteList(Schema):
    items: list[CreditNote]
    next_cursor: shown.Cursor | None


class LineTaken(Asked):
    line: Annotated[Whole, Field(ge=1, le=10_000, description="Of the invoice, from 1.")]
    amount_minor: Annotated[Whole, Field(ge=1, le=10**15, description="At most what is left of the line.")]


class CreditNoteWanted(Asked):
    why: Annotated[Reason, Field(description="The customer reads it.")]
    goes: Annotated[
        Literal["credit", "payer"],
        Field(
            description="What was paid of it: `credit` of the contract, or back to whoever paid (`payer`), as far as that payment is"
            " left; the rest is credit."
        ),
    ] = "credit"
    because: Annotated[
        Literal["mistake", "twice", "service", "other"],
        Field(description="With `payer`: why it goes back, as of a refund."),
    ] = "other"
    lines: Annotated[list[LineTaken], Field(min_length=1, max_length=200, description="Each line once.")]


class PreviewQuery(Schema):
    lines: Annotated[
        str,
        StringConstraints(
            max_length=4_000,
            pattern=r"^[1-9][0-9]{0,3}:[1-9][0-9]{0,14}(,[1-9][0-9]{0,3}:[1-9][0-9]{0,14})*$",
        ),
        Field(
            description="Lines of the invoice, from 1, and how much of each in minor units.",
            examples=["1:15000,3:64900"],
        ),
    ]

    def asked(self) -> list[LineCredit]:
        return [LineCredit(*map(int, part.split(":"))) for part in self.lines.split(",")]


class LinePreviewed(Schema):
    line: Position
    label: Annotated[str, Field(description="As on the invoice, in the language asked for.")]
    amount_minor: int
    left_minor: Annotated[int, Field(description="What could be taken back of it afterwards.")]


class CreditNotePreview(Schema):
    """What a credit note would do as things stand. It would lower what is owed by `lowered_minor`, so that `owed_minor` is
    left; `credit_minor` was paid already and would be credit of the contract."""

    invoice: shown.InvoiceId
    currency: shown.Currency
    total_minor: int
    lowered_minor: int
    credit_minor: int
    owed_minor: int
    opens_sending: Annotated[bool, Field(description="Nothing would be left of what sending waits for.")]
    lines: list[LinePreviewed]


class ReissueWanted(Asked):
    why: Annotated[Reason, Field(description="Kept in the record, where the customer can read it.")]


class CreditNoteQuery(PageQuery):
    invoice: InvoiceId | None = None
    contract: ContractId | None = None
    since: Annotated[Moment | None, Field(description="Issued then or later.")] = None
    customer: Annotated[CustomerId | None, Field(description="For keys that see several.")] = None


class CreditMovement(Schema):
    """`amount_minor` is signed, `balance_minor` is what is there after it."""

    kind: Annotated[
        Kind,
        Field(
            description="`granted` by a credit note; `used`: it pays of the invoice; `returned`: the invoice that it"
            " paid of was cancelled; `refunded`: it goes back to whoever paid; `restored`: it could not go back there;"
            " `overpaid`: more came than was asked for; `recalled`: that was taken back."
        ),
    ]
    amount_minor: int
    balance_minor: int
    invoice: shown.InvoiceId
    credit_note: shown.CreditNoteId | None
    made_at: datetime


class Credit(Schema):
    """What is left of a contract's credit, and the movements that say so, newest first, at most 200. It pays the oldest
    unpaid invoice first, and the next one before a card is asked."""

    contract: shown.ContractId
    currency: shown.Currency
    balance_minor: int
    movements: list[CreditMovement]


@router.post(
    "/invoices/{invoice_id}/credit-notes",
    **answers({201: CreditNote, 202: Approval}, 400, 403, 404, 409, 413, 415, 422, scope=WRITE),
)
def create_credit_note(
    request: ApiRequest,
    invoice_id: InvoiceId,
    body: CreditNoteWanted,
    idempotency_key: IdempotencyKey = None,
) -> HttpResponse:
    """The seller takes back lines of an issued invoice, in whole or part. It lowers what is owed; what was paid becomes
    credit, or goes back to whoever paid. 202: so much of one invoice needs a second person, who is asked. 409: more than is left of a line, a payment is under way, or the invoice was cancelled."""
    invoice = issued(request, invoice_id)
    sellers(request, Act.CORRECT)

    def act(ask: Ask) -> tuple[HTTPStatus, Schema]:
        lines = [LineCredit(one.line, one.amount_minor) for one in body.lines]
        back = Because(body.because) if body.goes == "payer" else None
        try:
            if "approval" in ask.led_to:
                raise SecondPersonNeeded()
            note = issue_credit_note(
                invoice_id=invoice.id,
                lines=lines,
                why=body.why,
                actor=request.auth.actor,
                now=customers.moment_of(invoice.customer_id, real=clock.now()).now,
                back=None if back is None else Back(back, clock.now()),
                ask=ask,
            )
        except SecondPersonNeeded:
            asked = ask_credit_note(
                invoice_id=invoice.id,
                lines=lines,
                why=body.why,
                actor=request.auth.actor,
                behind=identity.key_maker(request.auth.id),
                back=back,
                now=clock.now(),
                ask=ask,
            )
            return HTTPStatus.ACCEPTED, approval(asked)
        return HTTPStatus.CREATED, _note(note)

    return once(request, idempotency_key, act)


@router.get(
    "/invoices/{invoice_id}/credit-notes/preview",
    **answers({200: CreditNotePreview}, 403, 404, 409, 422, scope=(READ, WRITE)),
)
def preview_credit_note_of_invoice(
    request: ApiRequest, invoice_id: InvoiceId, query: Query[PreviewQuery]
) -> CreditNotePreview:
    """What a credit note with these lines would take back; nothing is written. Refused as the credit note itself would
    be. Of the seller's keys."""
    invoice = issued(request, invoice_id)
    sellers(request, Act.CORRECT)
    asked = query.asked()
    return _previewed(preview_credit_note(invoice_id=invoice.id, lines=asked), asked)


@router.post(
    "/invoices/{invoice_id}/reissue",
    **answers({201: InvoiceWithLines}, 400, 403, 404, 409, 413, 415, 422, scope=WRITE),
)
def create_reissue(
    request: ApiRequest, invoice_id: InvoiceId, body: ReissueWanted, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """The seller cancels an invoice that nobody has paid and makes it out anew: the same lines, to the customer as it is
    now, with as many days to pay. 409: it does not wait for a payment, one is under way, or a credit note stands on it."""
    invoice = issued(request, invoice_id)
    sellers(request, Act.CORRECT)

    def act(ask: Ask) -> tuple[HTTPStatus, Schema]:
        anew = reissue_invoice(
            invoice_id=invoice.id,
            why=body.why,
            actor=request.auth.actor,
            now=customers.moment_of(invoice.customer_id, real=clock.now()).now,
            ask=ask,
        )
        return HTTPStatus.CREATED, with_lines(anew)

    return once(request, idempotency_key, act)


@router.get("/credit-notes", **answers({200: CreditNoteList}, 404, 422, scope=READ))
def list_credit_notes(request: ApiRequest, query: Query[CreditNoteQuery]) -> CreditNoteList:
    """Credit notes that the key may see, newest first."""
    notes, following = page_by_id(
        "n",
        query,
        credit_notes.list_for,
        customer_id=whose(request, query.customer),
        invoice_id=None if query.invoice is None else issued(request, query.invoice).id,
        contract_number="" if query.contract is None else own(request, query.contract).number,
        since=query.since,
    )
    return CreditNoteList(items=[_note(one) for one in notes], next_cursor=following)


@router.get("/credit-notes/{credit_note_id}", **answers({200: CreditNote}, 404, scope=READ))
def read_credit_note(request: ApiRequest, credit_note_id: CreditNoteId) -> CreditNote:
    """One credit note."""
    return _note(credit_notes.get(credit_note_id, customer_id=request.auth.customer_id))


@router.get(
    "/credit-notes/{credit_note_id}/pdf",
    **answers(
        {200: None},
        404,
        409,
        scope=READ,
        openapi_extra=PDF,
    ),
)
def read_credit_note_pdf(request: ApiRequest, credit_note_id: CreditNoteId) -> HttpResponse:
    """Its document, in the language asked for, under the customer's password as that of an invoice."""
    count_file(request)
    note = credit_notes.get(credit_note_id, customer_id=request.auth.customer_id)
    name, content = credit_note_file(note, get_language() or "en", for_seller=request.auth.sellers)
    return download.pdf(content, name)


@router.get("/contracts/{contract_id}/credit", **answers({200: Credit}, 404, scope=READ))
def read_credit(request: ApiRequest, contract_id: ContractId) -> Credit:
    """The statement of a contract's credit (INV-9)."""
    contract = own(request, contract_id)
    return Credit(
        contract=public("ctr", contract.id),
        currency=contract.currency,
        balance_minor=credit.balance(contract.id),
        movements=[_movement(one) for one in credit.statement(contract.id)],
    )


def _previewed(found: Preview, asked: list[LineCredit]) -> CreditNotePreview:
    lines, language = {line.position: line for line in found.invoice.lines}, get_language() or "en"
    return CreditNotePreview(
        invoice=found.invoice.public_id,
        currency=found.invoice.currency,
        total_minor=found.total_minor,
        lowered_minor=found.lowers_minor,
        credit_minor=found.credit_minor,
        owed_minor=found.owed_minor,
        opens_sending=found.opens_sending,
        lines=[
            LinePreviewed(
                line=one.position,
                label=line_label(lines[one.position].kind, lines[one.position].name, language),
                amount_minor=one.amount_minor,
                left_minor=lines[one.position].left_minor - one.amount_minor,
            )
            for one in asked
        ],
    )


def _note(note: CreditNoteDetail) -> CreditNote:
    return CreditNote(
        id=note.public_id,
        number=note.title,
        invoice=note.invoice.public_id,
        invoice_number=note.invoice.title,
        customer=public("cus", note.invoice.customer_id),
        contract=public("ctr", note.invoice.contract_id),
        currency=note.invoice.currency,
        total_minor=note.total_minor,
        lowered_minor=note.lowered_minor,
        credit_minor=note.credit_minor,
        why=reason_label(note.why, get_language() or "en"),
        issued_at=note.issued_at,
        issued_date=note.issued_date,
        lines=[
            CreditNoteLine(line=line.position, amount_minor=amount_minor) for line, amount_minor in note.lines
        ],
    )


def _movement(one: EntryDetail) -> CreditMovement:
    return CreditMovement(
        kind=one.kind,
        amount_minor=one.amount_minor,
        balance_minor=one.balance_minor,
        invoice=public("inv", one.invoice_id),
        credit_note=_public_note(one.credit_note_id),
        made_at=one.made_at,
    )


def _public_note(key: UUID | None) -> str | None:
    return None if key is None else public("crn", key)
