"""The second person's word. A yes carries the act out in the same transaction, with both names in every record (ACC-5)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from abono.domain.approvals import actions as approvals
from abono.domain.approvals import queries
from abono.domain.approvals.errors import AlreadyDecided, MayNotDecide, NotYours, OwnRequest, SayWhy
from abono.domain.approvals.states import State
from abono.domain.approvals.types import ApprovalDetail
from abono.domain.identity import staff
from abono.domain.identity.roles import Act
from abono.flows.approvals.acts import ACTS
from abono.flows.approvals.ask import facts_of
from abono.flows.tell import tell_staff
from abono.kernel.errors import Refusal
from abono.platform import events
from abono.platform.use_case import use_case


@use_case
def approve(*, approval_id: UUID, person_id: UUID, now: datetime) -> ApprovalDetail:
    """Agree, and have it done. Where the world changed so that it is no longer possible, nothing of it is done and the
    request is `failed`, with code and facts of the refusal.

    now   real time

    Raises NoSuchApproval, MayNotDecide, OwnRequest, AlreadyDecided.
    """
    asked = _decidable(approval_id, person_id)
    actor = f"person:{person_id}"
    approvals.move(approval_id, State.ASKED, State.APPROVED, actor=actor, now=now)
    try:
        with transaction.atomic(), events.approved_by(actor):
            led_to = ACTS[asked.act].do(asked.arguments, asked.asked_by, now)
    except Refusal as no:
        approvals.move(approval_id, State.APPROVED, State.FAILED, actor=actor, failed=no, now=now)
    else:
        approvals.move(approval_id, State.APPROVED, State.DONE, actor=actor, led_to=led_to, now=now)
    return _told(approval_id, now=now)


@use_case
def refuse(*, approval_id: UUID, person_id: UUID, why: str, now: datetime) -> ApprovalDetail:
    """Do not agree. Raises NoSuchApproval, MayNotDecide, OwnRequest, AlreadyDecided, SayWhy."""
    _decidable(approval_id, person_id)
    if not why.strip():
        raise SayWhy()
    actor = f"person:{person_id}"
    approvals.move(approval_id, State.ASKED, State.REFUSED, actor=actor, answer=why.strip(), now=now)
    return _told(approval_id, now=now)


@use_case
def withdraw(*, approval_id: UUID, actor: str, now: datetime) -> None:
    """Whoever asked wants it no more. Raises NoSuchApproval, NotYours, AlreadyDecided."""
    if not queries.get(approval_id).asked_by_person(actor):
        raise NotYours()
    approvals.move(approval_id, State.ASKED, State.WITHDRAWN, actor=actor, now=now)


@use_case
def expire(*, approval_id: UUID, now: datetime) -> None:
    """Nobody decided in time; whoever asked is told. What was decided meanwhile stays."""
    try:
        approvals.move(approval_id, State.ASKED, State.EXPIRED, actor="system", now=now)
    except AlreadyDecided:
        return
    _told(approval_id, now=now)


def _decidable(approval_id: UUID, person_id: UUID) -> ApprovalDetail:
    found = queries.get(approval_id)
    colleague = staff.colleague(person_id)
    if colleague is None or not {Act.APPROVE, ACTS[found.act].needs} <= colleague.acts:
        raise MayNotDecide()
    if found.asked_by_person(colleague.actor):
        raise OwnRequest()
    return found


def _told(approval_id: UUID, *, now: datetime) -> ApprovalDetail:
    """Tell whoever asked how it ended, or the person behind the key that asked."""
    found = queries.get(approval_id)
    tell_staff(
        people=[one for one in staff.colleagues() if found.asked_by_person(one.actor)],
        kind="approval_ended",
        key=str(approval_id),
        facts={**facts_of(found), "state": found.state.value, "answer": found.answer, **_failed(found)},
        now=now,
    )
    return found


def _failed(found: ApprovalDetail) -> dict[str, object]:
    """Why it could not be done, for readers of any language."""
    return {"refusal": {"code": found.failed_with, "facts": found.failed_facts}} if found.failed_with else {}
