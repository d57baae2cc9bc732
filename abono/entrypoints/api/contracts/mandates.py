"""Automatic Pix of a contract: ask for its mandate, see how it stands, cancel it (PAY-11)."""

from __future__ import annotations

from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated, Literal

from django.http import HttpResponse
from ninja import Field, Router, Schema

from abono.domain.customers import queries as customers
from abono.domain.identity.keys import READ, WRITE
from abono.domain.payments.pushed import agreed
from abono.domain.payments.pushed.agreed import MandateInfo
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.declare import IdempotencyKey, answers
from abono.entrypoints.api.protocol.fields import Asked, ContractId, MandateId
from abono.entrypoints.api.protocol.keyed import once
from abono.entrypoints.api.protocol.whose import own
from abono.flows.mandates.ask import LEAST_MINOR, MOST_MINOR, ask_for_mandate, cancel_mandate
from abono.kernel.ids import public
from abono.platform import clock
from abono.platform.idempotency import Ask

router = Router(tags=["payments"])


class Mandate(Schema):
    """What a payer agrees to once, in the app of their bank, so that renewals are charged by Pix."""

    id: shown.MandateId
    contract: shown.ContractId
    state: Annotated[
        Literal["created", "asked", "agreed", "ending", "refused", "ended"],
        Field(
            description="`created`: the bank has not answered clearly, and is asked again by itself; `asked`: its payer has not"
            " answered; `agreed`; `ending`: cancelled here, nothing is charged by it, and its bank is told so; `refused`;"
            " `ended`."
        ),
    ]
    most_minor: Annotated[int, Field(description="Nothing above it is charged by itself.")]
    currency: shown.Currency
    every: Literal["month"]
    begins: Annotated[date, Field(description="The first day on which something may be charged.")]
    agree_with: Annotated[
        str | None,
        Field(max_length=512, description="While `asked`: the text of the Pix, to copy or as a QR code."),
    ]
    code: Annotated[
        str | None, Field(max_length=60, description="The bank's word for why it was refused or has ended.")
    ]
    by_payer: Annotated[bool, Field(description="It was refused or cancelled at the payer's bank.")]
    agreed_at: datetime | None
    cancelled_at: datetime | None
    ended_at: datetime | None


class MandateList(Schema):
    """Newest first."""

    items: list[Mandate]


class MandateWanted(Asked):
    most_minor: Annotated[
        int, Field(ge=LEAST_MINOR, le=MOST_MINOR, description="The most that is charged at a time.")
    ]


@router.get("/contracts/{contract_id}/mandates", **answers({200: MandateList}, 404, scope=READ))
def list_mandates(request: ApiRequest, contract_id: ContractId) -> MandateList:
    """The mandates of a contract: at most one of them is alive."""
    contract = own(request, contract_id)
    return MandateList(items=[_mandate(one) for one in agreed.of_contract(contract.id)])


@router.post(
    "/contracts/{contract_id}/mandates",
    **answers({201: Mandate}, 400, 404, 409, 413, 415, 422, scope=WRITE),
)
def create_mandate(
    request: ApiRequest,
    contract_id: ContractId,
    body: MandateWanted,
    idempotency_key: IdempotencyKey = None,
) -> HttpResponse:
    """Ask for a mandate: the one that is alive already, where there is one. Once its payer has agreed, renewals up to its limit are
    announced and charged by Pix. 409: the seller does not offer it for this contract."""
    contract = own(request, contract_id)

    def act(_ask: Ask) -> tuple[HTTPStatus, Schema]:
        made = ask_for_mandate(
            contract_id=contract.id,
            customer_id=contract.customer_id,
            most_minor=body.most_minor,
            actor=request.auth.actor,
            moment=customers.moment_of(contract.customer_id, real=clock.now()),
        )
        return HTTPStatus.CREATED, _mandate(made)

    return once(request, idempotency_key, act)


@router.get("/mandates/{mandate_id}", **answers({200: Mandate}, 404, scope=READ))
def read_mandate(request: ApiRequest, mandate_id: MandateId) -> Mandate:
    """How a mandate stands."""
    return _mandate(agreed.get(mandate_id, customer_id=request.auth.customer_id))


@router.post(
    "/mandates/{mandate_id}/cancellation", **answers({200: Mandate}, 400, 404, 409, 413, 422, scope=WRITE)
)
def create_mandate_cancellation(
    request: ApiRequest, mandate_id: MandateId, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """Nothing is charged by it from now on; what is announced is taken back where its bank still allows it. Of one that is over
    nothing changes."""
    found = agreed.get(mandate_id, customer_id=request.auth.customer_id)

    def act(_ask: Ask) -> tuple[HTTPStatus, Schema]:
        gone = cancel_mandate(
            mandate_id=found.id,
            customer_id=found.customer_id,
            actor=request.auth.actor,
            moment=customers.moment_of(found.customer_id, real=clock.now()),
        )
        return HTTPStatus.OK, _mandate(gone)

    return once(request, idempotency_key, act)


def _mandate(one: MandateInfo) -> Mandate:
    return Mandate.model_validate(
        {
            "id": one.public_id,
            "contract": public("ctr", one.contract_id),
            "state": one.word,
            "most_minor": one.most.minor,
            "currency": one.most.currency,
            "every": "month",
            "begins": one.begins,
            "agree_with": one.agree_with if one.waits else None,
            "code": one.code or None,
            "by_payer": one.by_payer,
            "agreed_at": one.agreed_at,
            "cancelled_at": one.cancelled_at,
            "ended_at": one.over_at,
        }
    )
