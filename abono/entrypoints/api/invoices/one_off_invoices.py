"""One-off invoices of the seller: drafted, changed, discarded, issued (INV-10)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import get_language
from ninja import Field, Query, Router, Schema
from pydantic import StringConstraints

from abono.domain.approvals.errors import SecondPersonNeeded
from abono.domain.customers import queries as customers
from abono.domain.identity import queries as identity
from abono.domain.identity.keys import READ, WRITE
from abono.domain.identity.roles import Act
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.errors import NoSuchInvoice
from abono.domain.invoicing.states import FiscalType
from abono.domain.invoicing.states import Reason as InvoiceReason
from abono.domain.invoicing.types import InvoiceDetail
from abono.entrypoints.api.approvals.approvals import Approval, approval
from abono.entrypoints.api.invoices.invoices import InvoiceWithLines, with_lines
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest, count_file
from abono.entrypoints.api.protocol.cursors import PageQuery, page_by_id
from abono.entrypoints.api.protocol.declare import PDF, IdempotencyKey, answers
from abono.entrypoints.api.protocol.fields import Asked, ContractId, InvoiceId, Reason, Whole
from abono.entrypoints.api.protocol.keyed import once
from abono.entrypoints.api.protocol.whose import own, sellers
from abono.flows.approvals.ask import ask_one_off
from abono.flows.billing.documents import draft_file
from abono.flows.one_off import draft as drafts
from abono.flows.one_off.issue import issue_one_off, needs_second
from abono.kernel.ids import public, uuid7
from abono.platform import clock
from abono.platform.idempotency import Ask
from abono.platform.web import download

router = Router(tags=["invoices"])

Text = Annotated[
    str, StringConstraints(min_length=1, max_length=drafts.MOST_TEXT, pattern=r"^[^\x00-\x1f]+$")
]
Seen = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]


class OneOffLine(Asked):
    name: Annotated[Text, Field(description="What it is for: the customer reads it.")]
    quantity: Annotated[Whole, Field(ge=1, le=drafts.MOST_QUANTITY)] = 1
    unit_price_micro: Annotated[Whole, Field(ge=0, le=drafts.MOST_PRICE_MICRO)]
    fiscal_type: FiscalType = FiscalType.SVA


class OneOffWanted(Asked):
    lines: Annotated[list[OneOffLine], Field(min_length=1, max_length=drafts.MOST_LINES)]


class IssueWanted(Asked):
    why: Annotated[Reason, Field(description="Kept in the record, where the customer can read it.")]
    seen: Annotated[Seen, Field(description="Of the draft, as it was read last.")]


class OneOffDraftLine(Schema):
    name: Annotated[str, Field(max_length=drafts.MOST_TEXT)]
    quantity: int
    unit_price_micro: int
    amount_minor: Annotated[int, Field(description="Rounded once, half up.")]
    fiscal_type: FiscalType


class OneOffDraft(Schema):
    """An invoice that is not issued: it has no number, and its customer does not know of it."""

    id: shown.InvoiceId
    customer: shown.CustomerId
    contract: shown.ContractId
    contract_number: shown.ContractNumber
    currency: shown.Currency
    total_minor: int
    needs_second_person: bool
    seen: Annotated[
        Seen,
        Field(
            description="Send it to issue exactly this draft.", examples=["4d1c9b7a02f64e0d8b7c5a3e9f1d2c6b"]
        ),
    ]
    lines: list[OneOffDraftLine]


class OneOffDraftList(Schema):
    items: list[OneOffDraft]
    next_cursor: shown.Cursor | None


class Discarded(Schema):
    id: shown.InvoiceId


@router.post(
    "/contracts/{contract_id}/one-off-invoices",
    **answers({201: OneOffDraft}, 400, 403, 404, 409, 413, 415, 422, scope=WRITE),
)
def create_one_off_invoice(
    request: ApiRequest, contract_id: ContractId, body: OneOffWanted, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """The seller writes an invoice by hand, as a draft in the contract's currency. 409: the contract never began."""
    contract = own(request, contract_id)
    sellers(request, Act.CORRECT)

    def act(ask: Ask) -> tuple[HTTPStatus, Schema]:
        made = drafts.write_draft(
            contract_id=contract.id,
            named=uuid7(),
            lines=_written(body),
            now=customers.moment_of(contract.customer_id, real=clock.now()).now,
            ask=ask,
        )
        return HTTPStatus.CREATED, _draft(made)

    return once(request, idempotency_key, act)


@router.get("/one-off-invoices", **answers({200: OneOffDraftList}, 403, 422, scope=READ))
def list_one_off_invoices(request: ApiRequest, query: Query[PageQuery]) -> OneOffDraftList:
    """Drafts, newest first; once issued they are among the invoices. Of the seller's keys."""
    sellers(request, Act.READ)
    found, following = page_by_id("o", query, invoices.drafts, reasons=(InvoiceReason.ONE_OFF,))
    return OneOffDraftList(items=[_draft(one) for one in found], next_cursor=following)


@router.get("/one-off-invoices/{invoice_id}", **answers({200: OneOffDraft}, 403, 404, scope=READ))
def read_one_off_invoice(request: ApiRequest, invoice_id: InvoiceId) -> OneOffDraft:
    """One draft."""
    return _draft(drafts.find_draft(_known(request, invoice_id, Act.READ).id))


@router.get(
    "/one-off-invoices/{invoice_id}/pdf",
    **answers({200: None}, 403, 404, scope=READ, openapi_extra=PDF),
)
def read_one_off_invoice_pdf(request: ApiRequest, invoice_id: InvoiceId) -> HttpResponse:
    """What its document would say, in the language asked for."""
    count_file(request)
    found = drafts.find_draft(_known(request, invoice_id, Act.READ).id)
    name, content = draft_file(found, get_language() or "en", real=clock.now())
    return download.pdf(content, name)


@router.put(
    "/one-off-invoices/{invoice_id}",
    **answers({200: OneOffDraft}, 400, 403, 404, 409, 413, 415, 422, scope=WRITE),
)
def put_one_off_invoice(
    request: ApiRequest, invoice_id: InvoiceId, body: OneOffWanted, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """Put these lines in the place of those of a draft."""
    found = _known(request, invoice_id, Act.CORRECT)

    def act(_ask: Ask) -> tuple[HTTPStatus, Schema]:
        now = customers.moment_of(found.customer_id, real=clock.now()).now
        return HTTPStatus.OK, _draft(drafts.rewrite_draft(invoice_id=found.id, lines=_written(body), now=now))

    return once(request, idempotency_key, act)


@router.post(
    "/one-off-invoices/{invoice_id}/issue",
    **answers({201: InvoiceWithLines, 202: Approval}, 400, 403, 404, 409, 413, 415, 422, scope=WRITE),
)
def create_one_off_issue(
    request: ApiRequest, invoice_id: InvoiceId, body: IssueWanted, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """Issue a draft: it gets its number, the customer is told, credit and then the card in use pay it. 202: so much needs
    a second person, who is asked. 409: the draft is another than was seen."""
    found = _known(request, invoice_id, Act.CORRECT)

    def act(ask: Ask) -> tuple[HTTPStatus, Schema]:
        asked: dict[str, Any] = {"invoice_id": found.id, "accepted": body.seen, "why": body.why}
        try:
            if "approval" in ask.led_to:
                raise SecondPersonNeeded()
            now = customers.moment_of(found.customer_id, real=clock.now()).now
            issued = issue_one_off(**asked, actor=request.auth.actor, now=now, ask=ask)
        except SecondPersonNeeded:
            behind = identity.key_maker(request.auth.id)
            waits = ask_one_off(**asked, actor=request.auth.actor, behind=behind, now=clock.now(), ask=ask)
            return HTTPStatus.ACCEPTED, approval(waits)
        return HTTPStatus.CREATED, with_lines(issued)

    return once(request, idempotency_key, act)


@router.post(
    "/one-off-invoices/{invoice_id}/cancel",
    **answers({200: Discarded}, 400, 403, 404, 413, 422, scope=WRITE),
)
def cancel_one_off_invoice(
    request: ApiRequest, invoice_id: InvoiceId, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """Discard a draft. It never had a number, and nobody was told of it."""
    found = _known(request, invoice_id, Act.CORRECT)

    def act(_ask: Ask) -> tuple[HTTPStatus, Schema]:
        now = customers.moment_of(found.customer_id, real=clock.now()).now
        drafts.discard_draft(invoice_id=found.id, now=now)
        return HTTPStatus.OK, Discarded(id=found.public_id)

    return once(request, idempotency_key, act)


def _known(request: ApiRequest, invoice_id: UUID, act: Act) -> InvoiceDetail:
    """A draft, or what it became: a call that is repeated is answered as the first time. Raises NoSuchInvoice, for drafts
    also to their customer, who does not know of them (ACC-2); Problem (403)."""
    found = invoices.get(invoice_id, customer_id=request.auth.customer_id)
    if request.auth.customer_id is not None and not found.title:
        raise NoSuchInvoice()
    sellers(request, act)
    return found


def _written(body: OneOffWanted) -> list[drafts.Written]:
    return [
        drafts.Written(one.name, one.quantity, one.unit_price_micro, one.fiscal_type) for one in body.lines
    ]


def _draft(found: InvoiceDetail) -> OneOffDraft:
    return OneOffDraft(
        id=found.public_id,
        customer=public("cus", found.customer_id),
        contract=public("ctr", found.contract_id),
        contract_number=found.contract_number,
        currency=found.currency,
        total_minor=found.total_minor,
        needs_second_person=needs_second(
            found, at=customers.moment_of(found.customer_id, real=clock.now()).now
        ),
        seen=drafts.seen(found),
        lines=[
            OneOffDraftLine(
                name=line.name,
                quantity=line.quantity,
                unit_price_micro=line.unit_price_micro,
                amount_minor=line.amount_minor,
                fiscal_type=line.fiscal_type,
            )
            for line in found.lines
        ],
    )
