"""A customer who promised to pay is left alone until a day (PAY-8)."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from typing import Annotated

from django.http import HttpResponse
from ninja import Field, Router, Schema
from pydantic import StringConstraints

from abono.domain.customers import queries as customers
from abono.domain.customers.types import Organization
from abono.domain.identity.keys import READ, WRITE
from abono.domain.identity.roles import Act
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.declare import IdempotencyKey, answers
from abono.entrypoints.api.protocol.fields import Asked, ContractId, Reason
from abono.entrypoints.api.protocol.keyed import once
from abono.entrypoints.api.protocol.whose import own, sellers
from abono.flows.restriction.left_alone import leave_alone
from abono.kernel.periods import local_date
from abono.platform import clock
from abono.platform.idempotency import Ask

router = Router(tags=["contracts"])


class LeftAloneWanted(Asked):
    until: Annotated[
        date | None,
        Field(
            description="The first local day on which all goes on, 90 days ahead at most; null: it goes on now."
        ),
    ]
    why: Annotated[Reason, StringConstraints(max_length=200), Field(description="The customer can read it.")]


class LeftAlone(Schema):
    """Both null while nobody waits for the customer."""

    until: date | None
    why: str | None


@router.get("/contracts/{contract_id}/left-alone", **answers({200: LeftAlone}, 404, scope=READ))
def read_left_alone(request: ApiRequest, contract_id: ContractId) -> LeftAlone:
    """Until when no card of the customer is asked, and nobody of it reminded or restricted."""
    return _said(customers.get(own(request, contract_id).customer_id))


@router.put(
    "/contracts/{contract_id}/left-alone",
    **answers({200: LeftAlone}, 400, 403, 404, 409, 413, 415, 422, scope=WRITE),
)
def put_left_alone(
    request: ApiRequest,
    contract_id: ContractId,
    body: LeftAloneWanted,
    idempotency_key: IdempotencyKey = None,
) -> HttpResponse:
    """Until that day no card is asked, no reminder sent and no contract of the customer restricted; one that is restricted for a
    debt opens until then. Null: all goes on now, and what was missed is made up for. For keys of the seller."""
    contract = own(request, contract_id)
    sellers(request, Act.CORRECT)

    def act(_ask: Ask) -> tuple[HTTPStatus, Schema]:
        leave_alone(
            customer_id=contract.customer_id,
            until=body.until,
            why=body.why,
            actor=request.auth.actor,
            now=customers.moment_of(contract.customer_id, real=clock.now()).now,
        )
        return HTTPStatus.OK, _said(customers.get(contract.customer_id))

    return once(request, idempotency_key, act)


def _said(customer: Organization) -> LeftAlone:
    today = local_date(customer.moment(clock.now()).now, customer.time_zone)
    if customer.left_alone_until is None or customer.left_alone_until <= today:
        return LeftAlone(until=None, why=None)
    return LeftAlone(until=customer.left_alone_until, why=customer.left_alone_why)
