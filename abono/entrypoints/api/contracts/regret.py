"""Give a contract back shortly after it was made, with a full refund (CON-10)."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from django.http import HttpResponse
from ninja import Field, Router, Schema

from abono.domain.customers import queries as customers
from abono.domain.identity.keys import READ, WRITE
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.declare import IdempotencyKey, answers
from abono.entrypoints.api.protocol.fields import Asked, ContractId, Reason
from abono.entrypoints.api.protocol.keyed import once
from abono.entrypoints.api.protocol.whose import own
from abono.flows.endings import regret as regretting
from abono.kernel.ids import public
from abono.platform import clock
from abono.platform.idempotency import Ask

router = Router(tags=["contracts"])


class RegretAsked(Asked):
    why: Annotated[
        Reason | None,
        Field(description="It stands in the history of the contract; of whoever works for the seller."),
    ] = None


UNSAID = RegretAsked()  # a customer need not say why


class GoesBack(Schema):
    card: Annotated[
        str, Field(max_length=60, examples=["Visa •••• 4242"], description="Or `Pix`, where that paid.")
    ]
    amount_minor: int


class Regret(Schema):
    """What goes back, charge by charge."""

    contract: shown.ContractId
    currency: shown.Currency
    amount_minor: Annotated[int, Field(description="In all.")]
    goes_back: list[GoesBack]
    until: Annotated[datetime, Field(description="Until when it can be, exclusive.")]


@router.get("/contracts/{contract_id}/regret", **answers({200: Regret}, 404, 409, scope=(READ, WRITE)))
def preview_regret(request: ApiRequest, contract_id: ContractId) -> Regret:
    """What giving the contract back would do; 409 says why it cannot be."""
    contract = own(request, contract_id)
    now = customers.moment_of(contract.customer_id, real=clock.now()).now
    return _shown(regretting.preview_regret(contract_id=contract.id, now=now))


@router.post(
    "/contracts/{contract_id}/regret", **answers({201: Regret}, 400, 404, 409, 413, 415, 422, scope=WRITE)
)
def create_regret(
    request: ApiRequest,
    contract_id: ContractId,
    body: RegretAsked = UNSAID,
    idempotency_key: IdempotencyKey = None,
) -> HttpResponse:
    """End the contract at once, with a full refund: nothing is owed any more, and all that was paid goes back to the cards
    that paid it, or by Pix. Each refund is on its invoice, with how it ended."""
    contract = own(request, contract_id)

    def act(_ask: Ask) -> tuple[HTTPStatus, Schema]:
        done = regretting.regret(
            contract_id=contract.id,
            customer_id=contract.customer_id,
            why=body.why or "",
            actor=request.auth.actor,
            moment=customers.moment_of(contract.customer_id, real=clock.now()),
        )
        return HTTPStatus.CREATED, _shown(done)

    return once(request, idempotency_key, act)


def _shown(seen: regretting.Regret) -> Regret:
    return Regret(
        contract=public("ctr", seen.contract_id),
        currency=seen.amount.currency,
        amount_minor=seen.amount.minor,
        goes_back=[GoesBack(card=card, amount_minor=amount.minor) for card, amount in seen.goes_back],
        until=seen.until,
    )
