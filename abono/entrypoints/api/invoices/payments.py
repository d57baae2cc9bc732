"""Pay an invoice, and how a charge is told of (FIN-3, PAY-1)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal

from django.http import HttpResponse
from ninja import Field, Router, Schema

from abono.domain.customers import queries as customers
from abono.domain.identity.keys import WRITE
from abono.domain.invoicing import queries as invoices
from abono.domain.payments.states import State as AttemptState
from abono.entrypoints.api.invoices.invoices import InvoiceWithLines, issued, with_lines
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.declare import IdempotencyKey, answers
from abono.entrypoints.api.protocol.fields import InvoiceId
from abono.entrypoints.api.protocol.keyed import once
from abono.flows.collecting.charge import Charged, charge_invoice
from abono.kernel.ids import public
from abono.platform import clock
from abono.platform.idempotency import Ask

router = Router(tags=["payments"])
_WORD = {AttemptState.PAID: "paid", AttemptState.DIFFERS: "checking"}


class Payment(Schema):
    """`unknown`: the bank has not answered clearly; it is asked until it has, and charged never twice.
    `checking`: what the bank reported is not what was asked for; a person looks at it, nothing is released."""

    id: shown.AttemptId
    state: Literal["paid", "unknown", "checking"]
    confirm_url: Annotated[
        shown.Address | None,
        Field(
            description="The bank's page on which the holder confirms, while it waits for that; send them there."
        ),
    ] = None


class InvoicePayment(Schema):
    payment: Payment
    invoice: InvoiceWithLines


@router.post(
    "/invoices/{invoice_id}/payments",
    **answers({201: InvoicePayment, 202: InvoicePayment}, 400, 402, 404, 409, 413, 422, 503, scope=WRITE),
)
def create_payment(
    request: ApiRequest, invoice_id: InvoiceId, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """Charge a pending invoice to the card in use. What waited for the money is released at once (PAY-1).
    202: the bank has not answered clearly. 402: declined. 503: it never heard of it, and nothing was charged."""
    invoice = issued(request, invoice_id)

    def act(ask: Ask) -> tuple[HTTPStatus, Schema]:
        charged = charge_invoice(
            invoice_id=invoice.id,
            customer_id=invoice.customer_id,
            method_id=None,
            off_session=True,
            actor=request.auth.actor,
            moment=customers.moment_of(invoice.customer_id, real=clock.now()),
            ask=ask,
        ).unless_refused()
        return status(charged), InvoicePayment(
            payment=payment(charged), invoice=with_lines(invoices.get(invoice.id))
        )

    return once(request, idempotency_key, act)


def status(charged: Charged) -> HTTPStatus:
    return HTTPStatus.CREATED if charged.paid else HTTPStatus.ACCEPTED


def payment(charged: Charged) -> Payment:
    state = _WORD.get(charged.state, "unknown")
    return Payment.model_validate(
        {
            "id": public("att", charged.attempt_id),
            "state": state,
            "confirm_url": charged.challenge_url or None,
        }
    )
