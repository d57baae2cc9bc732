"""Cancel a contract for the end of its cycle, and take that back until then (END-3)."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from django.http import HttpResponse
from ninja import Field, Router, Schema
from pydantic import StringConstraints

from abono.domain.contracts.types import ContractInfo
from abono.domain.customers import queries as customers
from abono.domain.identity.keys import READ, WRITE
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.declare import IdempotencyKey, answers
from abono.entrypoints.api.protocol.fields import Asked, ContractId, Reason
from abono.entrypoints.api.protocol.keyed import once
from abono.entrypoints.api.protocol.whose import own
from abono.flows.endings import cancel as cancelling
from abono.kernel.ids import public
from abono.platform import clock
from abono.platform.idempotency import Ask

router = Router(tags=["contracts"])


class CancellationWanted(Asked):
    why: Annotated[
        Annotated[Reason, StringConstraints(max_length=200)] | None,
        Field(description="It stands in the history of the contract."),
    ] = None


UNSAID = CancellationWanted()


class Cancellation(Schema):
    """What cancelling the contract would do, or did."""

    contract: shown.ContractId
    cancelled: bool
    ends_at: Annotated[
        datetime,
        Field(
            description="Until when all works, exclusive: the end of the cycle, of a paid year the end of that."
        ),
    ]
    currency: shown.Currency
    last_invoice_minor: Annotated[
        int | None,
        Field(
            description="What the last invoice would ask for if nothing more were used, before credit; null while invoices of other months come before it."
        ),
    ]
    package_left_minor: Annotated[
        int, Field(description="Of the package now; what is left of it at the end is lost.")
    ]
    puts_aside: Annotated[bool, Field(description="Whether a change waits that would never come.")]


@router.get(
    "/contracts/{contract_id}/cancellation", **answers({200: Cancellation}, 404, 409, scope=(READ, WRITE))
)
def preview_cancellation(request: ApiRequest, contract_id: ContractId) -> Cancellation:
    """What cancelling the contract would do, or whether it is cancelled; 409: it does not run."""
    contract = own(request, contract_id)
    return _shown(cancelling.preview_cancellation(contract_id=contract.id, now=_now(contract)))


@router.post(
    "/contracts/{contract_id}/cancellation",
    **answers({200: Cancellation}, 400, 404, 409, 413, 415, 422, scope=WRITE),
)
def create_cancellation(
    request: ApiRequest,
    contract_id: ContractId,
    body: CancellationWanted = UNSAID,
    idempotency_key: IdempotencyKey = None,
) -> HttpResponse:
    """Cancel the contract for the end of its cycle, or of its paid year. All works until then; a last invoice bills what was used.
    Again it changes nothing. 409: it does not run, or it is not clear yet whether a change of it is paid."""
    contract = own(request, contract_id)

    def act(_ask: Ask) -> tuple[HTTPStatus, Schema]:
        done = cancelling.cancel(
            contract_id=contract.id,
            customer_id=contract.customer_id,
            why=body.why or "",
            actor=request.auth.actor,
            now=_now(contract),
        )
        return HTTPStatus.OK, _shown(done)

    return once(request, idempotency_key, act)


@router.post(
    "/contracts/{contract_id}/cancellation/withdrawal",
    **answers({200: Cancellation}, 400, 404, 409, 413, 415, 422, scope=WRITE),
)
def create_cancellation_withdrawal(
    request: ApiRequest,
    contract_id: ContractId,
    body: CancellationWanted = UNSAID,
    idempotency_key: IdempotencyKey = None,
) -> HttpResponse:
    """Take it back, until the moment of the end: the contract goes on. 409: it is not cancelled, or has ended."""
    contract = own(request, contract_id)

    def act(ask: Ask) -> tuple[HTTPStatus, Schema]:
        kept = cancelling.take_back(
            contract_id=contract.id,
            customer_id=contract.customer_id,
            why=body.why or "",
            actor=request.auth.actor,
            now=_now(contract),
            ask=ask,
        )
        return HTTPStatus.OK, _shown(kept)

    return once(request, idempotency_key, act)


def _now(contract: ContractInfo) -> datetime:
    return customers.moment_of(contract.customer_id, real=clock.now()).now


def _shown(seen: cancelling.Cancellation) -> Cancellation:
    return Cancellation(
        contract=public("ctr", seen.contract_id),
        cancelled=seen.cancelled,
        ends_at=seen.ends_at,
        currency=seen.left.currency,
        last_invoice_minor=None if seen.last_invoice is None else seen.last_invoice.total.minor,
        package_left_minor=seen.left.minor,
        puts_aside=seen.puts_aside,
    )
