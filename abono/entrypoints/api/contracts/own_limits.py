"""Limits that a customer sets itself: a cap on each cycle and a budget per channel (LIM-5)."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from django.http import HttpResponse
from ninja import Field, Router, Schema
from pydantic import field_validator
from pydantic_core import PydanticCustomError

from abono.domain.customers import queries as customers
from abono.domain.identity.keys import READ, WRITE
from abono.domain.metering import own_limits as metering
from abono.domain.metering import queries
from abono.domain.metering.own_limits import MOST_MICRO, OwnLimits
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.declare import IdempotencyKey, answers
from abono.entrypoints.api.protocol.fields import Asked, Code, ContractId, Whole
from abono.entrypoints.api.protocol.keyed import once
from abono.entrypoints.api.protocol.whose import own
from abono.flows.limits.set_own import set_own_limits
from abono.platform import clock
from abono.platform.idempotency import Ask

router = Router(tags=["contracts"])

Amount = Annotated[Whole, Field(ge=0, le=MOST_MICRO, description="Millionths of the contract's currency.")]


class ChannelLimit(Asked):
    channel: Annotated[Code, Field(examples=["sms"])]
    budget_micro: Amount


class OwnLimitsWanted(Asked):
    """What is left out or null is not limited. A cap above the contract's limit changes nothing."""

    cap_micro: Amount | None = None
    budgets: Annotated[list[ChannelLimit], Field(max_length=100)] = []

    @field_validator("budgets")
    @classmethod
    def _each_channel_once(cls, budgets: list[ChannelLimit]) -> list[ChannelLimit]:
        if len({wanted.channel for wanted in budgets}) < len(budgets):
            raise PydanticCustomError("channel_twice", "a channel twice")
        return budgets


class ChannelLeft(ChannelLimit):
    """`total_micro` is held and used on the channel in the present cycle; null when there is none."""

    total_micro: int | None
    left_micro: int | None


class OwnLimitsSet(Schema):
    """The limits in force, for each cycle, and what the present one has left of them. `left_micro` is what may still
    go out, up to the contract's limit or the cap; null without either, or without a present cycle."""

    cap_micro: int | None
    left_micro: int | None
    budgets: list[ChannelLeft]
    changed_at: datetime | None


@router.get("/contracts/{contract_id}/own-limits", **answers({200: OwnLimitsSet}, 404, scope=READ))
def read_own_limits(request: ApiRequest, contract_id: ContractId) -> OwnLimitsSet:
    """The customer's own cap and budgets, and what is left of them."""
    contract = own(request, contract_id)
    return _said(contract.id, contract.customer_id, metering.own_limits(contract.id))


@router.put(
    "/contracts/{contract_id}/own-limits",
    **answers({200: OwnLimitsSet}, 400, 404, 409, 413, 415, 422, scope=WRITE),
)
def put_own_limits(
    request: ApiRequest,
    contract_id: ContractId,
    body: OwnLimitsWanted,
    idempotency_key: IdempotencyKey = None,
) -> HttpResponse:
    """Put these limits in the place of those before, at once and for every cycle to come. Sends that would pass one are
    refused with `own_cap_reached` or `channel_budget_reached`; nothing else is stopped."""
    contract = own(request, contract_id)

    def act(_ask: Ask) -> tuple[HTTPStatus, Schema]:
        limits = set_own_limits(
            contract_id=contract.id,
            customer_id=contract.customer_id,
            cap_micro=body.cap_micro,
            budgets={wanted.channel: wanted.budget_micro for wanted in body.budgets},
            actor=request.auth.actor,
            now=customers.moment_of(contract.customer_id, real=clock.now()).now,
        )
        return HTTPStatus.OK, _said(contract.id, contract.customer_id, limits)

    return once(request, idempotency_key, act)


def _said(contract_id: UUID, customer_id: UUID, limits: OwnLimits) -> OwnLimitsSet:
    balance = queries.find_balance(
        contract_id=contract_id, at=customers.moment_of(customer_id, real=clock.now()).now
    )
    carried = {} if balance is None else {budget.channel: budget for budget in balance.budgets}
    budgets = []
    for channel, budget_micro in limits.budgets.items():
        found = carried.get(channel)
        budgets.append(
            ChannelLeft(
                channel=channel,
                budget_micro=budget_micro,
                total_micro=None if found is None else found.total_micro,
                left_micro=None if found is None else found.left_micro,
            )
        )
    return OwnLimitsSet(
        cap_micro=limits.cap_micro,
        left_micro=None if balance is None else balance.left_micro,
        budgets=budgets,
        changed_at=limits.changed_at,
    )
