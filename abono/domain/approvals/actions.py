"""Ask for a second person, and move what was asked for. Every move is one conditional statement: of two who come at the
same moment one moves it, and the other is told that it has moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from abono.domain.approvals.errors import AlreadyDecided, NoSuchApproval, OwnRequest
from abono.domain.approvals.models import Approval
from abono.domain.approvals.states import APPROVAL, State
from abono.kernel.errors import Refusal
from abono.kernel.money import Money
from abono.platform import agenda, events
from abono.platform.agenda import Kind
from abono.platform.queue import Lane

STANDS = timedelta(days=7)  # how long it waits
EXPIRE = Kind("approval_expires", Lane.UPKEEP)
MOST_WHY = 500  # characters


def ask(
    *,
    act: str,
    key: str,
    arguments: Mapping[str, Any],
    facts: Mapping[str, Any],
    amounts: Sequence[Money],
    customer_id: UUID | None,
    why: str,
    actor: str,
    behind: str,
    now: datetime,
) -> tuple[UUID, bool]:
    """Write down what somebody wants to do, in the caller's transaction. Returns its id and whether it is new: while
    one for the same act and key waits, that one stands.

    behind   the person who made the key that asks; empty for a person
    now      real time
    """
    row, new = Approval.objects.get_or_create(
        act=act,
        key=key,
        state=State.ASKED.value,
        defaults={
            "arguments": dict(arguments),
            "facts": dict(facts),
            "amounts": {one.currency: one.minor for one in amounts},
            "customer_id": customer_id,
            "why": why[:MOST_WHY],
            "asked_by": actor,
            "behind": behind,
            "asked_at": now,
            "expires_at": now + STANDS,
        },
    )
    if new:
        agenda.note(EXPIRE, subject=row.id, due_at=row.expires_at, now=now)
        _record(row, None, State.ASKED, actor=actor, why=row.why, now=now)
    return row.id, new


def move(
    approval_id: UUID,
    before: State,
    after: State,
    *,
    actor: str,
    answer: str = "",
    failed: Refusal | None = None,
    led_to: str = "",
    now: datetime,
) -> None:
    """Raises NoSuchApproval, AlreadyDecided when it is not in `before` any more; OwnRequest where `actor` asked.

    failed   why it could not be done
    """
    APPROVAL.require(before, after)
    row = Approval.objects.filter(id=approval_id).first()
    if row is None:
        raise NoSuchApproval()
    changes: dict[str, Any] = {
        "state": after.value,
        "ended_at": now,
        "answer": answer[:MOST_WHY],
        "led_to": led_to,
    }
    if failed is not None:
        changes |= {"failed_with": failed.code, "failed_facts": failed.facts}
    if before is State.ASKED and after in (State.APPROVED, State.REFUSED):
        if actor in (row.asked_by, row.behind):
            raise OwnRequest()
        changes["decided_by"] = actor
    if not Approval.objects.filter(id=approval_id, state=before.value).update(**changes):
        raise AlreadyDecided()
    if before is State.ASKED and after is not State.EXPIRED:
        agenda.withdraw(EXPIRE, subject=approval_id)
    code = "" if failed is None else failed.code
    _record(row, before, after, actor=actor, why=answer, code=code, led_to=led_to, now=now)


def _record(
    row: Approval,
    before: State | None,
    after: State,
    *,
    actor: str,
    why: str,
    code: str = "",
    led_to: str = "",
    now: datetime,
) -> None:
    events.record(
        name=f"approval.{after.value}",
        subject=("approval", row.id),
        customer_id=None,  # of the seller's own: the customer whom it is about does not read it
        actor=actor,
        now=now,
        before=None if before is None else {"state": before.value},
        after={"state": after.value},
        why=why[:MOST_WHY],
        data={
            "act": row.act,
            "amounts": row.amounts,
            "asked_by": row.asked_by,
            **({"code": code} if code else {}),
            **({"led_to": led_to} if led_to else {}),
        },
    )
