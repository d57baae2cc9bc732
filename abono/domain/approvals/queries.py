from __future__ import annotations

from uuid import UUID

from abono.domain.approvals.errors import NoSuchApproval
from abono.domain.approvals.models import Approval
from abono.domain.approvals.states import State
from abono.domain.approvals.types import ApprovalDetail
from abono.kernel.money import Money
from abono.platform.given import given


def get(approval_id: UUID) -> ApprovalDetail:
    """Raises NoSuchApproval."""
    row = Approval.objects.filter(id=approval_id).first()
    if row is None:
        raise NoSuchApproval()
    return _detail(row)


def waiting(*, customer_id: UUID | None = None) -> list[ApprovalDetail]:
    """What waits for a second person, of one customer or of all, oldest first."""
    asked = Approval.objects.filter(state=State.ASKED.value, **given(customer_id=customer_id))
    return [_detail(row) for row in asked.order_by("id")]


def waiting_for(invoice_id: UUID, *acts: str, customer_id: UUID) -> list[ApprovalDetail]:
    """Which of these acts wait that are of one invoice, oldest first."""
    of = str(invoice_id)
    found = waiting(customer_id=customer_id)
    return [one for one in found if one.act in acts and one.arguments.get("invoice_id") == of]


def waiting_count() -> int:
    return Approval.objects.filter(state=State.ASKED.value).count()


def ended(*, limit: int) -> list[ApprovalDetail]:
    """What does not wait any more, newest first."""
    rows = Approval.objects.exclude(state=State.ASKED.value).order_by("-ended_at", "-id")
    return [_detail(row) for row in rows[:limit]]


def page(*, before: UUID | None, limit: int) -> list[ApprovalDetail]:
    """All of them, newest first."""
    rows = Approval.objects.filter(**given(id__lt=before)).order_by("-id")
    return [_detail(row) for row in rows[:limit]]


def _detail(row: Approval) -> ApprovalDetail:
    return ApprovalDetail(
        id=row.id,
        act=row.act,
        key=row.key,
        arguments=row.arguments,
        facts=row.facts,
        amounts=tuple(Money(minor, currency) for currency, minor in row.amounts.items()),
        customer_id=row.customer_id,
        why=row.why,
        state=State(row.state),
        asked_by=row.asked_by,
        behind=row.behind,
        asked_at=row.asked_at,
        expires_at=row.expires_at,
        decided_by=row.decided_by,
        ended_at=row.ended_at,
        answer=row.answer,
        failed_with=row.failed_with,
        failed_facts=row.failed_facts,
        led_to=row.led_to,
    )
