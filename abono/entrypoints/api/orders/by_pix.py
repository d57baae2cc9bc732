"""The first money of an order by Pix (PAY-3)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal

from django.conf import settings
from django.http import HttpResponse
from ninja import Field, Router, Schema
from pydantic import IPvAnyAddress, StringConstraints

from abono.domain.contracts import actions as signups
from abono.domain.identity.keys import WRITE
from abono.domain.identity.roles import Act
from abono.entrypoints.api.orders.orders import Order, order_known, order_shown
from abono.entrypoints.api.orders.quoted import OFFER
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.declare import IdempotencyKey, answers
from abono.entrypoints.api.protocol.fields import Asked, Code, OrderId
from abono.entrypoints.api.protocol.keyed import once
from abono.entrypoints.api.protocol.whose import sellers
from abono.flows.signup import terms
from abono.flows.signup.begin import details_of
from abono.flows.signup.otherwise import go_on_otherwise
from abono.flows.signup.sign import sign_contract
from abono.platform import clock
from abono.platform.idempotency import Ask

router = Router(tags=["orders"])


class OrderPixAsked(Asked):
    offer: Annotated[
        str, StringConstraints(max_length=120, pattern=OFFER), Field(description="As for a payment by card.")
    ]
    means: Literal["pix"]
    terms_version: Annotated[Code, Field(description="Of the terms that the administrator accepted.")]
    accepted_from: Annotated[
        IPvAnyAddress | None, Field(description="IP address from which they did, for the record.")
    ] = None


@router.post(
    "/orders/{order_id}/payment-requests",
    **answers({201: Order}, 400, 403, 404, 409, 413, 415, 422, scope=WRITE),
)
def create_order_payment_request(
    request: ApiRequest, order_id: OrderId, body: OrderPixAsked, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """Make the contract and ask for its first money by Pix: `payment_request` says how to pay it. It is active in the moment in which
    it is paid, and its later invoices are for Pix too. 409 `payments.means_not_offered`: for who contracts in BRL with a Brazilian
    tax id, where the seller has Pix; a trial needs a card."""
    draft = order_known(request, order_id)
    sellers(request, Act.ORDER)

    def act(ask: Ask) -> tuple[HTTPStatus, Schema]:
        terms.require(body.terms_version)
        given = details_of(draft)
        sign_contract(
            signup_id=draft.id,
            customer=given.customer,
            administrator=given.administrator,
            accepted=body.offer,
            frame_ref=None,
            address=None if body.accepted_from is None else str(body.accepted_from),
            buyer_id=None,
            sandbox=settings.SANDBOX,
            moment=clock.moment(0),
            actor=request.auth.actor,
            ask=ask,
        )
        return HTTPStatus.CREATED, order_shown(signups.read_signup(draft.id))

    return once(request, idempotency_key, act)


@router.post(
    "/orders/{order_id}/payment-requests/withdraw",
    **answers({200: Order}, 400, 403, 404, 409, 413, 415, 422, scope=WRITE),
)
def withdraw_order_payment_request(
    request: ApiRequest, order_id: OrderId, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """Take back the Pix that waits, to change the order or to pay it by card. `done`: somebody paid it in that moment."""
    draft = order_known(request, order_id)
    sellers(request, Act.ORDER)

    def act(_ask: Ask) -> tuple[HTTPStatus, Schema]:
        go_on_otherwise(signup_id=draft.id, moment=clock.moment(0))
        return HTTPStatus.OK, order_shown(signups.read_signup(draft.id))

    return once(request, idempotency_key, act)
