"""Advance a sandbox's clock, and read what happened on the way (TIM-2)."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from http import HTTPStatus
from typing import Annotated

from django.http import HttpResponse
from django.utils.translation import get_language
from ninja import Field, Router, Schema

from abono.domain.customers import queries as customers
from abono.domain.customers.types import AdvanceInfo
from abono.domain.identity.keys import WRITE
from abono.domain.notices.types import Told
from abono.entrypoints.api.contracts.members import Mail
from abono.entrypoints.api.events.events import RecordedEvent, recorded
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.declare import IdempotencyKey, answers
from abono.entrypoints.api.protocol.fields import Asked, ContractId, Moment
from abono.entrypoints.api.protocol.keyed import once
from abono.entrypoints.api.protocol.whose import own
from abono.flows import advance_clock as flow
from abono.flows.advance_clock import Happening
from abono.platform import clock
from abono.platform.idempotency import Ask

router = Router(tags=["contracts"])
WITHIN_S = 15  # that a call goes on for: a later one goes on from there


class AdvanceState(Enum):
    UNDER_WAY = "under_way"
    STOPPED = "stopped"
    ARRIVED = "arrived"


class ClockAdvanceAsked(Asked):
    to: Annotated[Moment, Field(description="At most two years after what the clock shows.")]


class NoticeTold(Schema):
    kind: Annotated[shown.Code, Field(examples=["invoice_issued"])]
    title: str
    to: Annotated[list[Mail], Field(description="The addresses that its e-mails go to.")]


class Happened(Schema):
    """What was recorded, or what the customer was told; the other is null."""

    happened_at: Annotated[datetime, Field(description="On the sandbox's clock.")]
    event: RecordedEvent | None
    notice: NoticeTold | None


class ClockAdvance(Schema):
    """How far the clock is, and everything that happened on the way so far, in order."""

    state: Annotated[AdvanceState, shown.words(AdvanceState)]
    since: Annotated[datetime, Field(description="What the clock showed at first.")]
    to: datetime
    shows: Annotated[datetime, Field(description="What the clock shows now.")]
    trouble: Annotated[str | None, Field(description="Of a stopped one: what did not work at this moment.")]
    happened: list[Happened]


@router.post(
    "/contracts/{contract_id}/clock-advances",
    **answers({200: ClockAdvance, 202: ClockAdvance}, 400, 404, 409, 413, 415, 422, scope=WRITE),
)
def create_clock_advance(
    request: ApiRequest,
    contract_id: ContractId,
    body: ClockAdvanceAsked,
    idempotency_key: IdempotencyKey = None,
) -> HttpResponse:
    """Move the clock of the contract's sandbox to a moment. It stops at everything that is due on the way, and the same
    work runs that would run then. 202: it is not there yet, because that takes long or something did not work; ask for
    the same moment with a new key and it goes on. Once it is there, each new call for the moment says what happened."""
    contract = own(request, contract_id)

    def act(_ask: Ask) -> tuple[HTTPStatus, Schema]:
        advance = flow.advance_clock(
            customer_id=contract.customer_id,
            to=body.to,
            actor=request.auth.actor,
            real=clock.now(),
            within_s=WITHIN_S,
        )
        status = HTTPStatus.ACCEPTED if advance.arrived_at is None else HTTPStatus.OK
        return status, _shown(advance)

    return once(request, idempotency_key, act)


def _shown(advance: AdvanceInfo) -> ClockAdvance:
    state = AdvanceState.ARRIVED
    if advance.arrived_at is None:
        state = AdvanceState.STOPPED if advance.trouble else AdvanceState.UNDER_WAY
    return ClockAdvance(
        state=state,
        since=advance.from_at,
        to=advance.to_at,
        shows=customers.moment_of(advance.customer_id, real=clock.now()).now,
        trouble=advance.trouble or None,
        happened=[_happened(one) for one in flow.happened(advance, get_language() or "en")],
    )


def _happened(one: Happening) -> Happened:
    if isinstance(one, Told):
        notice = NoticeTold(kind=one.notice.kind, title=one.notice.wording.title, to=list(one.to))
        return Happened(happened_at=one.happened_at, event=None, notice=notice)
    return Happened(happened_at=one.happened_at, event=recorded(one), notice=None)
