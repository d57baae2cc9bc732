"""Prices of its own and add-ons of a contract: seen, arranged and ended, each after a look at the next invoice (CAT-11)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from http import HTTPStatus
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpResponse
from ninja import Field, Router, Schema

from abono.domain.approvals.errors import SecondPersonNeeded
from abono.domain.approvals.types import ApprovalDetail
from abono.domain.contracts import arrangements as domain
from abono.domain.contracts import queries as contracts
from abono.domain.contracts.arrangements import ArrangementInfo
from abono.domain.contracts.states import Arranged
from abono.domain.contracts.types import ContractInfo
from abono.domain.customers import queries as customers
from abono.domain.identity import queries as identity
from abono.domain.identity.keys import READ, WRITE
from abono.domain.identity.roles import Act
from abono.entrypoints.api.approvals.approvals import Approval, approval
from abono.entrypoints.api.contracts.cycles import NextInvoice, next_invoice
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.declare import IdempotencyKey, answers
from abono.entrypoints.api.protocol.fields import ArrangementId, ContractId, Day, OneLine, Whole
from abono.entrypoints.api.protocol.fields import Asked as Body
from abono.entrypoints.api.protocol.keyed import once
from abono.entrypoints.api.protocol.whose import own, sellers
from abono.flows.approvals.ask import ask_arrangement, ask_arrangement_end
from abono.flows.arrangements.arrange import (
    MOST_OF_ONE,
    MOST_PRICE_MICRO,
    Asked,
    Looked,
    arrange,
    end,
    preview_arranged,
    preview_end,
)
from abono.kernel.periods import local_date
from abono.platform import clock
from abono.platform.idempotency import Ask

router = Router(tags=["contracts"])

Why = Annotated[OneLine, Field(min_length=1, max_length=500, description="The customer reads it.")]


class Arrangement(Schema):
    """It holds for cycles that begin on local days from `since` to `until`; null: until somebody ends it."""

    id: shown.ArrangementId
    kind: Literal["plan", "package", "extra_interaction", "extra_licence", "add_on"]
    of: Annotated[
        str,
        Field(
            max_length=60, description="Code of the plan or package whose price it is; name of the add-on."
        ),
    ]
    quantity: Annotated[int, Field(description="Of an add-on.")]
    price_micro: Annotated[int, Field(description="Of one, in millionths of the contract's currency.")]
    since: date
    until: date | None
    why: Annotated[str, Field(max_length=500)]
    lapsed: Annotated[
        bool,
        Field(description="It counts no more: the plan is paid for by another interval since."),
    ]


class ArrangementList(Schema):
    items: list[Arrangement]


class ArrangementAsked(Body):
    """A price of the plan or the package that the contract has, or an add-on, for cycles that begin on local days of the customer
    from `since` up to `until`."""

    kind: Literal["plan", "package", "extra_interaction", "extra_licence", "add_on"]
    price_micro: Annotated[
        Whole,
        Field(ge=0, le=MOST_PRICE_MICRO, description="Of one, in millionths of the contract's currency."),
    ]
    since: Day
    until: Annotated[Day | None, Field(description="Left out: until somebody ends it.")] = None
    name: Annotated[OneLine, Field(max_length=60, description="Of an add-on: it stands on the invoice.")] = ""
    quantity: Annotated[Whole, Field(ge=1, le=MOST_OF_ONE, description="Of an add-on.")] = 1
    once: Annotated[bool, Field(description="An add-on on the first invoice from `since` on only.")] = False
    why: Why


class ArrangementEnd(Body):
    last: Annotated[Day, Field(description="It holds for cycles that begin on this day at the latest.")]
    why: Why


class ArrangementPreview(Schema):
    """The next invoice as it is and as it would be; what begins later than with the next cycle does not stand there."""

    before: NextInvoice | None
    after: NextInvoice | None


@router.get("/contracts/{contract_id}/arrangements", **answers({200: ArrangementList}, 404, scope=READ))
def list_arrangements(request: ApiRequest, contract_id: ContractId) -> ArrangementList:
    """What the contract pays otherwise than the catalog says, and what was added to it: what holds, is to hold, and held, in
    the order in which it begins."""
    contract = own(request, contract_id)
    return ArrangementList(items=arrangements(domain.of_contract(contract.id), contract.id))


@router.post(
    "/contracts/{contract_id}/arrangements",
    **answers({201: Arrangement, 202: Approval}, 400, 403, 404, 409, 413, 415, 422, scope=WRITE),
)
def create_arrangement(
    request: ApiRequest,
    contract_id: ContractId,
    body: ArrangementAsked,
    idempotency_key: IdempotencyKey = None,
) -> HttpResponse:
    """Arrange it; the customer is told now. 202: so much a month needs a second person, who is asked. A price rises only when the
    contract's may (409 `contracts.price_kept` with the day). Of the seller's keys, as are the others here that write."""
    contract = own(request, contract_id)
    sellers(request, Act.CORRECT)

    def act(ask: Ask) -> tuple[HTTPStatus, Schema]:
        told = {"contract_id": contract.id, "asked": _asked(body)}
        return _or_second(request, contract, ask, (arrange, ask_arrangement), told, HTTPStatus.CREATED)

    return once(request, idempotency_key, act)


@router.post(
    "/contracts/{contract_id}/arrangements/preview",
    **answers({200: ArrangementPreview}, 400, 403, 404, 409, 413, 415, 422, scope=WRITE),
)
def create_arrangement_preview(
    request: ApiRequest,
    contract_id: ContractId,
    body: ArrangementAsked,
    idempotency_key: IdempotencyKey = None,
) -> HttpResponse:
    """What it would make of the next invoice. Nothing is kept."""
    contract = own(request, contract_id)
    sellers(request, Act.CORRECT)

    def act(_ask: Ask) -> tuple[HTTPStatus, Schema]:
        found = preview_arranged(contract_id=contract.id, asked=_asked(body), now=clock.now())
        return HTTPStatus.OK, _preview(found)

    return once(request, idempotency_key, act)


@router.post(
    "/contracts/{contract_id}/arrangements/{arrangement_id}/end",
    **answers({200: Arrangement, 202: Approval}, 400, 403, 404, 409, 413, 415, 422, scope=WRITE),
)
def end_arrangement(
    request: ApiRequest,
    contract_id: ContractId,
    arrangement_id: ArrangementId,
    body: ArrangementEnd,
    idempotency_key: IdempotencyKey = None,
) -> HttpResponse:
    """Let it hold for cycles that begin up to a day; one that has not begun never does. Answered with what takes its place. 202:
    so much a month needs a second person, who is asked."""
    contract = _its(request, contract_id, arrangement_id)

    def act(ask: Ask) -> tuple[HTTPStatus, Schema]:
        told = {
            "contract_id": contract.id,
            "arrangement_id": arrangement_id,
            "last": body.last,
            "why": body.why,
        }
        return _or_second(request, contract, ask, (end, ask_arrangement_end), told, HTTPStatus.OK)

    return once(request, idempotency_key, act)


@router.post(
    "/contracts/{contract_id}/arrangements/{arrangement_id}/end/preview",
    **answers({200: ArrangementPreview}, 400, 403, 404, 409, 413, 415, 422, scope=WRITE),
)
def create_arrangement_end_preview(
    request: ApiRequest,
    contract_id: ContractId,
    arrangement_id: ArrangementId,
    body: ArrangementEnd,
    idempotency_key: IdempotencyKey = None,
) -> HttpResponse:
    """What its end would make of the next invoice. Nothing is kept."""
    contract = _its(request, contract_id, arrangement_id)

    def act(_ask: Ask) -> tuple[HTTPStatus, Schema]:
        found = preview_end(
            contract_id=contract.id,
            arrangement_id=arrangement_id,
            last=body.last,
            why=body.why,
            now=clock.now(),
        )
        return HTTPStatus.OK, _preview(found)

    return once(request, idempotency_key, act)


def _or_second(
    request: ApiRequest,
    contract: ContractInfo,
    ask: Ask,
    acts: tuple[Callable[..., UUID], Callable[..., ApprovalDetail]],
    told: Mapping[str, Any],
    status: HTTPStatus,
) -> tuple[HTTPStatus, Schema]:
    """Do the first of the acts, or ask a second person for it by the other where one is needed."""
    do, ask_for = acts
    said = {**told, "actor": request.auth.actor, "now": clock.now(), "ask": ask}
    try:
        if "approval" in ask.led_to:
            raise SecondPersonNeeded()
        return status, _one(contract, do(**said))
    except SecondPersonNeeded:
        return HTTPStatus.ACCEPTED, approval(ask_for(behind=identity.key_maker(request.auth.id), **said))


def arrangements(
    found: Iterable[ArrangementInfo], contract_id: UUID, *, taken_back: bool = False
) -> list[Arrangement]:
    """In the customer's local days; without those that were taken back before they began, unless they are asked for."""
    zone = customers.get(contracts.customer_of(contract_id)).time_zone
    return [_shown(one, zone) for one in found if taken_back or one.until != one.since]


def _shown(one: ArrangementInfo, zone: str) -> Arrangement:
    last = None if one.until is None else local_date(one.until - timedelta(microseconds=1), zone)
    return Arrangement.model_validate(
        {
            "id": one.public_id,
            "kind": one.kind.value,
            "of": one.of,
            "quantity": one.quantity,
            "price_micro": one.price_micro,
            "since": local_date(one.since, zone),
            "until": last,
            "why": one.why,
            "lapsed": one.lapsed,
        }
    )


def _its(request: ApiRequest, contract_id: UUID, arrangement_id: UUID) -> ContractInfo:
    """The contract that has it, for a key of the seller. Raises NoSuchContract, NoSuchArrangement."""
    contract = own(request, contract_id)
    domain.get(arrangement_id, contract_id=contract.id)
    sellers(request, Act.CORRECT)
    return contract


def _asked(body: ArrangementAsked) -> Asked:
    return Asked(
        kind=Arranged(body.kind),
        price_micro=body.price_micro,
        since=body.since,
        until=body.until,
        why=body.why,
        name=body.name,
        quantity=body.quantity,
        once=body.once,
    )


def _one(contract: ContractInfo, arrangement_id: UUID) -> Arrangement:
    return arrangements([domain.info(arrangement_id)], contract.id, taken_back=True)[0]


def _preview(looked: Looked) -> ArrangementPreview:
    found = looked.invoice
    return ArrangementPreview(
        before=None if found.before is None else next_invoice(found.before),
        after=None if found.after is None else next_invoice(found.after),
    )
