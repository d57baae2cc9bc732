"""Money that goes back to whoever paid an invoice, and what becomes of what cannot (PAY-9)."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

from django.http import HttpResponse
from ninja import Field, Query, Router, Schema

from abono.domain.customers import queries as customers
from abono.domain.identity.keys import READ, WRITE
from abono.domain.identity.roles import Act
from abono.domain.payments import refunds
from abono.domain.payments.states import Because, Way
from abono.entrypoints.api.invoices.invoices import issued
from abono.entrypoints.api.invoices.standing import (
    ASKED,
    DONE,
    Bank,
    Minor,
    WhyWanted,
    Words,
    once_for,
    or_second,
    sellers_invoice,
)
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.declare import IdempotencyKey, answers
from abono.entrypoints.api.protocol.fields import InvoiceId, RefundId
from abono.entrypoints.api.protocol.whose import sellers
from abono.flows.approvals.ask import ask_refund
from abono.flows.refunds import failed
from abono.flows.refunds.give_back import give_back, preview_refund
from abono.kernel.moment import Moment
from abono.platform import clock
from abono.platform.idempotency import Ask

router = Router(tags=["invoices"])

Kinds = Literal["mistake", "twice", "service", "other"]


class RefundWanted(WhyWanted):
    amount_minor: Annotated[
        Minor | None, Field(description="At most what can go back; null for all of it.")
    ] = None
    because: Annotated[
        Kinds,
        Field(
            description="`mistake`: it should not have been billed; `twice`: paid twice, or too much; `service`: the service was"
            " not as promised."
        ),
    ]


class PayoutWanted(WhyWanted):
    way: Annotated[Words, Field(description="On which it was paid instead.")]
    reference: Annotated[Bank, Field(description="Of the transfer; the customer reads it.")] = ""


class RefundPreviewQuery(Schema):
    amount_minor: Annotated[
        int | None, Field(ge=1, le=10**15, description="At most what can go back; left out for all of it.")
    ] = None


class RefundPart(Schema):
    """How much of one payment goes back. `card` as people know it, empty where none paid; then `came` is how it came."""

    of_payment: shown.AnyId
    card: Annotated[str, Field(max_length=60, examples=["Visa •••• 4242"])]
    came: Annotated[Way, shown.words(Way)] | None
    amount_minor: int
    by_itself: Annotated[
        bool,
        Field(description="False where no way leads back: somebody of the seller has to pay it by hand."),
    ]


class RefundPreview(Schema):
    """What a refund would give back as things stand, payment by payment."""

    invoice: shown.InvoiceId
    currency: shown.Currency
    amount_minor: int
    second_person: Annotated[bool, Field(description="So much needs a second person (202).")]
    parts: list[RefundPart]


@router.post("/invoices/{invoice_id}/refunds", **ASKED)
def create_refund(
    request: ApiRequest, invoice_id: InvoiceId, body: RefundWanted, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """Credit of the contract goes back to whoever paid this invoice: to the cards first, then the newest payment. What came by slip
    or transfer waits to be paid by hand (`owed`). 202: so much of one invoice needs a second person, who is asked. 409: there is no
    credit, or not so much was paid; a credit note makes credit of what was billed (`goes` gives it back at once)."""
    invoice = sellers_invoice(request, invoice_id)
    said: dict[str, Any] = {
        "invoice_id": invoice.id,
        "amount_minor": body.amount_minor,
        "because": Because(body.because),
        "why": body.why,
        "actor": request.auth.actor,
    }

    def act(moment: Moment, ask: Ask) -> None:
        give_back(moment=moment, ask=ask, **said)

    return once_for(request, idempotency_key, invoice, or_second(act, request, partial(ask_refund, **said)))


@router.get(
    "/invoices/{invoice_id}/refunds/preview",
    **answers({200: RefundPreview}, 403, 404, 409, 422, scope=(READ, WRITE)),
)
def preview_refund_of_invoice(
    request: ApiRequest, invoice_id: InvoiceId, query: Query[RefundPreviewQuery]
) -> RefundPreview:
    """What a refund would give back, and of which payments; nothing is written. Refused as the refund itself would be. Of the
    seller's keys."""
    invoice = issued(request, invoice_id)
    sellers(request, Act.CORRECT)
    seen = preview_refund(invoice_id=invoice.id, amount_minor=query.amount_minor)
    return RefundPreview(
        invoice=invoice.public_id,
        currency=invoice.currency,
        amount_minor=seen.amount.minor,
        second_person=seen.needs_second(at=customers.moment_of(invoice.customer_id, real=clock.now()).now),
        parts=[
            RefundPart(
                of_payment=one.of_payment,
                card=one.card,
                came=one.came,
                amount_minor=one.amount.minor,
                by_itself=one.by_itself,
            )
            for one in seen.parts
        ],
    )


@router.post("/refunds/{refund_id}/retry", **DONE)
def create_refund_retry(
    request: ApiRequest, refund_id: RefundId, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """A refund that failed is asked for once more, as a refund of its own. 409: it did not fail, or somebody decided already
    what becomes of it."""
    invoice = sellers_invoice(
        request, refunds.get(refund_id, customer_id=request.auth.customer_id).invoice_id
    )

    def act(moment: Moment, ask: Ask) -> None:
        failed.ask_again(refund_id=refund_id, actor=request.auth.actor, moment=moment, ask=ask)

    return once_for(request, idempotency_key, invoice, act)


@router.post("/refunds/{refund_id}/payout", **DONE)
def create_refund_payout(
    request: ApiRequest, refund_id: RefundId, body: PayoutWanted, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """A refund that failed, or that no way leads back for (`owed`), was paid by hand, by a transfer for instance. 409: nothing of it
    waits for anybody."""
    invoice = sellers_invoice(
        request, refunds.get(refund_id, customer_id=request.auth.customer_id).invoice_id
    )

    def act(moment: Moment, ask: Ask) -> None:
        failed.pay_out(
            refund_id=refund_id,
            way=Way(body.way),
            reference=body.reference,
            why=body.why,
            actor=request.auth.actor,
            now=moment.now,
            ask=ask,
        )

    return once_for(request, idempotency_key, invoice, act)


@router.post("/refunds/{refund_id}/credit", **DONE)
def create_refund_credit(
    request: ApiRequest, refund_id: RefundId, body: WhyWanted, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """A refund that failed, or that no way leads back for, is credit of the contract again, which pays its oldest unpaid invoice
    at once. 409: as for `payout`."""
    invoice = sellers_invoice(
        request, refunds.get(refund_id, customer_id=request.auth.customer_id).invoice_id
    )

    def act(moment: Moment, ask: Ask) -> None:
        failed.keep_as_credit(
            refund_id=refund_id, why=body.why, actor=request.auth.actor, now=moment.now, ask=ask
        )

    return once_for(request, idempotency_key, invoice, act)
