"""Sends that nothing covers, and what is decided of them (PKG-12)."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal, cast

from django.http import HttpResponse
from ninja import Field, Query, Router, Schema
from pydantic import StringConstraints, WithJsonSchema

from abono.domain.customers import queries as customers
from abono.domain.identity.keys import READ, WRITE
from abono.domain.identity.roles import Act
from abono.domain.metering.own_limits import MOST_MICRO
from abono.domain.uncovered import queries
from abono.domain.uncovered.actions import Which
from abono.domain.uncovered.queries import Chosen
from abono.domain.uncovered.types import PLACE_LENGTH, Decision, State, Uncovered, place, written
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.cursors import SpanQuery, page, read_cursor, write_cursor
from abono.entrypoints.api.protocol.declare import IdempotencyKey, answers
from abono.entrypoints.api.protocol.fields import (
    Asked,
    Code,
    ContractId,
    CustomerId,
    DecisionId,
    Reason,
    Whole,
)
from abono.entrypoints.api.protocol.keyed import once
from abono.entrypoints.api.protocol.whose import own, sellers, whose
from abono.flows.uncovered.decide import contest_uncovered, decide_uncovered
from abono.kernel.ids import public
from abono.platform import clock
from abono.platform.idempotency import Ask

router = Router(tags=["contracts"])

UncoveredState = Annotated[State, shown.words(State)]

type Why = Literal[
    "sending_blocked",
    "no_price",
    "no_recipient",
    "no_cycle",
    "no_send",
    "hold_expired",
    "unknown_channel",
    "too_late",
    "in_the_future",
]
AsTold = Annotated[str, WithJsonSchema({"type": "string", "maxLength": 200})]
Shown = Annotated[str, WithJsonSchema(shown.identifier("unc"))]


class UncoveredSend(Schema):
    """A send that had left when it was told of, and that draws on nothing. `happened_at` and `told_at` are on the
    customer's clock, `kept_at` is real time. Amounts are millionths of the contract's currency."""

    id: Annotated[shown.TheirId, Field(description="The teller's own.")]
    contract: shown.ContractId
    channel: Annotated[AsTold, Field(description="As it was told, like kind and country; may be empty.")]
    kind: AsTold
    country: AsTold
    code: Annotated[Why, Field(description="Why nothing covers it.")]
    price_micro: Annotated[int | None, Field(description="Null where there is no price.")]
    waits: Annotated[
        bool,
        Field(
            description="Its price draws what is delivered, and nobody has said that it is: not billed before."
        ),
    ]
    hold_refused: Annotated[bool, Field(description="We had refused to hold it: it is never billed.")]
    happened_at: datetime
    told_at: datetime
    kept_at: datetime
    state: UncoveredState
    decision: Shown | None
    billed_micro: Annotated[int | None, Field(description="What was decided that it costs.")]


class UncoveredList(Schema):
    items: list[UncoveredSend]
    next_cursor: shown.Cursor | None


class UncoveredQuery(SpanQuery):
    """Which, in `[since, until)` of the moment at which they were told."""

    contract: ContractId | None = None
    customer: Annotated[CustomerId | None, Field(description="For keys that see several.")] = None
    channel: Code | None = None
    code: Why | None = None
    state: UncoveredState | None = None
    decision: DecisionId | None = None


class UncoveredDecision(Schema):
    """What the seller decided of sends of one contract. They may stand on an invoice from `bill_from` on."""

    id: Shown
    contract: shown.ContractId
    state: UncoveredState
    bill: bool
    price_micro: Annotated[int | None, Field(description="Typed, of each; null: the rows in force.")]
    why: str
    sends: int
    total_micro: int
    decided_at: datetime
    bill_from: datetime | None
    contested_at: datetime | None


class UncoveredDecisionList(Schema):
    items: list[UncoveredDecision]


class DecisionWanted(Asked):
    """Open uncovered sends of the contract that are like this; what is left out is not looked at."""

    bill: Annotated[bool, Field(description="Announce that they are billed; false: let them go.")]
    why: Annotated[Reason, Field(description="The customer reads it.")]
    price_micro: Annotated[
        Annotated[Whole, Field(ge=0, le=MOST_MICRO)] | None,
        Field(description="Of each; left out: the row of the price list in force."),
    ] = None
    channel: Code | None = None
    kind: Code | None = None
    country: Annotated[str, StringConstraints(pattern=r"^([A-Z]{2}|\*|)$")] | None = None
    code: Why | None = None


@router.get("/uncovered-sends", **answers({200: UncoveredList}, 404, 422, scope=READ))
def list_uncovered_sends(request: ApiRequest, query: Query[UncoveredQuery]) -> UncoveredList:
    """Sends that were answered `uncovered`, newest first."""
    raw = read_cursor("u", query.cursor, length=PLACE_LENGTH)
    found = queries.uncovered(
        Chosen(
            customer_id=whose(request, query.customer),
            contract_id=None if query.contract is None else own(request, query.contract).id,
            decision_id=None
            if query.decision is None
            else queries.known(query.decision, customer_id=request.auth.customer_id),
            channel=query.channel or "",
            why=query.code or "",
            state=query.state,
            since=query.since,
            until=query.until,
        ),
        real=clock.now(),
        before=None if raw is None else place(raw),
        limit=query.limit + 1,
    )
    items, following = page(found, query.limit, lambda last: write_cursor("u", written(last.place)))
    return UncoveredList(items=[_send(one) for one in items], next_cursor=following)


@router.get(
    "/contracts/{contract_id}/uncovered-decisions",
    **answers({200: UncoveredDecisionList}, 404, scope=READ),
)
def list_uncovered_decisions(request: ApiRequest, contract_id: ContractId) -> UncoveredDecisionList:
    """What was decided of uncovered sends of the contract, newest first, at most 200."""
    contract = own(request, contract_id)
    now = customers.moment_of(contract.customer_id, real=clock.now()).now
    return UncoveredDecisionList(
        items=[_decision(one, now) for one in queries.decisions(contract_id=contract.id)]
    )


@router.post(
    "/contracts/{contract_id}/uncovered-decisions",
    **answers({201: UncoveredDecision}, 400, 403, 404, 409, 413, 415, 422, scope=WRITE),
)
def create_uncovered_decision(
    request: ApiRequest,
    contract_id: ContractId,
    body: DecisionWanted,
    idempotency_key: IdempotencyKey = None,
) -> HttpResponse:
    """The seller bills open uncovered sends, or lets them go. What is billed is told to the customer at once, may stand on an
    invoice five days later, and can be contested until then; what we refused to hold is never billed."""
    contract = own(request, contract_id)
    sellers(request, Act.UNCOVERED)

    def act(ask: Ask) -> tuple[HTTPStatus, Schema]:
        now = customers.moment_of(contract.customer_id, real=clock.now()).now
        decision = decide_uncovered(
            contract_id=contract.id,
            which=Which(body.channel or "", body.kind or "", body.country, body.code or ""),
            bill=body.bill,
            typed_micro=body.price_micro if body.bill else None,
            why=body.why,
            actor=request.auth.actor,
            now=now,
            ask=ask,
        )
        return HTTPStatus.CREATED, _decision(decision, now)

    return once(request, idempotency_key, act)


@router.post(
    "/contracts/{contract_id}/uncovered-decisions/{decision_id}/contest",
    **answers({200: UncoveredDecision}, 400, 404, 409, 413, 415, 422, scope=WRITE),
)
def create_uncovered_contest(
    request: ApiRequest,
    contract_id: ContractId,
    decision_id: DecisionId,
    idempotency_key: IdempotencyKey = None,
) -> HttpResponse:
    """The customer does not agree: these sends are not billed."""
    contract = own(request, contract_id)
    queries.known(decision_id, contract_id=contract.id)

    def act(_ask: Ask) -> tuple[HTTPStatus, Schema]:
        now = customers.moment_of(contract.customer_id, real=clock.now()).now
        decision = contest_uncovered(
            contract_id=contract.id,
            customer_id=contract.customer_id,
            decision_id=decision_id,
            actor=request.auth.actor,
            now=now,
        )
        return HTTPStatus.OK, _decision(decision, now)

    return once(request, idempotency_key, act)


def _send(one: Uncovered) -> UncoveredSend:
    return UncoveredSend(
        id=one.name,
        contract=public("ctr", one.contract_id),
        channel=one.channel,
        kind=one.kind,
        country=one.country,
        code=cast(Why, one.why),
        price_micro=one.price_micro,
        waits=one.waits,
        hold_refused=one.hold_refused,
        happened_at=one.happened_at,
        told_at=one.told_at,
        kept_at=one.kept_at,
        state=one.state,
        decision=None if one.decision_id is None else public("unc", one.decision_id),
        billed_micro=one.billed_micro,
    )


def _decision(one: Decision, now: datetime) -> UncoveredDecision:
    return UncoveredDecision(
        id=public("unc", one.id),
        contract=public("ctr", one.contract_id),
        state=one.state(now),
        bill=one.bill,
        price_micro=one.typed_micro,
        why=one.why,
        sends=one.sends,
        total_micro=one.total_micro,
        decided_at=one.decided_at,
        bill_from=one.bill_from,
        contested_at=one.contested_at,
    )
