"""The first order: choose, say who contracts, see what it costs, pay (CON-1 to CON-4)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import get_language
from ninja import Field, Query, Router, Schema
from pydantic import IPvAnyAddress, StringConstraints

from abono.domain.catalog.errors import NoPriceInCurrency, PackageNotOnSale, PlanNotOnSale
from abono.domain.contracts import actions as signups
from abono.domain.contracts import drafts
from abono.domain.contracts import queries as contracts
from abono.domain.contracts.errors import CurrencyMismatch, NoSuchSignup
from abono.domain.contracts.types import Draft
from abono.domain.identity.keys import READ, WRITE
from abono.domain.identity.roles import Act
from abono.domain.payments.errors import CardUnclear
from abono.entrypoints.api.contracts.contracts import Contract, contract
from abono.entrypoints.api.invoices.payment_requests import PaymentRequest, payment_request
from abono.entrypoints.api.orders.asked import ChoiceQuery, OrderAsked, details
from abono.entrypoints.api.orders.quoted import OFFER, OrderQuote, quoted
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.cursors import SpanQuery, page_by_id
from abono.entrypoints.api.protocol.declare import IdempotencyKey, answers
from abono.entrypoints.api.protocol.fields import (
    Asked,
    Code,
    ContractId,
    CustomerId,
    OrderId,
)
from abono.entrypoints.api.protocol.keyed import once
from abono.entrypoints.api.protocol.whose import own, sellers, whose
from abono.flows.signup import terms
from abono.flows.signup.begin import begin_order, change_order, details_of
from abono.flows.signup.progress import Progress, Stage, progress
from abono.flows.signup.quote import licences_of, quote, quote_of
from abono.flows.signup.sign import sign_contract
from abono.flows.signup.tries import card_tries, note_slowed, of_address
from abono.flows.wallet import open_fields
from abono.platform import clock, throttle
from abono.platform.idempotency import Ask
from abono.platform.web import problems

router = Router(tags=["orders"])
_NOT_SOLD = (PlanNotOnSale, PackageNotOnSale, NoPriceInCurrency, CurrencyMismatch)


type OrderState = Literal["open", "declined", "never_received", "to_pay", "confirming", "checking", "done"]


class OrderHead(Schema):
    id: shown.OrderId
    state: OrderState
    plan: shown.Code
    package: shown.Code
    currency: shown.Currency
    interval: shown.Interval
    created_at: datetime


class Order(OrderHead):
    """`open`: nothing was charged. `declined`, `never_received`: nothing either, after a card that was not accepted or a
    charge that never arrived; pay again. `to_pay`: its Pix waits to be paid, and it is active in the moment in which it is.
    `confirming`: the bank has not answered clearly, it is asked and never charged
    twice. `checking`: it took another sum than was asked for, and a person looks at it. `done`: the contract is active."""

    quote: Annotated[OrderQuote | None, Field(description="Null when it is not on sale any more, or paid.")]
    extra_licences: Annotated[int, Field(description="Asked for beside those of the plan (LIC-6).")]
    coupon: Annotated[shown.CouponCode | None, Field(description="Its code.")]
    coupon_refused: Annotated[
        shown.Code | None, Field(description="Why it takes nothing off any more: the code of the refusal.")
    ]
    hint: Annotated[
        Literal["number", "expiry", "cvv", "online", "balance", "issuer"] | None,
        Field(description="What to check of the card that was declined."),
    ]
    confirm_url: Annotated[
        shown.Address | None,
        Field(description="The bank's page on which the holder confirms; send them there."),
    ]
    payment_request: Annotated[
        PaymentRequest | None,
        Field(description="The Pix that waits to be paid; of an order that is open, the one that was not."),
    ]
    contract: Annotated[Contract | None, Field(description="Once it is paid, or being confirmed.")]


class OrderListed(OrderHead):
    """An order in a list; read it for its quote, and for what to check of a card. States as there."""

    contract: Annotated[shown.ContractId | None, Field(description="Once it is paid, or being confirmed.")]


class OrderList(Schema):
    items: list[OrderListed]
    next_cursor: shown.Cursor | None


class OrderQuery(SpanQuery):
    """Which, begun in `[since, until)`."""

    contract: ContractId | None = None
    customer: Annotated[CustomerId | None, Field(description="For keys that see several.")] = None
    paid: Annotated[bool | None, Field(description="Whether its contract is paid.")] = None


class CardFieldsAsked(Asked):
    parent_origin: Annotated[
        str,
        StringConstraints(max_length=200, pattern=r"^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?$"),
        Field(description="Of your page that shows them.", examples=["https://shop.example"]),
    ]


class CardFields(Schema):
    """Card fields of the gateway for this order: show `url` in a frame. No card data passes through here."""

    url: shown.Address
    origin: Annotated[shown.Address, Field(description="From which the frame's messages come.")]
    ref: Annotated[str, Field(max_length=200, description="Pay with it once a card is typed.")]


class OrderPaymentAsked(Asked):
    offer: Annotated[
        str,
        StringConstraints(max_length=120, pattern=OFFER),
        Field(
            description="Of the quote that was agreed to: if it is another one by now nothing is charged, and the answer is 409"
            " `invoicing.amount_changed`."
        ),
    ]
    card: Annotated[
        str,
        StringConstraints(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$"),
        Field(description="`ref` of card fields of this order in which a card was typed."),
    ]
    terms_version: Annotated[Code, Field(description="Of the terms that the administrator accepted.")]
    accepted_from: Annotated[
        IPvAnyAddress | None,
        Field(
            description="IP address from which they did, for the record. Cards that are tried from one address are counted, too:"
            " many of them have to wait (429)."
        ),
    ] = None


@router.get("/orders/preview", **answers({200: OrderQuote}, 404, 409, 422, scope=(READ, WRITE)))
def preview_order(request: ApiRequest, query: Query[ChoiceQuery]) -> OrderQuote:
    """What a plan with a package costs at first and every month; nothing is written."""
    found = quote(
        plan_code=query.plan,
        package_code=query.package,
        currency=query.currency,
        interval=query.interval,
        coupon=query.coupon or "",
        extra_licences=query.extra_licences,
        now=clock.now(),
    )
    for no in (found.refused, found.unsold):
        if no is not None:
            raise no
    return quoted(found)


@router.post("/orders", **answers({201: Order}, 400, 403, 409, 413, 415, 422, scope=WRITE))
def create_order(
    request: ApiRequest, body: OrderAsked, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """Begin a contract: everything but the payment, checked. Nothing is charged, and nobody gets an account or a mail
    before it is paid. Of the seller's keys."""
    sellers(request, Act.ORDER)

    def act(ask: Ask) -> tuple[HTTPStatus, Schema]:
        return HTTPStatus.CREATED, order_shown(begin_order(details=details(body), now=clock.now(), ask=ask))

    return once(request, idempotency_key, act)


@router.get("/orders", **answers({200: OrderList}, 404, 422, scope=READ))
def list_orders(request: ApiRequest, query: Query[OrderQuery]) -> OrderList:
    """Orders, newest first. The seller's keys see every one, a customer's those that led to its contracts."""
    shown_drafts, following = page_by_id(
        "o",
        query,
        drafts.listed,
        customer_id=whose(request, query.customer),
        contract_id=None if query.contract is None else own(request, query.contract).id,
        paid=query.paid,
        since=query.since,
        until=query.until,
    )
    return OrderList(items=[_listed(one) for one in shown_drafts], next_cursor=following)


@router.get("/orders/{order_id}", **answers({200: Order}, 404, scope=READ))
def read_order(request: ApiRequest, order_id: OrderId) -> Order:
    """How far an order has come. A customer's key sees those that led to its contracts."""
    return order_shown(order_known(request, order_id))


@router.put("/orders/{order_id}", **answers({200: Order}, 400, 403, 404, 409, 413, 415, 422, scope=WRITE))
def put_order(
    request: ApiRequest, order_id: OrderId, body: OrderAsked, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """Choose otherwise, or correct who contracts, as long as it is not paid."""
    order_known(request, order_id)
    sellers(request, Act.ORDER)

    def act(_ask: Ask) -> tuple[HTTPStatus, Schema]:
        changed = change_order(order_id=order_id, details=details(body), now=clock.now())
        return HTTPStatus.OK, order_shown(changed)

    return once(request, idempotency_key, act)


@router.post(
    "/orders/{order_id}/card-fields",
    **answers({201: CardFields}, 400, 403, 404, 409, 413, 415, 422, scope=WRITE),
)
def create_order_card_fields(
    request: ApiRequest, order_id: OrderId, body: CardFieldsAsked, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """Open the gateway's fields for the card that pays the order; each is good for one card."""
    draft = order_known(request, order_id)
    sellers(request, Act.ORDER)

    def act(_ask: Ask) -> tuple[HTTPStatus, Schema]:
        fields = open_fields(
            customer_reference=draft.public_id,
            language=get_language() or "en",
            parent_origin=body.parent_origin,
            key=f"{draft.public_id}:{request.auth.id}:{idempotency_key}"[:200],
        )
        if fields is None:
            raise CardUnclear()
        return HTTPStatus.CREATED, CardFields(url=fields.url, origin=fields.origin, ref=fields.ref)

    return once(request, idempotency_key, act)


@router.post(
    "/orders/{order_id}/payments",
    **answers({201: Order, 202: Order}, 400, 402, 403, 404, 409, 413, 415, 422, 429, 503, scope=WRITE),
)
def create_order_payment(
    request: ApiRequest, order_id: OrderId, body: OrderPaymentAsked, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """Make the contract and charge its first invoice; 201: it is active, with its allowances. 202: as soon as the bank
    says yes. 402: declined, 503: the bank never heard of it; the order goes on, and nothing else is left of the try."""
    draft = order_known(request, order_id)
    sellers(request, Act.ORDER)

    def act(ask: Ask) -> tuple[HTTPStatus, Schema]:
        terms.require(body.terms_version)
        given = details_of(draft)
        counted = card_tries(draft.id, given.customer)
        if body.accepted_from is not None:
            counted.append(of_address(str(body.accepted_from)))
        now = clock.now()
        waits = (throttle.spend(name, free=free, now=now) for name, free in counted)
        if wait := next(filter(None, waits), None):
            note_slowed(where=("order", draft.id), customer_id=None, actor=request.auth.actor, now=now)
            raise problems.too_many(-(-wait // timedelta(seconds=1)))
        signed = sign_contract(
            signup_id=draft.id,
            customer=given.customer,
            administrator=given.administrator,
            accepted=body.offer,
            frame_ref=body.card,
            address=None if body.accepted_from is None else str(body.accepted_from),
            buyer_id=None,
            sandbox=settings.SANDBOX,
            moment=clock.moment(0),
            actor=request.auth.actor,
            ask=ask,
        )
        for name, _free in counted:
            throttle.give_back(name)
        status = HTTPStatus.CREATED if signed.active else HTTPStatus.ACCEPTED
        return status, order_shown(signups.read_signup(draft.id))

    return once(request, idempotency_key, act)


def order_known(request: ApiRequest, order_id: UUID) -> Draft:
    """An order that the key may see: the seller's every one, a customer's its own. Raises NoSuchSignup (ACC-2)."""
    draft = signups.read_signup(order_id)
    owner = None if draft.contract_id is None else contracts.customer_of(draft.contract_id)
    if request.auth.customer_id not in (None, owner):
        raise NoSuchSignup()
    return draft


def order_shown(draft: Draft) -> Order:
    stand = progress(draft)
    url = None if stand.attempt is None or stand.open else stand.attempt.challenge_url
    return Order.model_validate(
        {
            **_head(draft, stand),
            **_offered(draft, stand),
            "hint": stand.hint or None,
            "confirm_url": url if stand.stage is Stage.CONFIRMING and url else None,
            "payment_request": None if stand.asked is None else payment_request(stand.asked),
            "contract": None if stand.contract is None or stand.open else contract(stand.contract),
        }
    )


def _listed(draft: Draft) -> OrderListed:
    stand = progress(draft)
    contract = None if stand.contract is None or stand.open else stand.contract.public_id
    return OrderListed.model_validate({**_head(draft, stand), "contract": contract})


def _head(draft: Draft, stand: Progress) -> dict[str, object]:
    return {
        "id": draft.public_id,
        "state": "checking" if stand.checking else stand.stage.value,
        "plan": draft.plan_code,
        "package": draft.package_code,
        "currency": draft.currency,
        "interval": draft.interval,
        "created_at": draft.created_at,
    }


def _offered(draft: Draft, stand: Progress) -> dict[str, object]:
    said = draft.typed.get("coupon", "").strip().upper()
    coupon = said if re.fullmatch("[A-Z0-9][A-Z0-9_-]{0,29}", said) else None
    asked = licences_of(draft)
    nothing: dict[str, object] = {
        "quote": None,
        "extra_licences": asked,
        "coupon": coupon,
        "coupon_refused": None,
    }
    if not stand.open:
        return nothing
    try:
        found = quote_of(draft, now=clock.now())
    except _NOT_SOLD:
        return nothing
    refused = None if found.refused is None else found.refused.code
    return {**nothing, "quote": quoted(found), "coupon_refused": refused}
