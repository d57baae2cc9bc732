"""Invoices as on Settings › Financial information: list, one with its lines, its document (FIN-1, FIN-2)."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import get_language
from ninja import Field, Query, Router, Schema

from abono.domain.customers import queries as customers
from abono.domain.fiscal import queries as fiscal
from abono.domain.identity.keys import READ
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.errors import NoSuchInvoice
from abono.domain.invoicing.states import FiscalType, Outlook, Reason, State, Status
from abono.domain.invoicing.types import Collecting, InvoiceDetail, LineDetail
from abono.domain.payments import disputes
from abono.domain.payments.states import DisputeState
from abono.domain.payments.types import DisputeInfo
from abono.entrypoints.api.invoices.fiscal import FiscalDocument, IncludedTax, fiscal_document
from abono.entrypoints.api.invoices.given_back import InvoiceRefund, given_back
from abono.entrypoints.api.invoices.lines import BilledLine, FiscalCodes, line
from abono.entrypoints.api.invoices.received import ReceivedPayment, received_payments
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest, count_file
from abono.entrypoints.api.protocol.cursors import PageQuery, page_by_id
from abono.entrypoints.api.protocol.declare import PDF, answers
from abono.entrypoints.api.protocol.fields import ContractId, CustomerId, InvoiceId, Moment
from abono.entrypoints.api.protocol.whose import own, whose
from abono.flows.billing.documents import invoice_file
from abono.flows.billing.outlook import outlook, outlooks
from abono.flows.charges.explained import explained
from abono.kernel.ids import public
from abono.kernel.money import Money
from abono.kernel.periods import Period, local_date
from abono.platform import clock
from abono.platform.web import download

router = Router(tags=["invoices"])

Shown = Literal["pending", "paid", "cancelled", "written_off", "disputed"]  # a draft is nobody's business
Told = Literal["pending", "part_paid", "paid", "credited", "refunded", "written_off", "disputed", "cancelled"]


class InvoiceCollection(Schema):
    """How the money of a pending invoice is coming, as things stand; null for any other."""

    outlook: Annotated[
        Outlook,
        Field(
            description="`scheduled`: the card in use is charged by itself, at `charged_at`; `confirming`: a charge has"
            " no clear answer yet; `checking`: another sum than was asked for was taken, and a person looks at it;"
            " `again`: the last charge was declined, and a card is asked again at `charged_at`;"
            " `declined`, `not_received`: the last charge failed, and none follows by itself;"
            " `stopped`: the card in use is not asked by itself any more, for what it said of other invoices;"
            " `no_card`: charged as soon as there is a card; `by_hand`: somebody has to pay it."
        ),
    ]
    charged_at: datetime | None


class Invoice(Schema):
    """An issued invoice; it never changes but for its state and what is taken off what is owed (INV-4).

    `total_minor` is what the document says, `owed_minor` what is still to be paid: less what credit notes took off
    (`credited_minor`), what the contract's credit pays (`credit_used_minor`) and what came without a gateway
    (`received_minor`); 0 once it is paid, cancelled or written off, and while it is disputed."""

    id: shown.InvoiceId
    number: Annotated[str, Field(examples=["A-000042"])]
    sandbox: Annotated[
        bool, Field(description="Of a customer that tries things out: its numbers are a series of their own.")
    ]
    state: Shown
    status: Annotated[
        Told,
        Field(
            description="Its state, and what became of its money: `part_paid` while pending, `credited` or `refunded` where"
            " all of what was paid was taken back, or went back."
        ),
    ]
    overdue: bool
    reason: Reason
    customer: shown.CustomerId
    contract: shown.ContractId
    contract_number: shown.ContractNumber
    currency: shown.Currency
    total_minor: int
    credited_minor: int
    credit_used_minor: int
    received_minor: Annotated[
        int,
        Field(
            description="Came without a gateway, with what was withheld, or stayed of a card payment of which the rest went back."
        ),
    ]
    withheld_minor: Annotated[
        int, Field(description="Of `received_minor`, what the buyer kept for the tax office.")
    ]
    refunded_minor: Annotated[int, Field(description="Went back to whoever paid it.")]
    owed_minor: int
    issued_at: datetime
    due_date: date | None
    paid_at: datetime | None
    fiscal_types: list[FiscalType]
    replaces: Annotated[
        shown.InvoiceId | None, Field(description="The cancelled one that this was made out anew for.")
    ]
    replaced_by: shown.InvoiceId | None
    collection: InvoiceCollection | None
    fiscal_document: Annotated[
        FiscalDocument | None, Field(description="Null where it has none and needs none.")
    ]


class InvoiceList(Schema):
    items: list[Invoice]
    next_cursor: shown.Cursor | None


class InvoiceBuyer(Schema):
    """To whom the invoice is made out, as they were when it was made."""

    legal_name: Annotated[str, Field(max_length=160)]
    tax_id: Annotated[str, Field(max_length=20, description="Compact: without dots and dashes.")]
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2.")]
    address: Annotated[
        list[Annotated[str, Field(max_length=200)]],
        Field(max_length=4, description="Lines, as on paper, without the country."),
    ]


class InvoiceDispute(Schema):
    """Somebody contests what is owed, or the payment of it at the bank."""

    id: shown.DisputeId
    state: Annotated[DisputeState, shown.words(DisputeState)]
    of_payment: Annotated[
        shown.AttemptId | shown.ReceiptId | None,
        Field(description="The payment that is contested; null where what is owed is."),
    ]
    amount_minor: int
    answer_by: Annotated[
        date | None, Field(description="The seller's day until which evidence has to be at the bank.")
    ]
    opened_at: datetime
    ended_at: datetime | None


class InvoiceWithLines(Invoice):
    buyer: InvoiceBuyer
    included_taxes: list[IncludedTax]
    lines: list[BilledLine]
    refunds: list[InvoiceRefund]
    received_payments: list[ReceivedPayment]
    disputes: list[InvoiceDispute]


class InvoiceQuery(PageQuery):
    contract: ContractId | None = None
    state: Shown | None = None
    status: Annotated[
        Told | None, Field(description="Narrower than `state`; a page may be short, or empty.")
    ] = None
    overdue: Annotated[
        bool | None, Field(description="Pending, and its day is past; a page may then be short, or empty.")
    ] = None
    fiscal_type: FiscalType | None = None
    since: Annotated[Moment | None, Field(description="Issued then or later.")] = None
    customer: Annotated[CustomerId | None, Field(description="For keys that see several.")] = None


@router.get("/invoices", **answers({200: InvoiceList}, 404, 422, scope=READ))
def list_invoices(request: ApiRequest, query: Query[InvoiceQuery]) -> InvoiceList:
    """Issued invoices that the key may see, newest first."""
    shown, following = page_by_id(
        "i",
        query,
        invoices.list_for_customer,
        customer_id=whose(request, query.customer),
        since=query.since,
        state=_kept(query),
        fiscal_type=query.fiscal_type,
        contract_number="" if query.contract is None else own(request, query.contract).number,
    )
    today, known = Today(), outlooks(shown)
    stands, seller = fiscal.standings(shown), request.auth.sellers
    items = [
        invoice(
            detail, today, known.get(detail.id), fiscal_document(stands.get(detail.id), for_seller=seller)
        )
        for detail in shown
    ]
    for told in (query.state, query.status):
        items = [item for item in items if told in (None, item.state, item.status)]
    if query.overdue is not None:
        items = [item for item in items if item.overdue is query.overdue]
    return InvoiceList(items=items, next_cursor=following)


@router.get("/invoices/{invoice_id}", **answers({200: InvoiceWithLines}, 404, scope=READ))
def read_invoice(request: ApiRequest, invoice_id: InvoiceId) -> InvoiceWithLines:
    """One invoice with its lines."""
    return with_lines(issued(request, invoice_id), for_seller=request.auth.sellers)


@router.get(
    "/invoices/{invoice_id}/pdf",
    **answers(
        {200: None},
        404,
        409,
        scope=READ,
        openapi_extra=PDF,
    ),
)
def read_invoice_pdf(request: ApiRequest, invoice_id: InvoiceId) -> HttpResponse:
    """The document, in the language asked for. A cancelled invoice has none (INV-5).

    It opens with the password that the customer chose for documents; for the seller's keys without. 409: that is lost.
    """
    count_file(request)
    found = issued(request, invoice_id)
    name, content = invoice_file(
        invoice_id=found.id,
        language=get_language() or "en",
        customer_id=found.customer_id,
        real=clock.now(),
        for_seller=request.auth.sellers,
    )
    return download.pdf(content, name)


def issued(request: ApiRequest, invoice_id: UUID) -> InvoiceDetail:
    """An issued invoice that the key may see. Raises NoSuchInvoice for any other, and for a draft (ACC-2)."""
    found = invoices.get(invoice_id, customer_id=request.auth.customer_id)
    if not found.title:
        raise NoSuchInvoice()
    return found


class Today:
    """The local day of each customer, asked once for a request (TIM-1)."""

    def __init__(self) -> None:
        self._days: dict[UUID, date] = {}

    def of(self, detail: InvoiceDetail) -> date:
        if detail.customer_id not in self._days:
            now = customers.moment_of(detail.customer_id, real=clock.now()).now
            self._days[detail.customer_id] = local_date(now, detail.time_zone)
        return self._days[detail.customer_id]


def invoice(
    detail: InvoiceDetail, today: Today, collecting: Collecting | None, document: FiscalDocument | None
) -> Invoice:
    members = _members(detail, today, collecting)
    return Invoice.model_validate({**members, "fiscal_document": document})


def with_lines(detail: InvoiceDetail, *, for_seller: bool = False) -> InvoiceWithLines:
    lines = [
        {
            **line(
                kind=row.kind,
                name=row.name,
                period=Period(row.period_start, row.period_end),
                quantity=row.quantity,
                unit_price_micro=row.unit_price_micro,
                amount=Money(row.amount_minor, detail.currency),
                how=row.calculation,
                fiscal=row.fiscal_type,
            ).model_dump(),
            "position": row.position,
            "credited_minor": row.credited_minor,
            "fiscal_codes": _codes(row),
            "parts": [asdict(part) for part in parts],
        }
        for row, parts in zip(detail.lines, explained(detail), strict=True)
    ]
    members = {
        **_members(detail, Today(), outlook(detail)),
        "fiscal_document": fiscal_document(fiscal.stands(detail), for_seller=for_seller),
        "buyer": asdict(detail.buyer),
        "lines": lines,
        "refunds": given_back(detail.id),
        "received_payments": received_payments(detail.id),
        "disputes": [dispute(one) for one in disputes.of_invoice(detail.id)],
        "included_taxes": [asdict(one) for one in detail.included],
    }
    return InvoiceWithLines.model_validate(members)


def _kept(query: InvoiceQuery) -> State | None:
    told = query.status or query.state
    if told is None:
        return State.PENDING if query.overdue else None
    return Status(told).kept_as


def dispute(one: DisputeInfo) -> dict[str, object]:
    return {
        "id": one.public_id,
        "state": one.state,
        "of_payment": one.of_payment,
        "amount_minor": one.amount.minor,
        "answer_by": one.answer_by,
        "opened_at": one.opened_at,
        "ended_at": one.ended_at,
    }


def _codes(row: LineDetail) -> dict[str, str] | None:
    known = row.codes
    if known is None:
        return None
    said = asdict(known)
    return {name: said[name] for name in FiscalCodes.model_fields}


def _members(detail: InvoiceDetail, today: Today, collecting: Collecting | None) -> dict[str, object]:
    return {
        "id": detail.public_id,
        "number": detail.title,
        "sandbox": detail.sandbox,
        "state": detail.state.word,
        "status": detail.status.value,
        "overdue": detail.state is State.PENDING and detail.overdue(today.of(detail)),
        "reason": detail.reason,
        "customer": public("cus", detail.customer_id),
        "contract": public("ctr", detail.contract_id),
        "contract_number": detail.contract_number,
        "currency": detail.currency,
        "total_minor": detail.total_minor,
        "credited_minor": detail.credited_minor,
        "credit_used_minor": detail.credit_used_minor,
        "received_minor": detail.received_minor,
        "withheld_minor": detail.withheld_minor,
        "refunded_minor": detail.refunded_minor,
        "owed_minor": detail.owed_minor,
        "issued_at": detail.issued_at,
        "due_date": detail.due_date,
        "paid_at": detail.paid_at,
        "replaces": None if detail.replaces is None else detail.replaces.public_id,
        "replaced_by": None if detail.replaced_by is None else detail.replaced_by.public_id,
        "fiscal_types": sorted({row.fiscal_type for row in detail.lines}, key=lambda fiscal: fiscal.value),
        "collection": None
        if collecting is None
        else {"outlook": collecting.outlook, "charged_at": collecting.at},
    }
