"""Payment links: whoever has one pays that invoice, without a key and without signing in (ACC-3)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import get_language
from ninja import Field, Query, Router, Schema

from abono.domain.customers import queries as customers
from abono.domain.identity.keys import READ, WRITE
from abono.domain.invoicing import queries as invoices
from abono.domain.payment_links import queries as payment_links
from abono.domain.payment_links.states import State
from abono.domain.payment_links.types import PaymentLinkDetail
from abono.entrypoints.api.invoices.invoices import issued
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.cursors import PageQuery, page_by_id
from abono.entrypoints.api.protocol.declare import IdempotencyKey, answers
from abono.entrypoints.api.protocol.fields import Asked, CustomerId, Email, InvoiceId, PaymentLinkId
from abono.entrypoints.api.protocol.keyed import once
from abono.entrypoints.api.protocol.whose import whose
from abono.flows.payment_links.make import address_of, make_payment_link, revoke_payment_link
from abono.flows.payment_links.pay import state_of
from abono.kernel.ids import parse, public
from abono.platform import clock
from abono.platform.idempotency import Ask

router = Router(tags=["payment links"])


class PaymentLink(Schema):
    """Without its address, which is only in the answer that made it. Moments are on the customer's clock."""

    id: shown.PaymentLinkId
    invoice: shown.InvoiceId
    customer: shown.CustomerId
    state: Annotated[
        State,
        shown.words(State),
        Field(
            description="`open`: who has it can pay; `paid`: nothing is to be paid of the invoice any more, whoever paid;"
            " `cancelled`: the invoice was, or is written off or disputed: nothing of it is asked for."
        ),
    ]
    made_by: Annotated[str, Field(max_length=120, description="As events name actors.")]
    sent_to: Annotated[str | None, Field(max_length=254)]
    made_at: datetime
    expires_at: datetime
    opened_at: Annotated[datetime | None, Field(description="The last time.")]
    revoked_at: datetime | None


class NewPaymentLink(PaymentLink):
    url: Annotated[
        shown.Address | None,
        Field(
            description="What opens it: give it only to whoever pays. The same call with the same Idempotency-Key says it"
            " again, nothing else does; null once the link is revoked."
        ),
    ]


class PaymentLinkList(Schema):
    items: list[PaymentLink]
    next_cursor: shown.Cursor | None


class PaymentLinkWanted(Asked):
    email: Annotated[
        Email | None,
        Field(description="Of whoever pays: the link is mailed there, in the customer's language."),
    ] = None


class PaymentLinkQuery(PageQuery):
    invoice: InvoiceId | None = None
    customer: Annotated[CustomerId | None, Field(description="For keys that see several.")] = None


@router.post(
    "/invoices/{invoice_id}/payment-links",
    **answers({201: NewPaymentLink}, 400, 404, 409, 413, 415, 422, scope=WRITE),
)
def create_payment_link(
    request: ApiRequest,
    invoice_id: InvoiceId,
    body: PaymentLinkWanted,
    idempotency_key: IdempotencyKey = None,
) -> HttpResponse:
    """Make a link with which a pending invoice can be paid by card for thirty days, without signing in. It shows who is
    paid, the invoice's number, the sum and its day. Links made before go on to work. 409: nothing is to be paid, or
    twenty links are open already."""
    invoice = issued(request, invoice_id)

    def act(ask: Ask) -> tuple[HTTPStatus, Schema]:
        made = make_payment_link(
            invoice_id=invoice.id,
            customer_id=request.auth.customer_id,
            email=body.email or "",
            actor=request.auth.actor,
            now=_now(invoice.customer_id),
            ask=ask,
        )
        return HTTPStatus.CREATED, _links([made])[0]

    return _with_address(once(request, idempotency_key, act))


@router.get("/payment-links", **answers({200: PaymentLinkList}, 404, 422, scope=READ))
def list_payment_links(request: ApiRequest, query: Query[PaymentLinkQuery]) -> PaymentLinkList:
    """Payment links that the key may see, newest first."""
    items, following = page_by_id(
        "h",
        query,
        payment_links.list_for,
        customer_id=whose(request, query.customer),
        invoice_id=None if query.invoice is None else issued(request, query.invoice).id,
    )
    return PaymentLinkList(items=_links(items), next_cursor=following)


@router.get("/payment-links/{link_id}", **answers({200: PaymentLink}, 404, scope=READ))
def read_payment_link(request: ApiRequest, link_id: PaymentLinkId) -> PaymentLink:
    """One payment link."""
    return _links([payment_links.get(link_id, customer_id=request.auth.customer_id)])[0]


@router.post(
    "/payment-links/{link_id}/revoke", **answers({200: PaymentLink}, 400, 404, 409, 413, 422, scope=WRITE)
)
def create_payment_link_revocation(
    request: ApiRequest, link_id: PaymentLinkId, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """From now on it opens nothing, also for who has it open; a payment that is on its way goes on."""
    link = payment_links.get(link_id, customer_id=request.auth.customer_id)

    def act(_ask: Ask) -> tuple[HTTPStatus, Schema]:
        ended = revoke_payment_link(
            link_id=link.id,
            customer_id=request.auth.customer_id,
            actor=request.auth.actor,
            now=_now(link.customer_id),
        )
        return HTTPStatus.OK, _links([ended])[0]

    return once(request, idempotency_key, act)


def _with_address(answer: HttpResponse) -> HttpResponse:
    """The answer is kept for whoever repeats the call, so what opens the link is put in when it leaves."""
    if answer.status_code == HTTPStatus.CREATED:
        said = json.loads(answer.content)
        link_id = parse("lnk", said["id"])
        assert link_id is not None
        said["url"] = address_of(link_id, get_language() or "en") or None
        answer.content = json.dumps(said)
    return answer


def _links(found: Sequence[PaymentLinkDetail]) -> list[PaymentLink]:
    states = invoices.states([one.invoice_id for one in found])
    nows = {customer_id: _now(customer_id) for customer_id in {one.customer_id for one in found}}
    return [
        PaymentLink(
            id=one.public_id,
            invoice=public("inv", one.invoice_id),
            customer=public("cus", one.customer_id),
            state=state_of(one, states[one.invoice_id], now=nows[one.customer_id]),
            made_by=one.made_by,
            sent_to=one.sent_to or None,
            made_at=one.made_at,
            expires_at=one.expires_at,
            opened_at=one.opened_at,
            revoked_at=one.revoked_at,
        )
        for one in found
    ]


def _now(customer_id: UUID) -> datetime:
    return customers.moment_of(customer_id, real=clock.now()).now
