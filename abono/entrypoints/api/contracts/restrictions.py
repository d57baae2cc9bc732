"""Why a contract is restricted, and the seller's word on it (END-1, END-4, END-5)."""

from __future__ import annotations

from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated

from django.http import HttpResponse
from ninja import Field, Router, Schema
from pydantic import StringConstraints

from abono.domain.contracts.types import ContractInfo
from abono.domain.customers import queries as customers
from abono.domain.identity.keys import READ, WRITE
from abono.domain.identity.roles import Act
from abono.domain.restrictions import queries as restrictions
from abono.domain.restrictions.states import Cause
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.declare import IdempotencyKey, answers
from abono.entrypoints.api.protocol.fields import Asked, ContractId, Reason
from abono.entrypoints.api.protocol.keyed import once
from abono.entrypoints.api.protocol.whose import own, sellers
from abono.flows.restriction import by_seller
from abono.flows.restriction.days import ends_on
from abono.platform import clock
from abono.platform.idempotency import Ask

router = Router(tags=["contracts"])


class RestrictionWanted(Asked):
    why: Annotated[Reason, StringConstraints(max_length=200), Field(description="The customer reads it.")]


class Restriction(Schema):
    cause: Annotated[
        Cause,
        Field(description="`debt`: an invoice is overdue for too long; `fraud`: the seller's word."),
    ]
    why: Annotated[str | None, Field(description="The seller's reason.")]
    made_at: datetime
    ends_on: Annotated[
        date | None,
        Field(
            description="The day, in the customer's time zone, at whose beginning the contract ends if the debt is not settled before;"
            " null of the seller's word, and of what was lifted."
        ),
    ]
    lifted_at: Annotated[datetime | None, Field(description="Null while it holds.")]
    lifted_why: Annotated[
        str | None, Field(description="What the seller gave as the reason for lifting it; null of a debt.")
    ]


class RestrictionList(Schema):
    """All that ever held, newest first; the contract is restricted while one of them does."""

    contract: shown.ContractId
    restrictions: list[Restriction]


@router.get("/contracts/{contract_id}/restrictions", **answers({200: RestrictionList}, 404, scope=READ))
def list_restrictions(request: ApiRequest, contract_id: ContractId) -> RestrictionList:
    """Why the contract is restricted, and was before."""
    return _shown(own(request, contract_id))


@router.post(
    "/contracts/{contract_id}/restrictions",
    **answers({200: RestrictionList}, 400, 403, 404, 409, 413, 415, 422, scope=WRITE),
)
def create_restriction(
    request: ApiRequest,
    contract_id: ContractId,
    body: RestrictionWanted,
    idempotency_key: IdempotencyKey = None,
) -> HttpResponse:
    """The seller restricts a contract for fraud: sends and leases are refused at once, and the customer is told why. Again,
    for the same reason, it changes nothing. 409: the contract does not run, or another reason restricts it."""
    found = own(request, contract_id)
    sellers(request, Act.CORRECT)

    def act(ask: Ask) -> tuple[HTTPStatus, Schema]:
        by_seller.restrict_for_fraud(
            contract_id=found.id, why=body.why, actor=request.auth.actor, now=_now(found), ask=ask
        )
        return HTTPStatus.OK, _shown(found)

    return once(request, idempotency_key, act)


@router.post(
    "/contracts/{contract_id}/restrictions/lift",
    **answers({200: RestrictionList}, 400, 403, 404, 409, 413, 415, 422, scope=WRITE),
)
def create_restriction_lift(
    request: ApiRequest,
    contract_id: ContractId,
    body: RestrictionWanted,
    idempotency_key: IdempotencyKey = None,
) -> HttpResponse:
    """The seller takes its restriction back: the contract runs again at once, unless something is overdue for too long. 409: the
    seller has not restricted it."""
    found = own(request, contract_id)
    sellers(request, Act.CORRECT)

    def act(ask: Ask) -> tuple[HTTPStatus, Schema]:
        by_seller.lift_for_fraud(
            contract_id=found.id, why=body.why, actor=request.auth.actor, now=_now(found), ask=ask
        )
        return HTTPStatus.OK, _shown(found)

    return once(request, idempotency_key, act)


def _now(contract: ContractInfo) -> datetime:
    return customers.moment_of(contract.customer_id, real=clock.now()).now


def _shown(contract: ContractInfo) -> RestrictionList:
    found, customer = restrictions.history(contract.id), customers.get(contract.customer_id)
    now = customer.moment(clock.now()).now
    return RestrictionList(
        contract=contract.public_id,
        restrictions=[
            Restriction(
                cause=one.cause,
                why=one.why or None,
                made_at=one.made_at,
                ends_on=ends_on(one, plan_code=contract.plan_code, zone=customer.time_zone, now=now),
                lifted_at=one.lifted_at,
                lifted_why=one.lifted_why or None,
            )
            for one in found
        ],
    )
