"""Which of a customer's people are told of what by e-mail (NOT-1)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from django.http import HttpResponse
from ninja import Field, Router, Schema
from pydantic import field_validator
from pydantic_core import PydanticCustomError

from abono.domain.customers import queries as customers
from abono.domain.identity.keys import READ, WRITE
from abono.domain.notices import queries as notices
from abono.domain.notices.types import Audience
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.declare import IdempotencyKey, answers
from abono.entrypoints.api.protocol.fields import Asked, Code, ContractId
from abono.entrypoints.api.protocol.keyed import once
from abono.entrypoints.api.protocol.whose import own
from abono.flows.choose_notices import choose_notices
from abono.platform import clock
from abono.platform.idempotency import Ask

router = Router(tags=["contracts"])


class NoticeChoice(Asked):
    """A kind of notice and who is told of it; somebody has to be."""

    kind: Annotated[Code, Field(examples=["package_80"])]
    told: Annotated[list[Audience], Field(max_length=2)]


class NoticeChoices(Asked):
    choices: Annotated[list[NoticeChoice], Field(max_length=100)]

    @field_validator("choices")
    @classmethod
    def _each_kind_once(cls, choices: list[NoticeChoice]) -> list[NoticeChoice]:
        if len({choice.kind for choice in choices}) < len(choices):
            raise PydanticCustomError("kind_twice", "a kind twice")
        return choices


@router.get("/contracts/{contract_id}/notice-choices", **answers({200: NoticeChoices}, 404, scope=READ))
def read_notice_choices(request: ApiRequest, contract_id: ContractId) -> NoticeChoices:
    """Every kind of notice with a choice, and which people of the contract's organization get an e-mail about it."""
    return _said(own(request, contract_id).customer_id)


@router.put(
    "/contracts/{contract_id}/notice-choices",
    **answers({200: NoticeChoices}, 400, 404, 409, 413, 415, 422, scope=WRITE),
)
def put_notice_choices(
    request: ApiRequest, contract_id: ContractId, body: NoticeChoices, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """Say who is told of the kinds in the body, from the next notice on; other kinds stay as they are."""
    contract = own(request, contract_id)

    def act(_ask: Ask) -> tuple[HTTPStatus, Schema]:
        choose_notices(
            customer_id=contract.customer_id,
            told={choice.kind: set(choice.told) for choice in body.choices},
            actor=request.auth.actor,
            now=customers.moment_of(contract.customer_id, real=clock.now()).now,
        )
        return HTTPStatus.OK, _said(contract.customer_id)

    return once(request, idempotency_key, act)


def _said(customer_id: UUID) -> NoticeChoices:
    return NoticeChoices(
        choices=[
            NoticeChoice(kind=choice.kind, told=sorted(choice.told, key=lambda one: one.value))
            for choice in notices.choices(customer_id)
        ]
    )
