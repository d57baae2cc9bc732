"""Money that goes back to whoever paid it (PAY-9): asked for once, done or failed by the gateway's word, or paid by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet, Sum

from abono.domain.payments.errors import NoSuchRefund, RefundNotFailed, TakenByItsBank
from abono.domain.payments.models import Attempt, Dispute, Receipt, Refund, UnmatchedMoney
from abono.domain.payments.queries import card
from abono.domain.payments.rules import LONGEST_REFERENCE
from abono.domain.payments.states import (
    NOT_GIVEN,
    REFUND,
    UNPAID,
    Because,
    DisputeState,
    RefundState,
    State,
    Way,
    Why,
)
from abono.domain.payments.types import Refundable, RefundInfo
from abono.kernel.ids import public, uuid7
from abono.kernel.money import Money
from abono.platform import agenda, events
from abono.platform.queue import Lane
from abono.platform.use_case import use_case

SEND = agenda.Kind("refund", Lane.GATEWAYS, real=True)
PAUSES = tuple(timedelta(seconds=s) for s in (5, 60, 300, 1800, 7200, 43_200))  # between questions


def ask(
    part: Refundable,
    *,
    because: Because,
    why: str = "",
    refund_id: UUID | None = None,
    actor: str,
    now: datetime,
    real: datetime,
) -> RefundInfo:
    """Write down what goes back, and let a worker ask whoever took it, in the caller's transaction; what no way leads back for
    is owed until somebody pays it. The caller holds the contract, and asks for no more than `left`."""
    row = Refund.objects.create(
        id=refund_id or uuid7(),
        attempt_id=part.attempt_id,
        receipt_id=part.receipt_id,
        state=(RefundState.ASKED if part.by_itself else RefundState.OWED).value,
        amount_minor=part.amount.minor,
        currency=part.amount.currency,
        because=because.value,
        asked_why=why,
        asked_by=actor,
        asked_at=now,
    )
    if part.by_itself:
        agenda.note(SEND, subject=row.id, customer_id=_customer(row), due_at=real, now=real)
    _record("refund.asked", row, actor=actor, now=now, why=why)
    return _info(row)


def left(invoice_ids: Collection[UUID]) -> list[Refundable]:
    """What can still go back of what paid these invoices, or came for them: cards first, then the newest. Nothing of what is
    contested at the bank, which gives it back itself; of what was kept as credit once nothing goes to the same card again."""
    contested = UnmatchedMoney.objects.filter(why=Why.DISPUTED.value, attempt__isnull=False)
    paid = Attempt.objects.filter(invoice_id__in=invoice_ids, state=State.PAID.value)
    paid = paid.exclude(id__in=contested.values("attempt_id")).select_related("method").order_by("-id")
    gone = dict(
        Refund.objects.filter(attempt__in=paid)
        .exclude(state=RefundState.AGAIN.value)
        .values_list("attempt_id")
        .annotate(minor=Sum("amount_minor"))
    )
    by_card = [
        Refundable(
            one.id,
            None,
            one.invoice_id,
            one.method.gateway,
            card(one.method).name,
            None,
            Money(one.amount_minor - gone.get(one.id, 0), one.currency),
        )
        for one in paid
    ]
    return [one for one in (*by_card, *_left_of_receipts(invoice_ids)) if one.amount.minor > 0]


def _left_of_receipts(invoice_ids: Collection[UUID]) -> list[Refundable]:
    """Of what came: neither fine and interest, nor what its bank took back, nor what is contested."""
    came = list(Receipt.objects.filter(invoice_id__in=invoice_ids, withdrawn_at=None).order_by("-id"))
    if not came:
        return []
    gone = Counter[UUID]()
    by_themselves = [one.id for one in came if one.way == Way.PIX.value]
    again = Q(state=RefundState.CREDITED.value) & ~Q(receipt_id__in=by_themselves)
    for row in Refund.objects.filter(receipt__in=came).exclude(again).exclude(state=RefundState.AGAIN.value):
        assert row.receipt_id is not None
        gone[row.receipt_id] += row.amount_minor
    contested = set[UUID]()
    for receipt_id, minor, state in Dispute.objects.filter(receipt__in=came).values_list(
        "receipt_id", "amount_minor", "state"
    ):
        if state == DisputeState.OPEN.value:
            contested.add(receipt_id)
        elif state == DisputeState.LOST.value:
            gone[receipt_id] += minor
    unmatched = UnmatchedMoney.objects.filter(why=Why.DISPUTED.value, key__in=[one.reference for one in came])
    looked_at = set(unmatched.values_list("gateway", "key"))
    return [
        Refundable(
            None,
            one.id,
            one.invoice_id,
            _account(one),
            "",
            Way(one.way),
            Money(one.amount_minor - one.late_minor - gone[one.id], one.currency),
        )
        for one in came
        if one.id not in contested and (one.gateway, one.reference) not in looked_at
    ]


def of_receipt(receipt_id: UUID, currency: str) -> Money:
    """What went back of a receipt by itself as we asked for it, or may have gone."""
    ours = Refund.objects.filter(
        receipt_id=receipt_id, state__in=[RefundState.ASKED.value, RefundState.DONE.value]
    )
    return Money(sum(ours.values_list("amount_minor", flat=True)), currency)


def goes_back(receipt_id: UUID) -> bool:
    """Whether anything of it goes back, or went."""
    return _live().filter(receipt_id=receipt_id).exists()


def of_invoice_part(one: RefundInfo) -> Money:
    """What of a refund that is done was paid for its invoice: what had come of it beyond that was credit from the first day."""
    if one.receipt_id is None:
        return one.amount
    receipt = Receipt.objects.get(id=one.receipt_id)
    gone = Refund.objects.filter(
        receipt_id=receipt.id, state__in=[RefundState.DONE.value, RefundState.PAID_OUT.value]
    )
    before = sum(gone.exclude(id=one.id).values_list("amount_minor", flat=True)) - receipt.credit_minor
    return Money(max(before + one.amount.minor, 0) - max(before, 0), one.amount.currency)


def asked_of(invoice_id: UUID) -> int:
    """Minor units that go back of an invoice in all, or went."""
    found = _live().filter(id__in=_ids(invoice_id=invoice_id))
    return sum(found.values_list("amount_minor", flat=True))


def _live() -> QuerySet[Refund]:
    return Refund.objects.exclude(state__in=[one.value for one in NOT_GIVEN])


def _ids(**of: Any) -> QuerySet[Refund, UUID]:
    """Of the payments that are so, each by the index of its kind."""
    by_card = Refund.objects.filter(**{f"attempt__{name}": value for name, value in of.items()})
    received = Refund.objects.filter(**{f"receipt__{name}": value for name, value in of.items()})
    return by_card.values_list("id", flat=True).union(received.values_list("id", flat=True), all=True)


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
    agenda.note(SEND, subject=row.id, customer_id=_customer(row), due_at=real + pause, now=real)


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
    _record(f"refund.{to.value}", row, actor=actor, now=now)
    return _info(row)


def ask_again(refund_id: UUID, *, actor: str, now: datetime, real: datetime) -> RefundInfo:
    """One that failed is asked for once more, as a refund of its own: of the old one the gateway says what it said. The
    caller holds its invoice. Raises RefundNotFailed."""
    row = _failed(refund_id, RefundState.FAILED)
    before = _info(row)
    part = Refundable(
        before.attempt_id,
        before.receipt_id,
        before.invoice_id,
        before.gateway,
        before.card,
        before.came,
        before.amount,
    )
    because = before.because or Because.OTHER
    anew = ask(part, because=because, why=before.asked_why, actor=actor, now=now, real=real)
    row.again = anew.id
    _close(row, RefundState.AGAIN, actor=actor, now=now)
    return anew


def pay_out(refund_id: UUID, *, way: Way, reference: str, why: str, actor: str, now: datetime) -> RefundInfo:
    """One that failed, or that no way leads back for, was paid by hand. The caller holds its invoice. Raises RefundNotFailed,
    TakenByItsBank."""
    row = _failed(refund_id)
    _require_ours(row)
    row.way, row.reference, row.why = way.value, reference, why
    return _close(row, RefundState.PAID_OUT, actor=actor, now=now)


def keep_as_credit(refund_id: UUID, *, why: str, actor: str, now: datetime) -> RefundInfo:
    """The same stays credit. The caller holds its invoice. Raises RefundNotFailed, TakenByItsBank."""
    row = _failed(refund_id)
    _require_ours(row)
    row.why = why
    return _close(row, RefundState.CREDITED, actor=actor, now=now)


def get(refund_id: UUID, *, customer_id: UUID | None = None) -> RefundInfo:
    """One; with `customer_id`, only if it goes to that customer (ACC-2). Raises NoSuchRefund."""
    row = _whole().filter(id=refund_id).first()
    if row is None or customer_id not in (None, _customer(row)):
        raise NoSuchRefund()
    return _info(row)


def is_there(refund_id: UUID, *, invoice_id: UUID) -> bool:
    """Whether an invoice has it."""
    row = _whole().filter(id=refund_id).first()
    return row is not None and _info(row).invoice_id == invoice_id


def _failed(refund_id: UUID, *states: RefundState) -> Refund:
    wanted = [one.value for one in states or UNPAID]
    row = _whole().filter(id=refund_id, state__in=wanted).first()
    if row is None:
        raise RefundNotFailed()
    return row


def _require_ours(row: Refund) -> None:
    """What its bank took or asks for beside what the invoice bears is looked at first. Raises TakenByItsBank."""
    receipt = row.receipt
    if receipt is not None and UnmatchedMoney.objects.filter(
        gateway=receipt.gateway, key=receipt.reference, why=Why.DISPUTED.value, closed_at=None
    ):
        raise TakenByItsBank()


_SAID = {
    RefundState.AGAIN: "refund.asked_again",
    RefundState.PAID_OUT: "refund.paid_out",
    RefundState.CREDITED: "refund.credited",
}


def _close(row: Refund, to: RefundState, *, actor: str, now: datetime) -> RefundInfo:
    REFUND.require(RefundState(row.state), to)
    row.state, row.decided_at = to.value, now
    row.save(update_fields=["state", "decided_at", "again", "way", "reference", "why"])
    _record(_SAID[to], row, actor=actor, now=now, why=row.why)
    return _info(row)


def of_invoices(invoice_ids: Collection[UUID]) -> list[RefundInfo]:
    """Newest first."""
    found = _whole().filter(id__in=_ids(invoice_id__in=list(invoice_ids)))
    return [_info(row) for row in found.order_by("-id")]


def unpaid(customer_id: UUID) -> list[RefundInfo]:
    """What did not go back by itself and is owed to a customer, newest first."""
    theirs = _ids(invoice__customer_id=customer_id)
    found = _whole().filter(id__in=theirs, state__in=[one.value for one in UNPAID])
    return [_info(row) for row in found.order_by("-id")]


def _whole() -> QuerySet[Refund]:
    return Refund.objects.select_related("attempt__method", "receipt__invoice")


def _account(receipt: Receipt | None) -> str:
    """The detail of the clearing account into which it came."""
    return "" if receipt is None else receipt.gateway or receipt.way


def _customer(row: Refund) -> UUID:
    if row.attempt is not None:
        return row.attempt.method.customer_id
    assert row.receipt is not None
    return row.receipt.invoice.customer_id


def _record(name: str, row: Refund, *, actor: str, now: datetime, why: str = "") -> None:
    events.record(
        name=name,
        subject=("refund", row.id),
        customer_id=_customer(row),
        actor=actor,
        now=now,
        why=why,
        data={
            **({} if row.attempt_id is None else {"attempt": str(row.attempt_id)}),
            **({} if row.receipt_id is None else {"receipt": public("rcp", row.receipt_id)}),
            "because": row.because,
            "amount_minor": row.amount_minor,
            "currency": row.currency,
            "code": row.code,
        },
    )


def _info(row: Refund) -> RefundInfo:
    attempt, receipt = row.attempt, row.receipt
    paid = attempt or receipt
    assert paid is not None
    return RefundInfo(
        id=row.id,
        public_id=row.public_id,
        attempt_id=row.attempt_id,
        receipt_id=row.receipt_id,
        invoice_id=paid.invoice_id,
        customer_id=_customer(row),
        gateway=attempt.method.gateway if attempt else _account(receipt),
        paid=paid.reference,
        card=card(attempt.method).name if attempt else "",
        came=None if receipt is None else Way(receipt.way),
        amount=Money(row.amount_minor, row.currency),
        state=RefundState(row.state),
        code=row.code,
        sent=row.sent,
        asked_at=row.asked_at,
        decided_at=row.decided_at,
        because=Because(row.because) if row.because else None,
        asked_why=row.asked_why,
        way=Way(row.way) if row.way else None,
        reference=row.reference,
        why=row.why,
    )
