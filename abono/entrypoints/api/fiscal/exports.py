"""Exports of what is to be issued and cancelled, for issuing services (INV-11)."""

from __future__ import annotations

from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated, Any

from django.http import HttpResponse
from django.utils.translation import get_language
from ninja import Field, Query, Router, Schema

from abono.domain.fiscal import queries
from abono.domain.fiscal.errors import NoSuchExport
from abono.domain.fiscal.states import State
from abono.domain.fiscal.types import DocumentInfo, ExportInfo
from abono.domain.identity.keys import READ, WRITE
from abono.domain.identity.roles import Act
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.states import FiscalType
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.cursors import PageQuery, page_by_id
from abono.entrypoints.api.protocol.declare import IdempotencyKey, answers
from abono.entrypoints.api.protocol.fields import FiscalExportId
from abono.entrypoints.api.protocol.keyed import once
from abono.entrypoints.api.protocol.whose import sellers
from abono.flows.fiscal.export import write_export
from abono.kernel.ids import public
from abono.platform import clock
from abono.platform.idempotency import Ask

router = Router(tags=["fiscal documents"])
type Text = Annotated[str, Field(max_length=300)]


class FiscalSeller(Schema):
    """Who issues, as the installation says."""

    name: Text
    tax_id: Text
    address: Text
    email: Text


class FiscalBuyer(Schema):
    """Name, tax id and `address_lines` as on the invoice; the parts of the address as they were when it was exported."""

    legal_name: Text
    tax_id: Annotated[str, Field(max_length=20, description="Compact: without dots and dashes.")]
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    address_lines: list[Text]
    street: Text
    number: Text
    complement: Text
    district: Text
    city: Text
    region: Text
    postal_code: Text
    email: Text


class FiscalLine(Schema):
    """A line of the invoice, with the tax office's codes of its day; what there is none of is empty."""

    position: int
    description: Text
    kind: shown.Kind
    fiscal_type: FiscalType
    first_date: date
    last_date: date
    quantity: int
    unit_price_micro: int
    amount_minor: int
    credited_minor: Annotated[int, Field(description="What credit notes took back of it.")]
    item: shown.FiscalCode
    nbs: shown.FiscalCode
    cst: shown.FiscalCode
    tax_class: shown.FiscalCode
    city_code: shown.FiscalCode
    cnae: shown.FiscalCode
    operation: shown.FiscalCode


class FiscalTax(Schema):
    """A tax inside the prices of the lines of its fiscal type."""

    name: Text
    rate_micro: int
    base_minor: int
    amount_minor: int
    fiscal_type: FiscalType


class TaxToWithhold(Schema):
    """A tax that the buyer must withhold of the invoice, by the rates of its due date."""

    name: Text
    rate_micro: int
    base_minor: int
    amount_minor: int


class DocumentToIssue(Schema):
    """All that is needed to issue a document. `state`: how it stands now."""

    invoice: shown.InvoiceId
    reference: Annotated[
        str, Field(max_length=40, description="The number of the invoice.", examples=["A-000042"])
    ]
    contract: shown.ContractNumber
    issued_date: date | None
    due_date: date | None
    paid: bool
    currency: shown.Currency
    amount_minor: Annotated[int, Field(description="The document's: less what credit notes took back.")]
    seller: FiscalSeller
    buyer: FiscalBuyer
    lines: list[FiscalLine]
    taxes: list[FiscalTax]
    withheld: list[TaxToWithhold]
    state: Annotated[State, shown.words(State)]


class DocumentToCancel(Schema):
    """A document whose invoice is over another amount since. Its `state` is `exported` where nobody said yet that it was issued."""

    invoice: shown.InvoiceId
    reference: Annotated[str, Field(max_length=40)]
    number: Annotated[str, Field(max_length=40)]
    series: Annotated[str, Field(max_length=20)]
    key: Annotated[str, Field(max_length=100)]
    state: Annotated[State, shown.words(State)]


class FiscalExport(Schema):
    """Numbered without a gap; each document is in one export."""

    id: shown.FiscalExportId
    number: int
    documents: Annotated[int, Field(description="To be issued.")]
    cancels: Annotated[int, Field(description="To be cancelled.")]
    written_at: datetime


class FiscalExportWithDocuments(FiscalExport):
    to_issue: list[DocumentToIssue]
    to_cancel: list[DocumentToCancel]


class FiscalExportList(Schema):
    items: list[FiscalExport]
    next_cursor: shown.Cursor | None


@router.get("/fiscal-exports", **answers({200: FiscalExportList}, 403, 422, scope=READ))
def list_fiscal_exports(request: ApiRequest, query: Query[PageQuery]) -> FiscalExportList:
    """Newest first. Of the seller's keys."""
    sellers(request, Act.READ)
    found, following = page_by_id("x", query, queries.exports)
    return FiscalExportList(items=[FiscalExport(**_export(one)) for one in found], next_cursor=following)


@router.post(
    "/fiscal-exports", **answers({201: FiscalExportWithDocuments}, 400, 403, 409, 413, 422, scope=WRITE)
)
def create_fiscal_export(request: ApiRequest, idempotency_key: IdempotencyKey = None) -> HttpResponse:
    """Write the next export: all that is to be issued or cancelled and is in none yet, up to a thousand of each. What lines are for
    is in Portuguese where the seller issues in Brazil, else in the language of Accept-Language. 409: that is nothing, or fiscal
    documents are not kept here. Of the seller's keys."""
    sellers(request, Act.MONEY)

    def act(_ask: Ask) -> tuple[HTTPStatus, Schema]:
        made = write_export(language=get_language() or "en", actor=request.auth.actor, real=clock.now())
        return HTTPStatus.CREATED, _whole(made)

    return once(request, idempotency_key, act)


@router.get("/fiscal-exports/{export_id}", **answers({200: FiscalExportWithDocuments}, 403, 404, scope=READ))
def read_fiscal_export(request: ApiRequest, export_id: FiscalExportId) -> FiscalExportWithDocuments:
    """One export, as it was written, and how its documents stand now. Of the seller's keys."""
    if request.auth.customer_id is not None:
        raise NoSuchExport()
    sellers(request, Act.READ)
    return _whole(queries.export(export_id))


def _export(one: ExportInfo) -> dict[str, Any]:
    return {
        "id": one.public_id,
        "number": one.number,
        "documents": one.documents,
        "cancels": one.cancels,
        "written_at": one.at,
    }


def _whole(one: ExportInfo) -> FiscalExportWithDocuments:
    told, cancels = queries.of_export(one.id)
    titles = invoices.titles([document.invoice_id for document in cancels])
    return FiscalExportWithDocuments(
        **_export(one),
        to_issue=[
            DocumentToIssue.model_validate({**(each.asked or {}), "state": each.state}) for each in told
        ],
        to_cancel=[_cancel(each, titles[each.invoice_id]) for each in cancels],
    )


def _cancel(one: DocumentInfo, title: str) -> DocumentToCancel:
    return DocumentToCancel(
        invoice=public("inv", one.invoice_id),
        reference=title,
        number=one.number,
        series=one.series,
        key=one.key,
        state=one.state,
    )
