"""What somebody contests: an invoice that is not paid, or a payment at the bank (INV-5, PAY-10)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from abono.domain.payments.models import Attempt, Dispute
from abono.domain.payments.states import ATTEMPT, DISPUTE, DisputeState, State
from abono.domain.payments.types import DisputeInfo
from abono.kernel.money import Money
from abono.platform import events


def begin(
    dispute_id: UUID,
    *,
    invoice_id: UUID,
    customer_id: UUID,
    attempt_id: UUID | None,
    amount: Money,
    why: str,
    actor: str,
    now: datetime,
) -> DisputeInfo:
    """Write it down. `attempt_id` is of the payment that is contested. The caller holds the invoice, and moves it."""
    row = Dispute.objects.create(
        id=dispute_id,
        invoice_id=invoice_id,
        attempt_id=attempt_id,
        amount_minor=amount.minor,
        currency=amount.currency,
        why=why,
        opened_by=actor,
        opened_at=now,
    )
    _note("dispute.opened", row, customer_id, actor=actor, now=now, why=why)
    return _info(row)


def end(
    invoice_id: UUID, to: DisputeState, *, customer_id: UUID, why: str, actor: str, now: datetime
) -> DisputeInfo:
    """The open one of an invoice that is disputed. A payment that is lost pays for nothing any more. The caller holds the
    invoice, and moves it."""
    row = _whole().get(invoice_id=invoice_id, state=DisputeState.OPEN.value)
    DISPUTE.require(DisputeState(row.state), to)
    row.state, row.ended_at, row.ended_by, row.ended_why = to.value, now, actor, why
    row.save(update_fields=["state", "ended_at", "ended_by", "ended_why"])
    if to is DisputeState.LOST and row.attempt is not None:
        ATTEMPT.require(State(row.attempt.state), State.REVERSED)
        Attempt.objects.filter(id=row.attempt.id).update(state=State.REVERSED.value)
    _note(f"dispute.{to.value}", row, customer_id, actor=actor, now=now, why=why)
    return _info(row)


def find(dispute_id: UUID) -> DisputeInfo | None:
    row = _whole().filter(id=dispute_id).first()
    return None if row is None else _info(row)


def of_invoice(invoice_id: UUID) -> list[DisputeInfo]:
    """Newest first."""
    return [_info(row) for row in _whole().filter(invoice_id=invoice_id).order_by("-id")]


def knows(attempt_id: UUID) -> bool:
    """Whether a payment was ever contested, however that ended."""
    return Dispute.objects.filter(attempt_id=attempt_id).exists()


def _whole() -> QuerySet[Dispute]:
    return Dispute.objects.select_related("attempt__method")


def _note(name: str, row: Dispute, customer_id: UUID, *, actor: str, now: datetime, why: str) -> None:
    events.record(
        name=name,
        subject=("invoice", row.invoice_id),
        customer_id=customer_id,
        actor=actor,
        now=now,
        why=why,
        data={
            "dispute": row.public_id,
            "attempt": None if row.attempt_id is None else str(row.attempt_id),
            "amount_minor": row.amount_minor,
            "currency": row.currency,
        },
    )


def _info(row: Dispute) -> DisputeInfo:
    return DisputeInfo(
        id=row.id,
        public_id=row.public_id,
        invoice_id=row.invoice_id,
        attempt_id=row.attempt_id,
        gateway="" if row.attempt is None else row.attempt.method.gateway,
        amount=Money(row.amount_minor, row.currency),
        state=DisputeState(row.state),
        why=row.why,
        opened_by=row.opened_by,
        opened_at=row.opened_at,
        ended_at=row.ended_at,
        ended_why=row.ended_why,
    )
