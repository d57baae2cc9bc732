"""The seller's word on changes that wait for it (CHG-6)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from django.http import HttpResponse
from ninja import Field, Query, Router, Schema

from abono.domain.customers import queries as customers
from abono.domain.identity.keys import READ, WRITE
from abono.domain.identity.roles import Act
from abono.entrypoints.api.contracts.changes import ChangeList, ChangeShown, change_shown
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.cursors import PageQuery, page_by_id
from abono.entrypoints.api.protocol.declare import IdempotencyKey, answers
from abono.entrypoints.api.protocol.fields import Asked, ChangeId, Reason
from abono.entrypoints.api.protocol.keyed import once
from abono.entrypoints.api.protocol.whose import sellers
from abono.flows.changes import confirm as word
from abono.flows.changes.confirm import to_approve
from abono.flows.quotes.seen import find
from abono.platform import clock
from abono.platform.idempotency import Ask

router = Router(tags=["contracts"])


class ChangeRefusal(Asked):
    why: Annotated[Reason, Field(description="The customer reads it.")]


@router.get("/changes", **answers({200: ChangeList}, 403, 422, scope=READ))
def list_waiting_changes(request: ApiRequest, query: Query[PageQuery]) -> ChangeList:
    """Changes of all customers that wait for the seller's approval, newest first."""
    sellers(request, Act.READ)
    found, more = page_by_id("w", query, to_approve)
    return ChangeList(items=[change_shown(one) for one in found], next_cursor=more)


@router.post(
    "/changes/{change_id}/approve",
    **answers({200: ChangeShown}, 400, 403, 404, 409, 413, 422, scope=WRITE),
)
def approve_change(
    request: ApiRequest, change_id: ChangeId, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """The seller's word on a change in state `approval`: it goes on as if it were accepted now. `lapsed`: it costs something
    else by now, or there is no card; its customer is asked to accept it once more."""
    change = find(change_id, customer_id=request.auth.customer_id)
    sellers(request, Act.CHANGES)

    def act(_ask: Ask) -> tuple[HTTPStatus, Schema]:
        moment = customers.moment_of(change.customer_id, real=clock.now())
        found = word.approve_change(change_id=change.id, actor=request.auth.actor, moment=moment)
        return HTTPStatus.OK, change_shown(found)

    return once(request, idempotency_key, act)


@router.post(
    "/changes/{change_id}/refuse",
    **answers({200: ChangeShown}, 400, 403, 404, 409, 413, 415, 422, scope=WRITE),
)
def refuse_change(
    request: ApiRequest, change_id: ChangeId, body: ChangeRefusal, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """The seller's word on a change in state `approval`: nothing of it is done, nothing is charged."""
    change = find(change_id, customer_id=request.auth.customer_id)
    sellers(request, Act.CHANGES)

    def act(_ask: Ask) -> tuple[HTTPStatus, Schema]:
        moment = customers.moment_of(change.customer_id, real=clock.now())
        found = word.refuse_change(change_id=change.id, why=body.why, actor=request.auth.actor, moment=moment)
        return HTTPStatus.OK, change_shown(found)

    return once(request, idempotency_key, act)
