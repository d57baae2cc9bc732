"""What lies at gateways, and what they paid out, for the seller's programs (PAY-13)."""

from __future__ import annotations

from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated

from django.http import HttpResponse
from ninja import Field, Query, Router, Schema

from abono.domain.identity.keys import READ, WRITE
from abono.domain.identity.roles import Act
from abono.domain.payments import payouts
from abono.domain.payments.errors import NoSuchPayout
from abono.domain.payments.types import PayoutInfo
from abono.entrypoints.api.coupons.coupons import ReasonAsked
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.cursors import PageQuery, page_by_id
from abono.entrypoints.api.protocol.declare import IdempotencyKey, answers
from abono.entrypoints.api.protocol.fields import Asked, Day, KnownCurrency, PayoutId, Said, Whole
from abono.entrypoints.api.protocol.keyed import once
from abono.entrypoints.api.protocol.whose import sellers
from abono.kernel.money import Money
from abono.platform import clock
from abono.platform.idempotency import Ask

router = Router(tags=["journal"])

type Gateway = Annotated[Said, Field(max_length=30, examples=["simulator"])]
type Reference = Annotated[Said, Field(max_length=120, examples=["po_2026-11-28"])]


class PayoutAsked(Asked):
    """`gateway` as the account `clearing` of the journal has it in `detail`. The same `reference` is recorded once."""

    gateway: Gateway
    reference: Reference
    currency: KnownCurrency
    arrived_minor: Annotated[
        Whole,
        Field(
            ge=-(10**15),
            le=10**15,
            description="Below zero it was sent from an account of yours, fees included, for what was paid back on this way.",
        ),
    ]
    fees_minor: Annotated[
        Whole, Field(ge=0, le=10**15, description="What was kept of it before, or what sending it cost.")
    ] = 0
    paid_on: Annotated[Day, Field(description="Of the seller.")]


class Payout(Schema):
    """`withdrawn_at` where it was recorded wrongly and taken back."""

    id: shown.PayoutId
    gateway: Gateway
    reference: Reference
    currency: shown.Currency
    arrived_minor: int
    fees_minor: int
    paid_on: date
    recorded_at: datetime
    withdrawn_at: datetime | None
    why: Annotated[str, Field(description="Where it was taken back; else empty.")]


class PayoutList(Schema):
    items: list[Payout]
    next_cursor: shown.Cursor | None


@router.get("/payouts", **answers({200: PayoutList}, 403, 422, scope=READ))
def list_payouts(request: ApiRequest, query: Query[PageQuery]) -> PayoutList:
    """Newest first. Of the seller's keys."""
    sellers(request, Act.READ)
    items, following = page_by_id("o", query, payouts.newest)
    return PayoutList(items=[_payout(one) for one in items], next_cursor=following)


@router.post("/payouts", **answers({201: Payout}, 400, 403, 409, 413, 415, 422, scope=WRITE))
def create_payout(
    request: ApiRequest, body: PayoutAsked, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """What a gateway had for us arrived in an account of ours, less what it kept; or what was paid back by transfer left one. 409:
    there is less than that."""
    sellers(request, Act.MONEY)
    new = payouts.NewPayout(
        body.gateway,
        body.reference,
        Money(body.arrived_minor, body.currency),
        Money(body.fees_minor, body.currency),
        body.paid_on,
    )

    def act(_ask: Ask) -> tuple[HTTPStatus, Schema]:
        done = payouts.record(new, actor=request.auth.actor, now=clock.now())
        return HTTPStatus.CREATED, _payout(done)

    return once(request, idempotency_key, act)


@router.post(
    "/payouts/{payout_id}/withdraw", **answers({200: Payout}, 400, 403, 404, 409, 413, 415, 422, scope=WRITE)
)
def withdraw_payout(
    request: ApiRequest, payout_id: PayoutId, body: ReasonAsked, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """It was recorded wrongly: its money lies at the gateway again."""
    if request.auth.customer_id is not None:
        raise NoSuchPayout()
    sellers(request, Act.MONEY)

    def act(_ask: Ask) -> tuple[HTTPStatus, Schema]:
        done = payouts.withdraw(payout_id, why=body.why, actor=request.auth.actor, now=clock.now())
        return HTTPStatus.OK, _payout(done)

    return once(request, idempotency_key, act)


def _payout(one: PayoutInfo) -> Payout:
    return Payout(
        id=one.public_id,
        gateway=one.gateway,
        reference=one.reference,
        currency=one.arrived.currency,
        arrived_minor=one.arrived.minor,
        fees_minor=one.fees.minor,
        paid_on=one.paid_on,
        recorded_at=one.recorded_at,
        withdrawn_at=one.withdrawn_at,
        why=one.withdrawn_why,
    )
