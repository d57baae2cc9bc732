"""What prices are adjusted by, month by month (CAT-13)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated

from django.http import HttpResponse
from ninja import Field, Router, Schema

from abono.domain.adjustments import queries, rules
from abono.domain.adjustments.errors import MonthTwice, NoSuchIndex
from abono.domain.adjustments.types import IndexInfo
from abono.domain.identity.keys import READ, WRITE
from abono.domain.identity.roles import Act
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.declare import IdempotencyKey, answers
from abono.entrypoints.api.protocol.fields import Asked, IndexCode, IndexId, Month, OneLine, Whole
from abono.entrypoints.api.protocol.keyed import once
from abono.entrypoints.api.protocol.whose import sellers
from abono.flows.adjustments.months import write_months
from abono.kernel.ids import public
from abono.platform import clock
from abono.platform.idempotency import Ask

router = Router(tags=["adjustments"])

MOST_MONTHS = 1_200


class MonthAsked(Asked):
    month: Month
    rate_micro: Annotated[
        Whole,
        Field(gt=-1_000_000, le=1_000_000, description="In millionths: 3,300 is 0.33 %.", examples=[3_300]),
    ]

    @property
    def first_day(self) -> date:
        return date.fromisoformat(f"{self.month}-01")


class IndexAsked(Asked):
    """Months are added without a gap; those that no applied adjustment was reckoned with can be put right."""

    code: IndexCode
    name: Annotated[OneLine | None, Field(max_length=60, description="Left out: as it is.")] = None
    months: Annotated[list[MonthAsked], Field(max_length=MOST_MONTHS)] = []


class IndexMonth(Schema):
    month: shown.Month
    rate_micro: int
    used: Annotated[bool, Field(description="An applied adjustment was reckoned with it: it never changes.")]


class Index(Schema):
    """`first_month` and `last_month` are those that are known; null of an index without any."""

    id: shown.IndexId
    code: shown.IndexCode
    name: str
    first_month: shown.Month | None
    last_month: shown.Month | None


class IndexWithMonths(Index):
    months: list[IndexMonth]


class IndexList(Schema):
    items: list[Index]


@router.get("/indexes", **answers({200: IndexList}, 403, scope=READ))
def list_indexes(request: ApiRequest) -> IndexList:
    """By code. Of the seller's keys, as are the others here."""
    sellers(request, Act.READ)
    return IndexList(items=[Index.model_validate(_members(one)) for one in queries.indexes()])


@router.put("/indexes", **answers({200: IndexWithMonths}, 400, 403, 409, 413, 415, 422, scope=WRITE))
def put_index(request: ApiRequest, body: IndexAsked, idempotency_key: IdempotencyKey = None) -> HttpResponse:
    """Make the index with this code where there is none, and give it these months: all of them or nothing."""
    sellers(request, Act.VERSIONS)
    values: dict[date, Decimal] = {}
    for one in body.months:
        percent = rules.percent_of(one.rate_micro)
        if values.setdefault(one.first_day, percent) != percent:
            raise MonthTwice(one.month)

    def act(_ask: Ask) -> tuple[HTTPStatus, Schema]:
        index, _new = write_months(
            code=body.code, name=body.name or "", values=values, actor=request.auth.actor, now=clock.now()
        )
        return HTTPStatus.OK, _whole(index)

    return once(request, idempotency_key, act)


@router.get("/indexes/{index_id}", **answers({200: IndexWithMonths}, 404, scope=READ))
def read_index(request: ApiRequest, index_id: IndexId) -> IndexWithMonths:
    """One index with its months, oldest first."""
    if request.auth.customer_id is not None:
        raise NoSuchIndex()
    return _whole(queries.index_by_id(index_id))


def _whole(index: IndexInfo) -> IndexWithMonths:
    months = [
        {"month": f"{one.month:%Y-%m}", "rate_micro": rules.rate_of(one.percent), "used": one.used}
        for one in index.values
    ]
    return IndexWithMonths.model_validate({**_members(index), "months": months})


def _members(index: IndexInfo) -> dict[str, object]:
    return {
        "id": public("idx", index.id),
        "code": index.code,
        "name": index.name,
        "first_month": None if index.first is None else f"{index.first:%Y-%m}",
        "last_month": None if index.last is None else f"{index.last:%Y-%m}",
    }
