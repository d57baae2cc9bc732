"""What waits for a second person of the seller, and what came of it (ACC-5). Deciding is for people, on the page."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from django.utils.translation import get_language
from ninja import Field, Query, Router, Schema

from abono.domain.approvals import queries as approvals
from abono.domain.approvals.errors import NoSuchApproval
from abono.domain.approvals.labels import answer
from abono.domain.approvals.states import State
from abono.domain.approvals.types import ApprovalDetail
from abono.domain.identity.keys import READ
from abono.domain.identity.roles import Act
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.cursors import PageQuery, page_by_id
from abono.entrypoints.api.protocol.declare import answers
from abono.entrypoints.api.protocol.fields import ApprovalId
from abono.entrypoints.api.protocol.whose import sellers
from abono.kernel.ids import public

router = Router(tags=["approvals"])


Actor = Annotated[str, Field(max_length=120)]
Answer = Annotated[str, Field(max_length=500)]


class ApprovalAmount(Schema):
    currency: shown.Currency
    amount_minor: int


class Approval(Schema):
    """`led_to` is the id of what came of it when it was done: the credit note, the one-off invoice, the version move, the
    adjustment, the invoice that was written off, the own price or add-on, the first refund, the payment that was recorded."""

    id: shown.ApprovalId
    act: Literal[
        "credit_note",
        "one_off",
        "version_move",
        "adjustment",
        "write_off",
        "arrangement",
        "refund",
        "receipt",
    ]
    state: Annotated[State, shown.words(State)]
    amounts: list[ApprovalAmount]
    customer: shown.CustomerId | None
    why: str
    asked_by: Annotated[Actor, Field(description="As events name actors.")]
    asked_at: datetime
    expires_at: Annotated[datetime, Field(description="Undecided until then, it runs out.")]
    decided_by: Annotated[Actor | None, Field(description="As events name actors; never who asked.")]
    ended_at: datetime | None
    answer: Annotated[Answer | None, Field(description="Why it was refused, or could not be done.")]
    failed_with: Annotated[
        str | None,
        Field(
            max_length=60,
            description="Of one that was agreed to and could not be done: the code of the refusal, as in the problem of the act itself.",
        ),
    ]
    led_to: shown.AnyId | None


class ApprovalList(Schema):
    items: list[Approval]
    next_cursor: shown.Cursor | None


@router.get("/approvals", **answers({200: ApprovalList}, 403, 422, scope=READ))
def list_approvals(request: ApiRequest, query: Query[PageQuery]) -> ApprovalList:
    """Acts that wait for a second person, and those that were decided, newest first. Of the seller's keys."""
    sellers(request, Act.READ)
    items, following = page_by_id("p", query, approvals.page)
    return ApprovalList(items=[approval(one) for one in items], next_cursor=following)


@router.get("/approvals/{approval_id}", **answers({200: Approval}, 404, scope=READ))
def read_approval(request: ApiRequest, approval_id: ApprovalId) -> Approval:
    """One of them. For a key of a customer there are none (ACC-2)."""
    if request.auth.customer_id is not None:
        raise NoSuchApproval()
    return approval(approvals.get(approval_id))


def approval(one: ApprovalDetail) -> Approval:
    return Approval(
        id=one.public_id,
        act=one.act,  # type: ignore[arg-type]
        state=one.state,
        amounts=[
            ApprovalAmount(currency=amount.currency, amount_minor=amount.minor) for amount in one.amounts
        ],
        customer=None if one.customer_id is None else public("cus", one.customer_id),
        why=one.why,
        asked_by=one.asked_by,
        asked_at=one.asked_at,
        expires_at=one.expires_at,
        decided_by=one.decided_by or None,
        ended_at=one.ended_at,
        answer=answer(one, get_language() or "en") or None,
        failed_with=one.failed_with or None,
        led_to=one.led_to or None,
    )
