"""The end of a contract's trial, moved by the seller (INV-10)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from django.http import HttpResponse
from ninja import Field, Router, Schema
from pydantic import StringConstraints

from abono.domain.contracts import queries as contracts
from abono.domain.customers import queries as customers
from abono.domain.identity.keys import WRITE
from abono.domain.identity.roles import Act
from abono.entrypoints.api.contracts.contracts import Contract, contract
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.declare import IdempotencyKey, answers
from abono.entrypoints.api.protocol.fields import Asked, ContractId, Day, Reason
from abono.entrypoints.api.protocol.keyed import once
from abono.entrypoints.api.protocol.whose import own, sellers
from abono.flows.trials.move import move_trial_end
from abono.platform import clock
from abono.platform.idempotency import Ask

router = Router(tags=["contracts"])


class TrialEnd(Asked):
    last: Annotated[
        Day,
        Field(
            description="Last local day of the trial, today at the earliest, at most 365 days after that of adhesion."
        ),
    ]
    why: Annotated[Reason, StringConstraints(max_length=200), Field(description="The customer reads it.")]


@router.put(
    "/contracts/{contract_id}/trial-end",
    **answers({200: Contract}, 400, 403, 404, 409, 413, 415, 422, scope=WRITE),
)
def put_trial_end(
    request: ApiRequest, contract_id: ContractId, body: TrialEnd, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """The seller lets the trial of a contract end earlier or later: fees begin on the day after `last`, and the customer is told.
    409: it is in no trial, or something is promised for the day on which its fees begin."""
    found = own(request, contract_id)
    sellers(request, Act.CORRECT)

    def act(_ask: Ask) -> tuple[HTTPStatus, Schema]:
        move_trial_end(
            contract_id=found.id,
            last=body.last,
            why=body.why,
            actor=request.auth.actor,
            now=customers.moment_of(found.customer_id, real=clock.now()).now,
        )
        return HTTPStatus.OK, contract(contracts.get(found.id))

    return once(request, idempotency_key, act)
