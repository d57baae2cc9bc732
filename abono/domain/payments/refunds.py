"""Money that goes back to the cards that paid it (PAY-9): asked for once, done or failed by the gateway's word."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, QuerySet, Sum
from django.db.models.functions import Coalesce

from abono.domain.payments.errors import NoSuchRefund, RefundNotFailed
from abono.domain.payments.models import Attempt, Refund, UnmatchedMoney
from abono.domain.payments.queries import card
from abono.domain.payments.rules import LONGEST_REFERENCE
from abono.domain.payments.states import REFUND, RefundState, State, Way, Why
from abono.domain.payments.types import RefundInfo
from abono.kernel.money import Money
from abono.platform import agenda, events
from abono.platform.given import given
from abono.platform.queue import Lane
from abono.platform.use_case import use_case

SEND = agenda.Kind("refund", Lane.GATEWAYS, real=True)
PAUSES = tuple(timedelta(seconds=s) for s in (5, 60, 300, 1800, 7200, 43_200))  # between questions


def ask(*, attempt_id: UUID, amount: Money, actor: str, now: datetime, real: datetime) -> RefundInfo:
    """Write down what goes back, and let a worker ask the gateway for it, in the caller's transaction. The caller holds the
    contract, and asks for no more than `left`."""
    attempt = Attempt.objects.select_related("method").get(id=attempt_id)
    row = Refund.objects.create(
        attempt=attempt,
        amount_minor=amount.minor,
        currency=amount.currency,
        asked_by=actor,
        asked_at=now,
    )
    customer_id = attempt.method.customer_id
    agenda.note(SEND, subject=row.id, customer_id=customer_id, due_at=real, now=real)
    _record("refund.asked", row, customer_id, actor=actor, now=now)
    return _info(row)


def left(invoice_ids: Collection[UUID]) -> list[tuple[UUID, UUID, str, Money]]:
    """What can still go back of the charges that paid these invoices: attempt, invoice, gateway and amount, the newest
    first. Nothing of one that is contested at the bank, which gives it back itself."""
    contested = UnmatchedMoney.objects.filter(why=Why.DISPUTED.value, attempt__isnull=False)
    paid = Attempt.objects.filter(invoice_id__in=invoice_ids, state=State.PAID.value)
    paid = paid.exclude(id__in=contested.values("attempt_id")).select_related("method").order_by("-id")
    gone: dict[UUID, int] = dict(
        Refund.objects.filter(attempt__in=paid)
        .exclude(state=RefundState.AGAIN.value)
        .values_list("attempt_id")
        .annotate(minor=Coalesce(Sum("amount_minor"), 0))
    )
    rest = [(one, one.amount_minor - gone.get(one.id, 0)) for one in paid]
    return [
        (one.id, one.invoice_id, one.method.gateway, Money(minor, one.currency))
        for one, minor in rest
        if minor > 0
    ]


@use_case
def note_sent(refund_id: UUID) -> RefundInfo | None:
    """Somebody is about to speak with the gateway. Returns it as it was before; None where it is decided."""
    asked = Refund.objects.filter(id=refund_id, state=RefundState.ASKED.value)
    if not asked.update(sent=F("sent") + 1):
        return None
    now = _info(_whole().get(id=refund_id))
    return replace(now, sent=now.sent - 1)


def again(refund_id: UUID, *, real: datetime) -> None:
    """No clear answer: the gateway is asked once more after a pause. The caller holds its invoice."""
    row = _whole().get(id=refund_id)
    pause = PAUSES[min(row.sent, len(PAUSES)) - 1]
    agenda.note(
        SEND, subject=row.id, customer_id=row.attempt.method.customer_id, due_at=real + pause, now=real
    )


def decide(
    refund_id: UUID, to: RefundState, *, reference: str = "", code: str = "", actor: str, now: datetime
) -> RefundInfo | None:
    """How it ended. The caller holds its invoice. Returns it; None where it was decided before."""
    row = _whole().get(id=refund_id)
    if not REFUND.allows(RefundState(row.state), to):
        return None
    row.state, row.code, row.decided_at = to.value, code[:60], now
    row.reference = reference if len(reference) <= LONGEST_REFERENCE else ""
    row.save(update_fields=["state", "code", "decided_at", "reference"])
    agenda.withdraw(SEND, subject=row.id)
    _record(f"refund.{to.value}", row, row.attempt.method.customer_id, actor=actor, now=now)
    return _info(row)


def ask_again(refund_id: UUID, *, actor: str, now: datetime, real: datetime) -> RefundInfo:
    """One that failed is asked for once more, as a refund of its own: of the old one the gateway says what it said. The
    caller holds its invoice. Raises RefundNotFailed."""
    row = _failed(refund_id)
    amount = Money(row.amount_minor, row.currency)
    anew = ask(attempt_id=row.attempt_id, amount=amount, actor=actor, now=now, real=real)
    row.again = anew.id
    _close(row, RefundState.AGAIN, actor=actor, now=now)
    return anew


def pay_out(refund_id: UUID, *, way: Way, reference: str, why: str, actor: str, now: datetime) -> RefundInfo:
    """One that failed was paid otherwise. The caller holds its invoice. Raises RefundNotFailed."""
    row = _failed(refund_id)
    row.way, row.reference, row.why = way.value, reference, why
    return _close(row, RefundState.PAID_OUT, actor=actor, now=now)


def keep_as_credit(refund_id: UUID, *, why: str, actor: str, now: datetime) -> RefundInfo:
    """One that failed stays credit. The caller holds its invoice. Raises RefundNotFailed."""
    row = _failed(refund_id)
    row.why = why
    return _close(row, RefundState.CREDITED, actor=actor, now=now)


def get(refund_id: UUID, *, customer_id: UUID | None = None) -> RefundInfo:
    """One; with `customer_id`, only if it goes to that customer (ACC-2). Raises NoSuchRefund."""
    row = _whole().filter(id=refund_id, **given(attempt__method__customer_id=customer_id)).first()
    if row is None:
        raise NoSuchRefund()
    return _info(row)


def _failed(refund_id: UUID) -> Refund:
    row = _whole().filter(id=refund_id, state=RefundState.FAILED.value).first()
    if row is None:
        raise RefundNotFailed()
    return row


_SAID = {
    RefundState.AGAIN: "refund.asked_again",
    RefundState.PAID_OUT: "refund.paid_out",
    RefundState.CREDITED: "refund.credited",
}


def _close(row: Refund, to: RefundState, *, actor: str, now: datetime) -> RefundInfo:
    REFUND.require(RefundState(row.state), to)
    row.state, row.decided_at = to.value, now
    row.save(update_fields=["state", "decided_at", "again", "way", "reference", "why"])
    _record(_SAID[to], row, row.attempt.method.customer_id, actor=actor, now=now, why=row.why)
    return _info(row)


def of_invoices(invoice_ids: Collection[UUID]) -> list[RefundInfo]:
    """Newest first."""
    found = _whole().filter(attempt__invoice_id__in=invoice_ids)
    return [_info(row) for row in found.order_by("-id")]


def failed(customer_id: UUID) -> list[RefundInfo]:
    """What did not go back and is owed to a customer, newest first."""
    found = _whole().filter(attempt__method__customer_id=customer_id, state=RefundState.FAILED.value)
    return [_info(row) for row in found.order_by("-id")]


def _whole() -> QuerySet[Refund]:
    return Refund.objects.select_related("attempt__method")


def _record(name: str, row: Refund, customer_id: UUID, *, actor: str, now: datetime, why: str = "") -> None:
    events.record(
        name=name,
        subject=("refund", row.id),
        customer_id=customer_id,
        actor=actor,
        now=now,
        why=why,
        data={
            "attempt": str(row.attempt_id),
            "amount_minor": row.amount_minor,
            "currency": row.currency,
            "code": row.code,
        },
    )


def _info(row: Refund) -> RefundInfo:
    attempt = row.attempt
    return RefundInfo(
        id=row.id,
        public_id=row.public_id,
        attempt_id=attempt.id,
        invoice_id=attempt.invoice_id,
        customer_id=attempt.method.customer_id,
        gateway=attempt.method.gateway,
        charge_reference=attempt.reference,
        card=card(attempt.method).name,
        amount=Money(row.amount_minor, row.currency),
        state=RefundState(row.state),
        code=row.code,
        sent=row.sent,
        asked_at=row.asked_at,
        decided_at=row.decided_at,
        way=Way(row.way) if row.way else None,
        reference=row.reference,
        why=row.why,
    )
