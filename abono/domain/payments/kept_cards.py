"""What becomes of a card that is kept: its reserve, what a gateway says of it, and how long it is good (WAL-5, PAY-8)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from abono.domain.payments.errors import NoSuchMethod, ReserveInUse
from abono.domain.payments.models import Attempt, PaymentMethod
from abono.domain.payments.ports.port import CardDetails, Decline, Hint, Retry
from abono.domain.payments.queries import card as card_info
from abono.domain.payments.retries import after_answer
from abono.domain.payments.states import State
from abono.domain.payments.types import Card, last_day
from abono.kernel.periods import day_start
from abono.platform import agenda, events
from abono.platform.events import Personal
from abono.platform.queue import Lane

EXPIRES = agenda.Kind("card_expires", Lane.UPKEEP)  # the key says how many days before
DAYS_BEFORE = (30, 7)


def own(customer_id: UUID, method_id: UUID, *, once: bool = False) -> PaymentMethod:
    """A card of the customer, whom the caller holds. Raises NoSuchMethod."""
    known = PaymentMethod.objects.filter(id=method_id, customer_id=customer_id, once=once)
    method = known.filter(removed_at=None).first()
    if method is None:
        raise NoSuchMethod()
    return method


def reserve_card(*, customer_id: UUID, method_id: UUID | None, actor: str, now: datetime) -> Card | None:
    """Make this the card that is asked when the one in use is not any more (PAY-8); None: there is no such card any more. The
    caller holds the customer. Raises NoSuchMethod, ReserveInUse."""
    method = None if method_id is None else own(customer_id, method_id)
    if method is not None and method.in_use:
        raise ReserveInUse()
    before = PaymentMethod.objects.filter(customer_id=customer_id, reserve=True).first()
    if (None if before is None else before.id) == method_id:
        return None if method is None else card_info(method)
    for one, is_reserve in ((before, False), (method, True)):
        if one is not None:
            one.reserve = is_reserve
            one.save(update_fields=["reserve"])
            follow_expiry(one, now=now)
    tell_reserve(customer_id, before, method, actor=actor, now=now)
    return None if method is None else card_info(method)


def tell_reserve(
    customer_id: UUID,
    before: PaymentMethod | None,
    after: PaymentMethod | None,
    *,
    actor: str,
    now: datetime,
) -> None:
    """Record that another card is the reserve, or none."""
    either = after or before
    assert either is not None
    events.record(
        name="card.reserve",
        subject=("card", either.id),
        customer_id=customer_id,
        actor=actor,
        now=now,
        before={"card": None if before is None else str(before.id)},
        after={"card": None if after is None else str(after.id)},
        personal=Personal(
            None if before is None else personal_of(before), None if after is None else personal_of(after)
        ),
    )


def update_card(*, method_id: UUID, details: CardDetails, now: datetime) -> bool:
    """What a gateway says that is printed on a kept card by now (WAL-5). Whatever stopped it is gone with the old data, unless its
    holder ended what they had agreed to. The caller holds the customer. Returns whether it is another card than before."""
    method = PaymentMethod.objects.filter(id=method_id, removed_at=None, once=False).first()
    if method is None:
        return False
    facts, personal = facts_of(method), personal_of(method)
    method.brand, method.last4, method.holder = details.brand, details.last4, details.holder
    method.exp_month, method.exp_year = details.exp_month, details.exp_year
    if (facts, personal) == (facts_of(method), personal_of(method)):
        return False
    if method.stopped != Retry.MANDATE.value:
        method.stopped = ""
    method.renewed_at = now
    method.save()
    follow_expiry(method, now=now)
    events.record(
        name="card.updated",
        subject=("card", method.id),
        customer_id=method.customer_id,
        actor="system",
        now=now,
        before=facts,
        after=facts_of(method),
        personal=Personal(personal, personal_of(method)),
    )
    return True


def note_answer(method: PaymentMethod, state: State, decline: Decline | None, *, now: datetime) -> None:
    """Keep what an answer means for machines that would ask the card again (PAY-8). The caller holds the customer."""
    if method.once or state not in (State.PAID, State.DECLINED):
        return
    said_no = decline or Decline("", Hint.ISSUER, Retry.NEVER) if state is State.DECLINED else None
    stopped, ask_from = after_answer(card_info(method), said_no, now=now)
    if (stopped, ask_from) == (method.stopped, method.ask_from):
        return
    if stopped and stopped != method.stopped:
        events.record(
            name="card.stopped",
            subject=("card", method.id),
            customer_id=method.customer_id,
            actor="system",
            now=now,
            data={"why": stopped},
        )
    method.stopped, method.ask_from = stopped, ask_from
    method.save(update_fields=["stopped", "ask_from"])


def forget_declined(*, customer_id: UUID) -> list[tuple[str, str]]:
    """Take away the cards of somebody who never became a customer, with the charges that they declined (CON-9).

    Returns gateways and tokens to forget. The caller holds the customer, and made sure that no charge is open or paid.
    """
    cards = list(PaymentMethod.objects.filter(customer_id=customer_id))
    for row in Attempt.objects.filter(method__in=cards).order_by("id"):
        events.record(
            name="payment.declined",
            subject=("attempt", row.id),
            customer_id=customer_id,
            actor="system",
            now=row.decided_at or row.created_at,
            data={
                "amount_minor": row.amount_minor,
                "currency": row.currency,
                "reference": row.reference,
                "code": row.decline_code,
                "hint": row.decline_hint,
            },
        )
    Attempt.objects.filter(method__in=cards, state=State.DECLINED.value).delete()
    for card in cards:
        card.delete()
    return [(card.gateway, card.token) for card in cards]


def follow_expiry(method: PaymentMethod, *, now: datetime) -> None:
    """Have somebody told before a card expires that is in use or the reserve; of any other nobody is (WAL-5)."""
    customer, last = method.customer, last_day(method.exp_month, method.exp_year)
    for days in DAYS_BEFORE:
        at = day_start(last - timedelta(days=days), customer.time_zone)
        if (method.in_use or method.reserve) and at > now:
            agenda.note(
                EXPIRES,
                subject=method.id,
                key=str(days),
                customer_id=customer.id,
                sandbox=customer.sandbox,
                due_at=at,
                now=now,
            )
        else:
            agenda.withdraw(EXPIRES, subject=method.id, key=str(days))


def tells_today(card: Card, days: int, today: date) -> bool:
    """Whether what is said so many days before a card expires is still to be said: not when the next is due, nor once it has
    expired."""
    left = (card.last_day - today).days
    return max((one for one in DAYS_BEFORE if one < days), default=-1) < left <= days


def facts_of(method: PaymentMethod) -> dict[str, object]:
    return {"gateway": method.gateway, "brand": method.brand}


def personal_of(method: PaymentMethod) -> dict[str, object]:
    return {
        "last4": method.last4,
        "holder": method.holder,
        "expiry": f"{method.exp_year}-{method.exp_month:02}",
    }
