"""How an invoice comes to stand otherwise than by a card: paid in part, given up, contested (INV-5)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpResponse
from ninja import Field, Router, Schema
from pydantic import StringConstraints

from abono.domain.approvals.errors import SecondPersonNeeded
from abono.domain.approvals.types import ApprovalDetail
from abono.domain.customers import queries as customers
from abono.domain.identity import queries as identity
from abono.domain.identity.keys import WRITE
from abono.domain.identity.roles import Act
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.types import InvoiceDetail
from abono.domain.payments import receipts
from abono.domain.payments.receipts import Came
from abono.domain.payments.states import Way
from abono.entrypoints.api.approvals.approvals import Approval, approval
from abono.entrypoints.api.invoices.invoices import InvoiceWithLines, issued, with_lines
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.declare import IdempotencyKey, answers
from abono.entrypoints.api.protocol.fields import (
    Asked,
    Day,
    InvoiceId,
    Reason,
    ReceiptId,
    Seen,
    Whole,
)
from abono.entrypoints.api.protocol.keyed import once
from abono.entrypoints.api.protocol.whose import sellers
from abono.flows.approvals.ask import ask_write_off
from abono.flows.approvals.ask_receipt import ask_receipt
from abono.flows.endings.dispute import end_dispute
from abono.flows.standing.dispute import open_dispute
from abono.flows.standing.record import record_payment, withdraw_payment
from abono.flows.standing.write_off import reopen, write_off
from abono.kernel.moment import Moment
from abono.platform import clock
from abono.platform.idempotency import Ask

router = Router(tags=["invoices"])

Bank = Annotated[Seen, StringConstraints(max_length=120)]
Note = Annotated[Seen, StringConstraints(max_length=300)]
Minor = Annotated[Whole, Field(ge=1, le=10**15)]
Words = Literal["transfer", "cash", "other"]


class ReceivedPaymentWanted(Asked):
    way: Annotated[Words, Field(description="On which it came, without a gateway.")]
    amount_minor: Annotated[
        Minor, Field(description="Less than is owed leaves the rest open; what is more becomes credit.")
    ]
    received_date: Annotated[Day, Field(description="Local day of the customer, not one to come.")]
    reference: Annotated[Bank, Field(description="Of the transfer; the customer reads it.")] = ""
    why: Annotated[
        Note, Field(description="How it is known; kept in the record, which the customer can read.")
    ] = ""

    def came(self) -> Came:
        return Came(Way(self.way), self.amount_minor, self.received_date, self.reference, self.why)


class WhyWanted(Asked):
    why: Annotated[Reason, Field(description="Kept in the record; the customer can read it.")]


class WithdrawalWanted(WhyWanted):
    bounced: Annotated[bool, Field(description="The bank took it back; else it was recorded by mistake.")] = (
        False
    )


class DisputeWanted(WhyWanted):
    amount_minor: Annotated[
        Minor | None,
        Field(description="Of the payment that is contested; null for all of it, or for what is owed."),
    ] = None


class DisputeEndWanted(WhyWanted):
    outcome: Annotated[
        Literal["won", "lost"],
        Field(
            description="`won`: it is owed, or paid, as before. `lost`: what was paid went back and is owed again; of an"
            " invoice that was not paid, what it asked for is written off."
        ),
    ]


ASKED = answers({201: InvoiceWithLines, 202: Approval}, 400, 403, 404, 409, 413, 415, 422, scope=WRITE)
DONE = answers({201: InvoiceWithLines}, 400, 403, 404, 409, 413, 415, 422, scope=WRITE)


@router.post("/invoices/{invoice_id}/received-payments", **ASKED)
def create_received_payment(
    request: ApiRequest,
    invoice_id: InvoiceId,
    body: ReceivedPaymentWanted,
    idempotency_key: IdempotencyKey = None,
) -> HttpResponse:
    """The seller records money that came for an issued invoice without a gateway. What was written off is recovered by it.
    202: so much for one invoice needs a second person, who is asked; `reference` or `why` has to say how it is known. 409: it was
    cancelled, is disputed, or a charge has no clear answer yet."""
    invoice = sellers_invoice(request, invoice_id)
    said: dict[str, Any] = {"invoice_id": invoice.id, "came": body.came(), "actor": request.auth.actor}

    def act(moment: Moment, ask: Ask) -> None:
        record_payment(now=moment.now, ask=ask, **said)

    return once_for(request, idempotency_key, invoice, or_second(act, request, partial(ask_receipt, **said)))


@router.post("/received-payments/{receipt_id}/withdrawal", **DONE)
def withdraw_received_payment(
    request: ApiRequest,
    receipt_id: ReceiptId,
    body: WithdrawalWanted,
    idempotency_key: IdempotencyKey = None,
) -> HttpResponse:
    """The seller takes back a payment that was recorded by mistake, or that bounced: it stays in the list, and what it paid is
    owed again. 409: taken back already, or something was released or paid on the strength of it."""
    invoice = sellers_invoice(
        request, receipts.get(receipt_id, customer_id=request.auth.customer_id).invoice_id
    )

    def act(moment: Moment, ask: Ask) -> None:
        withdraw_payment(
            receipt_id=receipt_id,
            why=body.why,
            bounced=body.bounced,
            actor=request.auth.actor,
            now=moment.now,
            ask=ask,
        )

    return once_for(request, idempotency_key, invoice, act)


@router.post("/invoices/{invoice_id}/write-off", **ASKED)
def create_write_off(
    request: ApiRequest, invoice_id: InvoiceId, body: WhyWanted, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """The seller asks nobody any more for what is left of an invoice. It settles nothing: what waits for its money goes on
    waiting. 202: so much needs a second person, who is asked. 409: nothing is asked for, or a charge has no clear answer yet."""
    invoice = sellers_invoice(request, invoice_id)

    def act(moment: Moment, ask: Ask) -> None:
        write_off(invoice_id=invoice.id, why=body.why, actor=request.auth.actor, now=moment.now, ask=ask)

    return once_for(
        request,
        idempotency_key,
        invoice,
        or_second(act, request, _give_up(request, invoice, body, dispute=False)),
    )


@router.post("/invoices/{invoice_id}/reopening", **DONE)
def create_reopening(
    request: ApiRequest, invoice_id: InvoiceId, body: WhyWanted, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """What was written off is asked for again; no card is charged for it by itself. 409: it is not written off."""
    invoice = sellers_invoice(request, invoice_id)

    def act(moment: Moment, ask: Ask) -> None:
        reopen(invoice_id=invoice.id, why=body.why, actor=request.auth.actor, now=moment.now, ask=ask)

    return once_for(request, idempotency_key, invoice, act)


@router.post("/invoices/{invoice_id}/disputes", **DONE)
def create_dispute(
    request: ApiRequest, invoice_id: InvoiceId, body: DisputeWanted, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """Somebody contests what an invoice asks for, or the card payment of one at the bank: while it lasts nothing of it is asked
    for or given back. 409: neither is there, or a charge has no clear answer yet."""
    invoice = sellers_invoice(request, invoice_id)

    def act(moment: Moment, ask: Ask) -> None:
        open_dispute(
            invoice_id=invoice.id,
            why=body.why,
            amount_minor=body.amount_minor,
            actor=request.auth.actor,
            now=moment.now,
            ask=ask,
        )

    return once_for(request, idempotency_key, invoice, act)


@router.post("/invoices/{invoice_id}/dispute-end", **ASKED)
def end_invoice_dispute(
    request: ApiRequest, invoice_id: InvoiceId, body: DisputeEndWanted, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """How the dispute of an invoice ended. 202: so much of an invoice that was not paid is given up by a second person alone,
    who is asked. 409: it is not disputed."""
    invoice = sellers_invoice(request, invoice_id)

    def act(moment: Moment, ask: Ask) -> None:
        end_dispute(
            invoice_id=invoice.id,
            won=body.outcome == "won",
            why=body.why,
            actor=request.auth.actor,
            moment=moment,
            ask=ask,
        )

    return once_for(
        request,
        idempotency_key,
        invoice,
        or_second(act, request, _give_up(request, invoice, body, dispute=True)),
    )


def sellers_invoice(request: ApiRequest, invoice_id: UUID) -> InvoiceDetail:
    """The invoice, for a key of the seller alone; another's does not exist (ACC-2)."""
    invoice = issued(request, invoice_id)
    sellers(request, Act.CORRECT)
    return invoice


def _give_up(
    request: ApiRequest, invoice: InvoiceDetail, body: WhyWanted, *, dispute: bool
) -> Callable[..., ApprovalDetail]:
    return partial(
        ask_write_off, invoice_id=invoice.id, dispute=dispute, why=body.why, actor=request.auth.actor
    )


def or_second(
    act: Callable[[Moment, Ask], None],
    request: ApiRequest,
    ask_second: Callable[..., ApprovalDetail],
) -> Callable[[Moment, Ask], ApprovalDetail | None]:
    """Do it, or ask a second person for it where one is needed: `ask_second` is handed who is behind the key, and the call."""

    def acted(moment: Moment, ask: Ask) -> ApprovalDetail | None:
        try:
            if "approval" in ask.led_to:
                raise SecondPersonNeeded()
            act(moment, ask)
        except SecondPersonNeeded:
            return ask_second(behind=identity.key_maker(request.auth.id), now=clock.now(), ask=ask)
        return None

    return acted


def once_for(
    request: ApiRequest,
    key: str | None,
    invoice: InvoiceDetail,
    act: Callable[[Moment, Ask], ApprovalDetail | None],
) -> HttpResponse:
    """Do it once, and answer with how the invoice stands then, or with what waits for a second person."""

    def acted(ask: Ask) -> tuple[HTTPStatus, Schema]:
        asked = act(customers.moment_of(invoice.customer_id, real=clock.now()), ask)
        if asked is not None:
            return HTTPStatus.ACCEPTED, approval(asked)
        return HTTPStatus.CREATED, with_lines(invoices.get(invoice.id))

    return once(request, key, acted)
