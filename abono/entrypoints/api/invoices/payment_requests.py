"""Slips and Pix: ask for the money of an invoice without a card, and how that stands (FIN-3, PAY-4)."""

from __future__ import annotations

from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated, Literal

from django.http import HttpResponse
from django.utils.translation import get_language
from ninja import Field, Router, Schema

from abono.domain.customers import queries as customers
from abono.domain.identity.keys import READ, WRITE
from abono.domain.payments.pushed import requests
from abono.domain.payments.pushed.requests import RequestInfo
from abono.domain.payments.states import RequestState
from abono.entrypoints.api.invoices.invoices import issued
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest, count_file
from abono.entrypoints.api.protocol.declare import PDF, IdempotencyKey, answers
from abono.entrypoints.api.protocol.fields import Asked, InvoiceId, PaymentRequestId, Reason
from abono.entrypoints.api.protocol.keyed import once
from abono.entrypoints.words.refused import refused
from abono.flows.documents.slip import paper_of
from abono.flows.requests.ask import ask_for
from abono.flows.requests.new_date import give_new_date, say_paid
from abono.kernel.due import Means
from abono.kernel.ids import public
from abono.platform import clock
from abono.platform.idempotency import Ask
from abono.platform.web import download

router = Router(tags=["payments"])


class PaymentRequest(Schema):
    """A slip or a Pix. What came for it is among the invoice's received payments."""

    id: shown.PaymentRequestId
    invoice: Annotated[
        shown.InvoiceId, Field(description="Of an order or a change it is issued once it is paid.")
    ]
    means: Literal["pix", "slip"]
    state: Annotated[
        RequestState,
        shown.words(RequestState),
        Field(
            description="`created`: the bank has not answered clearly, and is asked again by itself; `asked`: it registers it;"
            " `payable`; `paid`: something came for it; `refused`: the bank does not take it; `ended`: it ran out or was"
            " taken back."
        ),
    ]
    amount_minor: int
    currency: shown.Currency
    due_date: Annotated[date | None, Field(description="Of a slip; the invoice is due when it was.")]
    payable_until: datetime
    pay_with: Annotated[
        str | None,
        Field(
            max_length=512,
            description="Once payable: the text of the Pix, to copy or as a QR code; the digit line of a slip.",
        ),
    ]
    bar_code: Annotated[str | None, Field(max_length=44, description="Of a slip, once payable: 44 digits.")]
    charges_minor: Annotated[
        int,
        Field(
            description="Of the amount, fine and interest until the due date: of a slip instead of a late one."
        ),
    ]
    instead_of: Annotated[
        shown.PaymentRequestId | None, Field(description="The slip that it takes the place of.")
    ]
    here_by: Annotated[
        date | None,
        Field(
            description="By when its money is here, where the customer said that it is paid: three bank days later."
        ),
    ]
    refused: Annotated[
        str | None,
        Field(
            max_length=2_000,
            description="Read with a key of the seller: why it was refused, in words and codes.",
        ),
    ]


class NewDateWanted(Asked):
    why: Annotated[
        Reason | None, Field(description="With a key of the seller: the reason, for the record.")
    ] = None


class PaymentRequestList(Schema):
    items: list[PaymentRequest]


class PaymentRequestWanted(Asked):
    means: Literal["pix", "slip"]


@router.post(
    "/invoices/{invoice_id}/payment-requests",
    **answers({201: PaymentRequest}, 400, 404, 409, 413, 415, 422, scope=WRITE),
)
def create_payment_request(
    request: ApiRequest,
    invoice_id: InvoiceId,
    body: PaymentRequestWanted,
    idempotency_key: IdempotencyKey = None,
) -> HttpResponse:
    """Ask for what is owed of a pending invoice by Pix or slip: the one that is open already, where it asks for the same.
    409: nothing is to be paid, a charge has no clear answer, the seller does not offer it to this customer, or a slip is not
    possible yet: only after a month of use, and with nothing else overdue."""
    invoice = issued(request, invoice_id)

    def act(ask: Ask) -> tuple[HTTPStatus, Schema]:
        made = ask_for(
            invoice_id=invoice.id,
            customer_id=invoice.customer_id,
            means=Means(body.means),
            actor=request.auth.actor,
            moment=customers.moment_of(invoice.customer_id, real=clock.now()),
        )
        return HTTPStatus.CREATED, payment_request(made)

    return once(request, idempotency_key, act)


@router.post(
    "/payment-requests/{request_id}/new-due-date",
    **answers({201: PaymentRequest}, 400, 404, 409, 413, 415, 422, scope=WRITE),
)
def create_slip_new_due_date(
    request: ApiRequest,
    request_id: PaymentRequestId,
    body: NewDateWanted,
    idempotency_key: IdempotencyKey = None,
) -> HttpResponse:
    """A new slip instead of a late one, which asks for fine and interest until its due date as well; once with a key of the customer,
    then with one of the seller (PAY-5). The invoice stays due when it was. 409: it is not late, cannot be paid, has had its new date,
    or a charge has no clear answer."""
    found = requests.get(request_id, customer_id=request.auth.customer_id)
    seller = request.auth.sellers

    def act(ask: Ask) -> tuple[HTTPStatus, Schema]:
        made = give_new_date(
            request_id=found.id,
            customer_id=found.customer_id,
            by="seller" if seller else "customer",
            why=(body.why or "") if seller else "",
            actor=request.auth.actor,
            moment=customers.moment_of(found.customer_id, real=clock.now()),
        )
        return HTTPStatus.CREATED, payment_request(made)

    return once(request, idempotency_key, act)


@router.post(
    "/payment-requests/{request_id}/said-paid",
    **answers({200: PaymentRequest}, 400, 404, 409, 413, 422, scope=WRITE),
)
def create_slip_said_paid(
    request: ApiRequest, request_id: PaymentRequestId, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """The customer says that they paid a slip: until its money is here, which may take three bank days, it stays `payable`, with
    `here_by`. Of one that cannot be paid, or was said of already, nothing changes."""
    found = requests.get(request_id, customer_id=request.auth.customer_id)

    def act(ask: Ask) -> tuple[HTTPStatus, Schema]:
        said = say_paid(
            request_id=found.id,
            customer_id=found.customer_id,
            actor=request.auth.actor,
            now=customers.moment_of(found.customer_id, real=clock.now()).now,
        )
        return HTTPStatus.OK, payment_request(said)

    return once(request, idempotency_key, act)


@router.get("/invoices/{invoice_id}/payment-requests", **answers({200: PaymentRequestList}, 404, scope=READ))
def list_payment_requests(request: ApiRequest, invoice_id: InvoiceId) -> PaymentRequestList:
    """The slips and Pix of an invoice, newest first."""
    invoice = issued(request, invoice_id)
    return PaymentRequestList(items=[_seen(request, one) for one in requests.of_invoice(invoice.id)])


@router.get("/payment-requests/{request_id}", **answers({200: PaymentRequest}, 404, scope=READ))
def read_payment_request(request: ApiRequest, request_id: PaymentRequestId) -> PaymentRequest:
    """One slip or Pix."""
    return _seen(request, requests.get(request_id, customer_id=request.auth.customer_id))


@router.get(
    "/payment-requests/{request_id}/pdf",
    **answers({200: None}, 404, 409, scope=READ, openapi_extra=PDF),
)
def read_slip_pdf(request: ApiRequest, request_id: PaymentRequestId) -> HttpResponse:
    """The paper of a slip, in the language of Accept-Language. 409: it cannot be paid, as it is not registered yet, was refused, is
    over, or nobody owes it any more."""
    count_file(request)
    asked = requests.get(request_id, customer_id=request.auth.customer_id)
    name, content = paper_of(asked, get_language() or "en", for_seller=request.auth.sellers)
    return download.pdf(content, name)


def _seen(request: ApiRequest, one: RequestInfo) -> PaymentRequest:
    """With why it was refused, for the seller: a bank says of payers what is not ours to tell."""
    return payment_request(one, why=request.auth.customer_id is None)


def payment_request(one: RequestInfo, *, why: bool = False) -> PaymentRequest:
    return PaymentRequest.model_validate(
        {
            "id": one.public_id,
            "invoice": public("inv", one.invoice_id),
            "means": one.means.value,
            "state": one.state,
            "amount_minor": one.amount.minor,
            "currency": one.amount.currency,
            "due_date": one.due_date,
            "payable_until": one.until,
            "pay_with": one.pay_with if one.payable else None,
            "bar_code": (one.bar_code if one.payable else "") or None,
            "charges_minor": one.charges_minor,
            "instead_of": None if one.instead_of is None else public("prq", one.instead_of),
            "here_by": one.here_by,
            "refused": refused(one.code) if why and one.state is RequestState.REFUSED else None,
        }
    )
