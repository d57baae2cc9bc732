"""The yearly adjustment: a preview that says what each pays, then exactly that, taken back until it begins (CAT-13)."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpResponse
from ninja import Field, Query, Router, Schema

from abono.domain.adjustments import queries
from abono.domain.adjustments.errors import NoSuchAdjustment
from abono.domain.adjustments.states import Months, Part
from abono.domain.adjustments.types import AdjustmentInfo, PartPrice
from abono.domain.identity.keys import READ, WRITE
from abono.domain.identity.roles import Act
from abono.entrypoints.api.approvals.approvals import Approval
from abono.entrypoints.api.price_moves import moves
from abono.entrypoints.api.price_moves.moves import Move, MovedPrices
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.cursors import PageQuery
from abono.entrypoints.api.protocol.declare import IdempotencyKey, answers
from abono.entrypoints.api.protocol.fields import (
    AdjustmentId,
    Asked,
    ContractId,
    Day,
    IndexCode,
    KnownCurrency,
    Reason,
)
from abono.entrypoints.api.protocol.keyed import once
from abono.entrypoints.api.protocol.whose import sellers
from abono.flows.adjustments.kind import ADJUSTMENTS
from abono.flows.adjustments.preview import Adjusted, Fate, effects, preview_adjustment
from abono.flows.adjustments.withdraw import withdraw_line
from abono.flows.price_moves.reckon import MOST
from abono.platform import clock
from abono.platform.idempotency import Ask

router = Router(tags=["adjustments"])


class AdjustmentAsked(Asked):
    """Which contracts' prices are adjusted, by which months of an index."""

    index: Annotated[IndexCode, Field(description="Its code.")]
    currency: Annotated[KnownCurrency, Field(description="Of the contracts.")]
    months: Annotated[
        Months,
        Field(
            description="The twelve newest known that ended before the day of the new price, or the first twelve of the price"
            " itself. None counts twice."
        ),
    ] = Months.NEWEST
    parts: Annotated[
        list[Part], Field(min_length=1, max_length=4, description="Left out: all that can rise.")
    ] = list(Part)
    until: Annotated[
        Day | None,
        Field(description="Prices that may rise up to this day; left out: within 60 days."),
    ] = None
    contracts: Annotated[
        list[ContractId], Field(max_length=MOST, description="Of these only; left out: of all.")
    ] = []


class AdjustmentWithdrawal(Asked):
    contract: ContractId
    why: Reason


class Adjustment(Move):
    id: shown.AdjustmentId
    index: shown.IndexCode
    months: Annotated[Months, shown.words(Months)]
    parts: list[Annotated[Part, shown.words(Part)]]
    currency: shown.Currency
    until: date


class AdjustedPrice(Schema):
    part: Annotated[Part, shown.words(Part)]
    of: Annotated[shown.Code, Field(description="Code of its plan or package.")]
    before_micro: int
    after_micro: int
    per: Annotated[Literal["year", "month", "each"], Field(description="What it is the price of.")]


class AdjustedContract(MovedPrices):
    """`before_minor` and `after_minor` are what plan, package and extra licences cost a month, without a plan that is sold by the
    year."""

    first_month: shown.Month
    last_month: shown.Month
    factor: Annotated[
        shown.Factor, Field(description="Product of 1 + percent / 100 of the months, rounded once.")
    ]
    prices: list[AdjustedPrice]
    state: Annotated[
        Fate,
        shown.words(Fate),
        Field(
            description="`stays`: the index did not rise. `lapsed`: the contract has another plan or package since, which costs"
            " what the catalog says."
        ),
    ]
    why: Annotated[str, Field(description="Where it was taken back; else empty.")]


class AdjustmentPreview(Adjustment):
    contracts: list[AdjustedContract]


class AdjustmentList(Schema):
    items: list[Adjustment]
    next_cursor: shown.Cursor | None


@router.get("/adjustments", **answers({200: AdjustmentList}, 403, 422, scope=READ))
def list_adjustments(request: ApiRequest, query: Query[PageQuery]) -> AdjustmentList:
    """Previews, applied or not, newest first. Of the seller's keys, as are the others here."""
    items, following = moves.listed(request, query, "a", queries.newest, _one)
    return AdjustmentList(items=items, next_cursor=following)


@router.post(
    "/adjustments", **answers({201: AdjustmentPreview}, 400, 403, 404, 409, 413, 415, 422, scope=WRITE)
)
def create_adjustment(
    request: ApiRequest, body: AdjustmentAsked, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """Preview it: which contracts, by which factor, and what each customer pays before and after. Nothing else is changed."""

    def make() -> UUID:
        return preview_adjustment(
            index=body.index,
            currency=body.currency,
            months=body.months,
            parts=body.parts,
            until=body.until,
            contract_ids=body.contracts,
            actor=request.auth.actor,
            now=clock.now(),
        )

    return moves.previewed(request, idempotency_key, body.contracts, make, _preview)


@router.get("/adjustments/{adjustment_id}", **answers({200: AdjustmentPreview}, 404, scope=READ))
def read_adjustment(request: ApiRequest, adjustment_id: AdjustmentId) -> AdjustmentPreview:
    """What a preview says, contract by contract, and what became of it."""
    moves.exists(request, NoSuchAdjustment)
    return _preview(adjustment_id)


@router.post(
    "/adjustments/{adjustment_id}/apply",
    **answers({200: AdjustmentPreview, 202: Approval}, 400, 404, 409, 413, 422, scope=WRITE),
)
def apply_adjustment(
    request: ApiRequest, adjustment_id: AdjustmentId, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """Do exactly what the preview says: each contract gets prices of its own on its day, and its customer is told now.
    202: so much a month needs a second person, who is asked. If anything has changed since, nothing is done for anybody.
    A second time it does nothing."""
    return moves.apply(
        request, idempotency_key, ADJUSTMENTS, adjustment_id, _preview, missing=NoSuchAdjustment
    )


@router.post(
    "/adjustments/{adjustment_id}/withdraw",
    **answers({200: AdjustmentPreview}, 400, 403, 404, 409, 413, 415, 422, scope=WRITE),
)
def withdraw_adjustment(
    request: ApiRequest,
    adjustment_id: AdjustmentId,
    body: AdjustmentWithdrawal,
    idempotency_key: IdempotencyKey = None,
) -> HttpResponse:
    """Take back the new prices of one contract before its day: what it paid before goes on, and its customer is told."""
    moves.exists(request, NoSuchAdjustment)
    sellers(request, Act.VERSIONS)

    def act(_ask: Ask) -> tuple[HTTPStatus, Schema]:
        withdraw_line(
            adjustment_id=adjustment_id,
            contract_id=body.contract,
            why=body.why,
            actor=request.auth.actor,
            now=clock.now(),
        )
        return HTTPStatus.OK, _preview(adjustment_id)

    return once(request, idempotency_key, act)


def _preview(adjustment_id: UUID) -> AdjustmentPreview:
    one = queries.get(adjustment_id)
    rows = [_adjusted(effect) for effect in effects(one, now=clock.now())]
    return AdjustmentPreview.model_validate({**_members(one), "contracts": rows})


def _one(one: AdjustmentInfo) -> Adjustment:
    return Adjustment.model_validate(_members(one))


def _members(one: AdjustmentInfo) -> dict[str, object]:
    return {
        **moves.members(one),
        "id": one.public_id,
        "index": one.index,
        "months": one.months,
        "parts": one.parts,
        "currency": one.currency,
        "until": one.until,
    }


def _adjusted(one: Adjusted) -> dict[str, object]:
    return {
        **moves.prices(one),
        "first_month": f"{one.first_month:%Y-%m}",
        "last_month": f"{one.last_month:%Y-%m}",
        "factor": str(one.factor),
        "prices": [_price(price) for price in one.prices],
        "state": one.fate,
        "why": one.why,
    }


def _price(one: PartPrice) -> AdjustedPrice:
    per: Literal["year", "month", "each"] = "month"
    if one.a_year:
        per = "year"
    elif one.part is Part.EXTRA_INTERACTION:
        per = "each"
    return AdjustedPrice(
        part=one.part, of=one.of, before_micro=one.before_micro, after_micro=one.after_micro, per=per
    )
