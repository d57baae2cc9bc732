"""What a coupon takes off, for whom; which contract has one in which of its cycles (INV-8)."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from django.http import HttpResponse
from ninja import Field, Query, Router, Schema
from pydantic import model_validator

from abono.domain.coupons import actions, queries
from abono.domain.coupons.errors import NoSuchCoupon
from abono.domain.coupons.types import CouponInfo, NewCoupon, Redeemed
from abono.domain.customers import queries as customers
from abono.domain.identity.keys import READ, WRITE
from abono.domain.identity.roles import Act
from abono.entrypoints.api.orders.asked import CouponCode
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.cursors import PageQuery, page_by_id
from abono.entrypoints.api.protocol.declare import IdempotencyKey, answers
from abono.entrypoints.api.protocol.fields import (
    Asked,
    Code,
    ContractId,
    Country,
    CouponId,
    KnownCurrency,
    Moment,
    Reason,
    Whole,
)
from abono.entrypoints.api.protocol.keyed import once
from abono.entrypoints.api.protocol.whose import own, sellers
from abono.flows.coupons.redeem import redeem_coupon, take_back_coupon
from abono.kernel.ids import public
from abono.kernel.money import MICRO
from abono.platform import clock
from abono.platform.idempotency import Ask
from abono.platform.use_case import one_transaction

router = Router(tags=["coupons"])


class Amount(Asked):
    currency: KnownCurrency
    amount_minor: Annotated[Whole, Field(ge=1, le=10**15)]


class CouponAsked(Asked):
    """A share or amounts of the fixed fees of a cycle. An amount is taken off plan, package and licences in this order, and
    never more than they are."""

    code: CouponCode
    rate_micro: Annotated[
        Whole | None,
        Field(ge=1, le=MICRO, description="Its share in millionths: 100,000 is 10 %.", examples=[100_000]),
    ] = None
    amounts: Annotated[
        list[Amount], Field(max_length=20, description="Instead of a share; one for each currency.")
    ] = []
    cycles: Annotated[Whole | None, Field(ge=1, le=1_200, description="Left out: all that come.")] = None
    valid_from: Annotated[Moment | None, Field(description="When it can be redeemed.")] = None
    valid_until: Annotated[Moment | None, Field(description="Exclusive.")] = None
    plans: Annotated[
        list[Code],
        Field(
            max_length=50, description="Off whose fees it is taken; with none here or in `packages`: off all."
        ),
    ] = []
    packages: Annotated[list[Code], Field(max_length=50)] = []
    countries: Annotated[list[Country], Field(max_length=50, description="Of buyers; none: everywhere.")] = []
    first_only: Annotated[bool, Field(description="For organizations that never had a contract.")] = False
    most: Annotated[Whole | None, Field(ge=1, le=10**9, description="Contracts in all.")] = None
    most_each: Annotated[Whole, Field(ge=1, le=1_000, description="Times for one organization.")] = 1
    why: Reason

    @model_validator(mode="after")
    def share_or_amounts(self) -> CouponAsked:
        if (self.rate_micro is None) is not bool(self.amounts):
            raise ValueError("a share or amounts, and not both")
        if self.valid_from and self.valid_until and self.valid_from >= self.valid_until:
            raise ValueError("it ends after it begins")
        return self


class ReasonAsked(Asked):
    why: Reason


class CouponCodeAsked(Asked):
    code: CouponCode


class TakingBackAsked(Asked):
    why: Reason
    whole: Annotated[
        bool,
        Field(
            description="As if the contract had never had it: the next invoice asks for what was taken off in the two cycles"
            " before it. Else from the next cycle on."
        ),
    ] = False


class CouponAmount(Schema):
    currency: shown.Currency
    amount_minor: int


class Coupon(Schema):
    """As it was made. `redeemed` counts the contracts that have it or had it."""

    id: shown.CouponId
    code: shown.CouponCode
    rate_micro: int | None
    amounts: list[CouponAmount]
    cycles: int | None
    valid_from: datetime | None
    valid_until: datetime | None
    plans: list[shown.Code]
    packages: list[shown.Code]
    countries: list[shown.Country]
    first_only: bool
    most: int | None
    most_each: int
    redeemed: int
    why: str
    made_at: datetime
    ended_at: Annotated[datetime | None, Field(description="Since then nobody else gets it.")]


class CouponList(Schema):
    items: list[Coupon]
    next_cursor: shown.Cursor | None


class Redemption(Schema):
    """From cycle `first_cycle` on, counted from 0, the contract has the coupon, or null: none any more. Of two that speak of
    one cycle the later one counts."""

    contract: shown.ContractId
    coupon: Annotated[shown.CouponCode | None, Field(description="Its code.")]
    first_cycle: int
    cycles: Annotated[int | None, Field(description="How many it lasts; null: all that come.")]
    why: Annotated[str, Field(description="Where it was taken back; else empty.")]
    written_at: datetime


class RedemptionList(Schema):
    items: list[Redemption]
    next_cursor: shown.Cursor | None


class Redemptions(Schema):
    """In the order of writing."""

    items: list[Redemption]


@router.get("/coupons", **answers({200: CouponList}, 403, 422, scope=READ))
def list_coupons(request: ApiRequest, query: Query[PageQuery]) -> CouponList:
    """Newest first. Of the seller's keys."""
    sellers(request, Act.READ)
    items, following = page_by_id("p", query, queries.newest)
    return CouponList(items=[_coupon(one) for one in items], next_cursor=following)


@router.post("/coupons", **answers({201: Coupon}, 400, 403, 409, 413, 415, 422, scope=WRITE))
def create_coupon(
    request: ApiRequest, body: CouponAsked, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """What it takes off never changes afterwards; it can be ended."""
    sellers(request, Act.COUPONS)

    def act(ask: Ask) -> tuple[HTTPStatus, Schema]:
        if "coupon" in ask.led_to:
            return HTTPStatus.CREATED, _coupon(queries.get(UUID(ask.led_to["coupon"])))
        with one_transaction():
            made = actions.make(_new(body), why=body.why, actor=request.auth.actor, now=clock.now())
            ask.note(coupon=str(made.id))
        return HTTPStatus.CREATED, _coupon(made)

    return once(request, idempotency_key, act)


@router.get("/coupons/{coupon_id}", **answers({200: Coupon}, 404, scope=READ))
def read_coupon(request: ApiRequest, coupon_id: CouponId) -> Coupon:
    """One coupon, for the seller's keys."""
    _exists(request)
    return _coupon(queries.get(coupon_id))


@router.post(
    "/coupons/{coupon_id}/end", **answers({200: Coupon}, 400, 403, 404, 409, 413, 415, 422, scope=WRITE)
)
def end_coupon(
    request: ApiRequest, coupon_id: CouponId, body: ReasonAsked, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """Nobody else gets it; contracts that have it keep it."""
    _exists(request)
    sellers(request, Act.COUPONS)

    def act(_ask: Ask) -> tuple[HTTPStatus, Schema]:
        ended = actions.end(coupon_id, why=body.why, actor=request.auth.actor, now=clock.now())
        return HTTPStatus.OK, _coupon(ended)

    return once(request, idempotency_key, act)


@router.get("/coupons/{coupon_id}/redemptions", **answers({200: RedemptionList}, 404, 422, scope=READ))
def list_coupon_redemptions(
    request: ApiRequest, coupon_id: CouponId, query: Query[PageQuery]
) -> RedemptionList:
    """Which contracts have it or had it, newest first."""
    _exists(request)
    queries.get(coupon_id)
    items, following = page_by_id("r", query, queries.redeemed_by, coupon_id=coupon_id)
    return RedemptionList(items=[_redemption(one) for one in items], next_cursor=following)


@router.get("/contracts/{contract_id}/coupons", **answers({200: Redemptions}, 404, scope=READ))
def list_contract_coupons(request: ApiRequest, contract_id: ContractId) -> Redemptions:
    """Which coupons a contract has or had, in which of its cycles."""
    contract = own(request, contract_id)
    return Redemptions(items=[_redemption(one) for one in queries.of_contract(contract.id)])


@router.post(
    "/contracts/{contract_id}/coupons",
    **answers({201: Redemption}, 400, 404, 409, 413, 415, 422, scope=WRITE),
)
def create_contract_coupon(
    request: ApiRequest,
    contract_id: ContractId,
    body: CouponCodeAsked,
    idempotency_key: IdempotencyKey = None,
) -> HttpResponse:
    """From the contract's next cycle on."""
    contract = own(request, contract_id)

    def act(ask: Ask) -> tuple[HTTPStatus, Schema]:
        written = redeem_coupon(
            contract_id=contract.id,
            customer_id=contract.customer_id,
            code=body.code,
            actor=request.auth.actor,
            now=customers.moment_of(contract.customer_id, real=clock.now()).now,
            ask=ask,
        )
        return HTTPStatus.CREATED, _redemption(written)

    return once(request, idempotency_key, act)


@router.post(
    "/contracts/{contract_id}/coupons/withdraw",
    **answers({200: Redemption}, 400, 403, 404, 409, 413, 415, 422, scope=WRITE),
)
def withdraw_contract_coupon(
    request: ApiRequest,
    contract_id: ContractId,
    body: TakingBackAsked,
    idempotency_key: IdempotencyKey = None,
) -> HttpResponse:
    """The contract has its coupon no more. Of the seller's keys."""
    contract = own(request, contract_id)
    sellers(request, Act.COUPONS)

    def act(ask: Ask) -> tuple[HTTPStatus, Schema]:
        written = take_back_coupon(
            contract_id=contract.id,
            whole=body.whole,
            why=body.why,
            actor=request.auth.actor,
            now=customers.moment_of(contract.customer_id, real=clock.now()).now,
            ask=ask,
        )
        return HTTPStatus.OK, _redemption(written)

    return once(request, idempotency_key, act)


def _exists(request: ApiRequest) -> None:
    """Who has which coupon is nothing for a key of one customer (ACC-2). Raises NoSuchCoupon."""
    if request.auth.customer_id is not None:
        raise NoSuchCoupon()


def _new(body: CouponAsked) -> NewCoupon:
    return NewCoupon(
        code=body.code,
        rate_micro=body.rate_micro,
        amounts={one.currency: one.amount_minor for one in body.amounts} or None,
        cycles=body.cycles,
        valid_from=body.valid_from,
        valid_until=body.valid_until,
        plans=tuple(body.plans),
        packages=tuple(body.packages),
        countries=tuple(body.countries),
        first_only=body.first_only,
        most=body.most,
        most_each=body.most_each,
    )


def _coupon(one: CouponInfo) -> Coupon:
    return Coupon(
        id=one.public_id,
        code=one.code,
        rate_micro=one.rate_micro,
        amounts=[
            CouponAmount(currency=currency, amount_minor=minor)
            for currency, minor in (one.amounts or {}).items()
        ],
        cycles=one.cycles,
        valid_from=one.valid_from,
        valid_until=one.valid_until,
        plans=[*one.plans],
        packages=[*one.packages],
        countries=[*one.countries],
        first_only=one.first_only,
        most=one.most,
        most_each=one.most_each,
        redeemed=one.redeemed,
        why=one.why,
        made_at=one.made_at,
        ended_at=one.ended_at,
    )


def _redemption(one: Redeemed) -> Redemption:
    return Redemption(
        contract=public("ctr", one.contract_id),
        coupon=None if one.coupon is None else one.coupon.code,
        first_cycle=one.first_cycle,
        cycles=None if one.coupon is None else one.coupon.cycles,
        why=one.why,
        written_at=one.written_at,
    )
