"""What somebody contests: an invoice that is not paid, or a payment at the bank (INV-5, PAY-10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from abono.domain.payments.errors import NoSuchDispute, NothingToAnswer
from abono.domain.payments.models import Attempt, Dispute
from abono.domain.payments.states import ATTEMPT, DISPUTE, DisputeState, State
from abono.domain.payments.types import DisputeInfo
from abono.kernel.money import Money
from abono.platform import events
from abono.platform.given import given


@dataclass(frozen=True, slots=True)
class Contested:
    """Which payment is contested: a card's attempt, or a receipt of a slip or Pix; neither where the invoice was not paid.
    `answer_by` is the seller's day until which evidence has to be at the bank."""

    attempt_id: UUID | None = None
    receipt_id: UUID | None = None
    answer_by: date | None = None


def begin(
    dispute_id: UUID,
    *,
    invoice_id: UUID,
    customer_id: UUID,
    payment: Contested,
    amount: Money,
    why: str,
    actor: str,
    now: datetime,
) -> DisputeInfo:
    """Write it down. The caller holds the invoice, and moves it."""
    row = Dispute.objects.create(
        id=dispute_id,
        invoice_id=invoice_id,
        attempt_id=payment.attempt_id,
        receipt_id=payment.receipt_id,
        answer_by=payment.answer_by,
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


def answer(
    dispute_id: UUID, *, customer_id: UUID, evidence: str, answer_by: date | None, actor: str, now: datetime
) -> DisputeInfo:
    """What the seller says at the bank, and until when it has to be there; said otherwise it takes the place of what was said, the
    same again changes nothing. Raises NothingToAnswer for what is not open. The caller holds the invoice."""
    row = _open().filter(id=dispute_id).first()
    if row is None:
        raise NothingToAnswer()
    answer_by = answer_by or row.answer_by
    if (row.answer_by, row.evidence) == (answer_by, evidence):
        return _info(row)
    row.answer_by, row.evidence, row.evidence_by, row.evidence_at = answer_by, evidence, actor, now
    row.save(update_fields=["answer_by", "evidence", "evidence_by", "evidence_at"])
    _note("dispute.evidence", row, customer_id, actor=actor, now=now, why="")  # the customer reads events
    return _info(row)


def get(dispute_id: UUID, *, customer_id: UUID | None = None) -> DisputeInfo:
    """One; with `customer_id`, only if it is of that customer's (ACC-2). Raises NoSuchDispute."""
    row = _whole().filter(id=dispute_id, **given(invoice__customer_id=customer_id)).first()
    if row is None:
        raise NoSuchDispute()
    return _info(row)


def page(*, state: DisputeState | None, before: UUID | None, limit: int) -> list[DisputeInfo]:
    """All of them, newest first."""
    wanted = given(state=None if state is None else state.value, id__lt=before)
    return [_info(row) for row in _whole().filter(**wanted).order_by("-id")[:limit]]


def find(dispute_id: UUID) -> DisputeInfo | None:
    row = _whole().filter(id=dispute_id).first()
    return None if row is None else _info(row)


def of_invoice(invoice_id: UUID) -> list[DisputeInfo]:
    """Newest first."""
    return [_info(row) for row in _whole().filter(invoice_id=invoice_id).order_by("-id")]


def open_payments(*, contract_id: UUID | None = None, limit: int = 200) -> list[DisputeInfo]:
    """Payments that are contested at the bank now, the one that has to be answered first before others; of one contract, or
    of all."""
    whose = given(invoice__contract_id=contract_id)
    return [_info(row) for row in _open().filter(**whose).order_by("answer_by", "id")[:limit]]


def of_payment(*, attempt_id: UUID | None = None, receipt_id: UUID | None = None) -> DisputeInfo | None:
    """The newest dispute of a payment, however it ended; None where it was never contested."""
    found = _whole().filter(**given(attempt_id=attempt_id, receipt_id=receipt_id)).order_by("-id").first()
    return None if found is None else _info(found)


def _open() -> QuerySet[Dispute]:
    """Of payments."""
    paid = Q(attempt__isnull=False) | Q(receipt__isnull=False)
    return _whole().filter(paid, state=DisputeState.OPEN.value)


def _whole() -> QuerySet[Dispute]:
    return Dispute.objects.select_related("attempt__method", "receipt")


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
            **({} if row.receipt is None else {"receipt": row.receipt.public_id}),
            **({} if row.answer_by is None else {"answer_by": row.answer_by.isoformat()}),
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
        gateway=_gateway(row),
        amount=Money(row.amount_minor, row.currency),
        state=DisputeState(row.state),
        why=row.why,
        opened_by=row.opened_by,
        opened_at=row.opened_at,
        ended_at=row.ended_at,
        ended_why=row.ended_why,
        receipt_id=row.receipt_id,
        answer_by=row.answer_by,
        evidence=row.evidence,
        evidence_by=row.evidence_by,
        evidence_at=row.evidence_at,
    )


def _gateway(row: Dispute) -> str:
    """Which had the money; where somebody typed that it came, the way on which it did."""
    if row.attempt is not None:
        return row.attempt.method.gateway
    return "" if row.receipt is None else row.receipt.gateway or row.receipt.way
