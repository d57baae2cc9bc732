"""Fiscal documents of invoices: how one stands, its files, and what an issuing service says of it (INV-11)."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpResponse
from ninja import Field, Query, Router, Schema
from pydantic import StringConstraints

from abono.domain.fiscal import queries
from abono.domain.fiscal.errors import NoSuchFiscalDocument, PdfWrong, XmlWrong
from abono.domain.fiscal.rules import LONGEST_NUMBER, MOST_PDF_BYTES, MOST_XML_BYTES
from abono.domain.fiscal.states import Part, Said
from abono.domain.fiscal.types import Answer, Stands
from abono.domain.identity.keys import READ, WRITE
from abono.domain.identity.roles import Act
from abono.domain.invoicing import queries as invoice_queries
from abono.domain.invoicing.types import InvoiceDetail
from abono.entrypoints.api.invoices.fiscal import FiscalDocument, fiscal_document
from abono.entrypoints.api.invoices.invoices import issued
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest, count_file
from abono.entrypoints.api.protocol.binary import BASE64, binary, decoded
from abono.entrypoints.api.protocol.cursors import PageQuery, page_by_id
from abono.entrypoints.api.protocol.declare import IdempotencyKey, answers
from abono.entrypoints.api.protocol.fields import Asked, Day, InvoiceId, Seen
from abono.entrypoints.api.protocol.keyed import once
from abono.entrypoints.api.protocol.whose import sellers
from abono.flows.fiscal.answer import answer, list_again
from abono.platform import clock
from abono.platform.idempotency import Ask
from abono.platform.web.download import as_file

router = Router(tags=["fiscal documents"])

_TYPES = {Part.XML: "application/xml", Part.PDF: "application/pdf"}
FILES = binary(_TYPES.values())
type Line20 = Annotated[Seen, StringConstraints(max_length=20)]


class FiscalDocumentTold(Asked):
    """What whoever issues says. Of one that was `issued`: its number, or a key in which it stands, or its XML, and the day; what
    stands in key or XML need not be said. Of one that was `refused` or `cancelled`: `why`. `again`: list what was refused anew."""

    said: Literal["issued", "refused", "cancelled", "again"]
    number: Annotated[Seen, StringConstraints(max_length=LONGEST_NUMBER)] = ""
    series: Line20 = ""
    key: Annotated[
        Seen,
        StringConstraints(max_length=120),
        Field(description="Of Brazil 50 or 44 characters, whose check digit is checked; of Mexico the UUID."),
    ] = ""
    issued_on: Day | None = None
    verification_code: Annotated[Seen, StringConstraints(max_length=60)] = ""
    why: Annotated[Seen, StringConstraints(max_length=300)] = ""
    xml: Annotated[
        str | None,
        Field(max_length=4 * MOST_XML_BYTES // 3 + 4, pattern=BASE64, description="In base64, up to 512 kB."),
    ] = None
    pdf: Annotated[
        str | None,
        Field(max_length=4 * MOST_PDF_BYTES // 3 + 4, pattern=BASE64, description="In base64, up to 2 MB."),
    ] = None


class InvoiceToIssue(Schema):
    """An invoice of which a document is to be issued; an export says all that is needed for it."""

    invoice: shown.InvoiceId
    number: Annotated[str, Field(max_length=40, examples=["A-000042"])]
    amount_minor: Annotated[int, Field(description="Less what credit notes took back.")]
    currency: shown.Currency
    issued_date: date | None


class InvoiceToIssueList(Schema):
    items: list[InvoiceToIssue]
    next_cursor: shown.Cursor | None


@router.get("/fiscal-documents/to-issue", **answers({200: InvoiceToIssueList}, 403, 422, scope=READ))
def list_invoices_to_issue(request: ApiRequest, query: Query[PageQuery]) -> InvoiceToIssueList:
    """Invoices of which a document is to be issued and that are in no export yet, newest first. Of the seller's keys."""
    sellers(request, Act.READ)
    found, following = page_by_id("i", query, _to_issue)
    return InvoiceToIssueList(
        items=[
            InvoiceToIssue(
                invoice=one.public_id,
                number=one.title,
                amount_minor=queries.left(one).minor,
                currency=one.currency,
                issued_date=one.issued_date,
            )
            for one in found
        ],
        next_cursor=following,
    )


@router.get("/invoices/{invoice_id}/fiscal-document", **answers({200: FiscalDocument}, 404, scope=READ))
def read_fiscal_document(request: ApiRequest, invoice_id: InvoiceId) -> FiscalDocument:
    """How an invoice stands with its fiscal document. 404: it has none and needs none."""
    return _shown(queries.stands(issued(request, invoice_id)), sellers_key=request.auth.sellers)


@router.put(
    "/invoices/{invoice_id}/fiscal-document",
    **answers({200: FiscalDocument}, 400, 403, 404, 409, 413, 415, 422, scope=WRITE),
)
def put_fiscal_document(
    request: ApiRequest,
    invoice_id: InvoiceId,
    body: FiscalDocumentTold,
    idempotency_key: IdempotencyKey = None,
) -> HttpResponse:
    """Say what became of an invoice's document. The same again changes nothing, what was left out before is added. The customer is told
    of one that was issued. 409: it was said otherwise before, its key is another document's, or the invoice gets none. Of the
    seller's keys."""
    found = issued(request, invoice_id)
    sellers(request, Act.MONEY)

    def act(_ask: Ask) -> tuple[HTTPStatus, Schema]:
        actor, real = request.auth.actor, clock.now()
        if body.said == "again":
            list_again(invoice_id=found.id, actor=actor, real=real)
        else:
            answer(invoice_id=found.id, given=_given(body), actor=actor, real=real)
        return HTTPStatus.OK, _shown(queries.stands(invoice_queries.get(found.id)), sellers_key=True)

    return once(request, idempotency_key, act)


@router.get(
    "/invoices/{invoice_id}/fiscal-document/{part}",
    **answers({200: None}, 404, 422, scope=READ, openapi_extra=FILES),
)
def read_fiscal_document_file(
    request: ApiRequest, invoice_id: InvoiceId, part: Literal["xml", "pdf"]
) -> HttpResponse:
    """The XML or the PDF, byte for byte as it came."""
    count_file(request)
    found = issued(request, invoice_id)
    _document, content = queries.content(found.id, Part(part))
    return as_file(HttpResponse(content, content_type=_TYPES[Part(part)]), f"{found.title}.{part}")


def _to_issue(*, before: UUID | None, limit: int) -> list[InvoiceDetail]:
    found = queries.to_issue(before=before, newest=True, limit=limit)
    return list(reversed(invoice_queries.several(found)))


def _given(body: FiscalDocumentTold) -> Answer:
    """Raises XmlWrong, PdfWrong."""
    return Answer(
        Said(body.said),
        number=body.number,
        series=body.series,
        key=body.key,
        issued_on=body.issued_on,
        verification=body.verification_code,
        why=body.why,
        xml=decoded(body.xml, XmlWrong(MOST_XML_BYTES // 1024)),
        pdf=decoded(body.pdf, PdfWrong(MOST_PDF_BYTES // 2**20)),
    )


def _shown(stands: Stands | None, *, sellers_key: bool) -> FiscalDocument:
    found = fiscal_document(stands, for_seller=sellers_key)
    if found is None:
        raise NoSuchFiscalDocument()
    return found
