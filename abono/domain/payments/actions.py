from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError

from abono.domain.payments import unmatched
from abono.domain.payments.errors import (
    CardDeclined,
    LastCard,
    NoCard,
    PaymentUnderWay,
    WalletFull,
)
from abono.domain.payments.kept_cards import (
    facts_of,
    follow_expiry,
    note_answer,
    own,
    personal_of,
    reserve_card,
    tell_reserve,
)
from abono.domain.payments.models import Attempt, GatewayEvent, PaymentMethod
from abono.domain.payments.ports import port
from abono.domain.payments.ports.port import CardDetails, ChargeReply, Hint
from abono.domain.payments.queries import A_CHARGE, IN_USE
from abono.domain.payments.queries import attempt as attempt_info
from abono.domain.payments.queries import card as card_info
from abono.domain.payments.rules import LONGEST_REFERENCE, WALLET_LIMIT, challenge, heard, wallet_is_full
from abono.domain.payments.states import ATTEMPT, LIVE, OPEN, UNDECIDED, State, Why
from abono.domain.payments.types import AttemptInfo, Card
from abono.kernel.moment import Moment
from abono.kernel.money import Money
from abono.platform import agenda, events
from abono.platform.events import Personal
from abono.platform.models import Due
from abono.platform.queue import Lane
from abono.platform.running import purge
from abono.platform.use_case import use_case

ASK = agenda.Kind("ask_gateway", Lane.GATEWAYS, real=True)  # what became of an attempt
SEND = agenda.Kind("send_charge", Lane.GATEWAYS, real=True)  # a charge for which no thread was free
NEWS = agenda.Kind("hear_gateway", Lane.GATEWAYS, real=True)  # an event that was kept
NEWS_KEPT = timedelta(days=180)  # gateways tell the same again for days, not for months
IF_WE_DIE = timedelta(minutes=1)  # after a charge was sent: somebody else asks what became of it
PAUSES = tuple(  # between questions to a gateway about an unclear answer
    timedelta(seconds=s) for s in (5, 15, 40, 60, 60, 300, 300, 1800, 7200, 43_200)
)


def save_card(
    *,
    customer_id: UUID,
    gateway: str,
    details: CardDetails,
    use: bool,
    actor: str,
    now: datetime,
    instead_of: UUID | None = None,
) -> Card:
    """Put a verified card in the wallet; the first one is used at once.

    instead_of   a card that the caller removes with it: this one is used, or the reserve, where that one was

    The same card saved again is the same card; one that was removed must be typed again. The caller holds
    the customer's row. Raises WalletFull (WAL-4), CardDeclined, NoSuchMethod.
    """
    known = PaymentMethod.objects.filter(gateway=gateway, token=details.token).first()
    if known is not None:
        if known.customer_id != customer_id or known.removed_at is not None:
            raise CardDeclined(Hint.NUMBER.value)
        if use:
            return use_card(customer_id=customer_id, method_id=known.id, actor=actor, now=now)
        return card_info(known)
    leaving = None if instead_of is None else own(customer_id, instead_of)
    kept = list(PaymentMethod.objects.filter(customer_id=customer_id, removed_at=None, once=False))
    if wallet_is_full(len(kept) - (leaving is not None)):
        raise WalletFull(WALLET_LIMIT)
    method = PaymentMethod(
        customer_id=customer_id,
        gateway=gateway,
        token=details.token,
        brand=details.brand,
        last4=details.last4,
        holder=details.holder,
        exp_month=details.exp_month,
        exp_year=details.exp_year,
        saved_at=now,
    )
    events.record(
        name="card.saved",
        subject=("card", method.id),
        customer_id=customer_id,
        actor=actor,
        now=now,
        after=facts_of(method),
        personal=Personal(after=personal_of(method)),
    )
    if use or not kept or (leaving is not None and leaving.in_use):
        _use(method, kept, actor=actor, now=now)
    method.save(force_insert=True)
    if leaving is not None and leaving.reserve and not method.in_use:
        reserve_card(customer_id=customer_id, method_id=method.id, actor=actor, now=now)
        method.reserve = True
    return card_info(method)


def note_once(*, customer_id: UUID, gateway: str, details: CardDetails, now: datetime) -> UUID:
    """Write down a card that was typed to pay one invoice of the customer: no wallet has it, and its holder is not kept.

    The same token again is the same card. The caller holds the customer's row. Raises CardDeclined for one that is
    somebody's.
    """
    method, _new = PaymentMethod.objects.get_or_create(
        gateway=gateway,
        token=details.token,
        defaults={
            "customer_id": customer_id,
            "brand": details.brand,
            "last4": details.last4,
            "holder": "",
            "exp_month": details.exp_month,
            "exp_year": details.exp_year,
            "once": True,
            "saved_at": now,
        },
    )
    if method.customer_id != customer_id or not method.once:
        raise CardDeclined(Hint.NUMBER.value)
    return method.id


def forget_once(*, method_id: UUID, now: datetime) -> tuple[str, str] | None:
    """A card that was typed to pay one invoice has done so, or could not. Returns the gateway and the token to forget;
    None for any other card. The caller holds the invoice."""
    method = PaymentMethod.objects.filter(id=method_id, once=True, removed_at=None).first()
    if method is None:
        return None
    method.removed_at = now
    method.save(update_fields=["removed_at"])
    return method.gateway, method.token


def use_card(*, customer_id: UUID, method_id: UUID, actor: str, now: datetime) -> Card:
    """Make this the card that pays for the contract (WAL-3). Raises NoSuchMethod."""
    method = own(customer_id, method_id)
    if not method.in_use:
        _use(method, PaymentMethod.objects.filter(customer_id=customer_id, in_use=True), actor=actor, now=now)
        method.save(update_fields=["in_use", "reserve"])
    return card_info(method)


def _use(method: PaymentMethod, cards: Iterable[PaymentMethod], *, actor: str, now: datetime) -> None:
    """Instead of the one of these that is; the caller saves it."""
    other = next((one for one in cards if one.in_use), None)
    if other is not None:
        other.in_use = False
        other.save(update_fields=["in_use"])
        follow_expiry(other, now=now)
    if method.reserve:
        tell_reserve(method.customer_id, method, None, actor=actor, now=now)
    method.in_use, method.reserve = True, False
    follow_expiry(method, now=now)
    events.record(
        name="card.in_use",
        subject=("card", method.id),
        customer_id=method.customer_id,
        actor=actor,
        now=now,
        before=None if other is None else {"card": str(other.id)},
        after={"card": str(method.id)},
        personal=Personal(None if other is None else personal_of(other), personal_of(method)),
    )


def remove_card(*, customer_id: UUID, method_id: UUID, actor: str, now: datetime) -> tuple[str, str]:
    """Take a card out of the wallet; the one in use stays (WAL-4). Returns the gateway and the token to forget.

    Raises NoSuchMethod, LastCard, PaymentUnderWay.
    """
    method = own(customer_id, method_id)
    if method.in_use:
        raise LastCard()
    if Attempt.objects.filter(method=method, state__in=[s.value for s in UNDECIDED]).exists():
        raise PaymentUnderWay()
    method.removed_at, method.reserve = now, False
    method.save(update_fields=["removed_at", "reserve"])
    follow_expiry(method, now=now)
    events.record(
        name="card.removed",
        subject=("card", method.id),
        customer_id=customer_id,
        actor=actor,
        now=now,
        before=facts_of(method),
        personal=Personal(personal_of(method)),
    )
    return method.gateway, method.token


def start_attempt(
    *,
    invoice_id: UUID,
    customer_id: UUID,
    method_id: UUID | None,
    once: bool,
    amount: Money,
    off_session: bool,
    moment: Moment,
) -> AttemptInfo:
    """Write down that we are about to ask for the money.

    method_id   None for the card in use
    once        with a card that was typed for this, not with one of the wallet

    At most one attempt of an invoice is live: while one is open or paid there is no other (PAY-7).
    Raises NoCard, NoSuchMethod, and PaymentUnderWay, after which the caller's transaction can only be given up.
    """
    method = _in_use(customer_id) if method_id is None else own(customer_id, method_id, once=once)
    try:
        row = Attempt.objects.create(
            invoice_id=invoice_id,
            method=method,
            amount_minor=amount.minor,
            currency=amount.currency,
            off_session=off_session,
            created_at=moment.real,
            tried_at=moment.now,
        )
    except IntegrityError as taken:
        raise PaymentUnderWay() from taken
    _ask_at(row, moment.real + IF_WE_DIE, real=moment.real)
    return attempt_info(row)


@use_case
def send_later(*, attempt_id: UUID, real: datetime) -> None:
    """Nobody is free to wait for the gateway: a worker sends the charge, at once."""
    row = Attempt.objects.select_related("method").get(id=attempt_id)
    agenda.note(SEND, subject=row.id, customer_id=row.method.customer_id, due_at=real, now=real)


def hear(
    *, attempt_id: UUID, reply: ChargeReply, owed: Money, moment: Moment
) -> tuple[AttemptInfo, AttemptInfo | None]:
    """Apply what the gateway says of an attempt. Returns it as it was, and as it is when this decided it, else None.

    owed   of its invoice, now

    The caller holds the invoice. The same answer again, or an older one, changes nothing: states only move forward. Money that comes
    after the charge was given up counts too: as the payment, or as surplus where another attempt pays or something else
    is owed by now (INV-4). Another sum than was asked for is kept for the seller to look at and pays for nothing (PAY-12).
    """
    row, real = A_CHARGE.sole(id=attempt_id), moment.real
    if row is None:
        raise Attempt.DoesNotExist
    before = attempt_info(row)
    target = heard(reply, before.amount)
    if reply.reference and len(reply.reference) <= LONGEST_REFERENCE:
        row.reference = reply.reference
    if target is State.UNKNOWN:
        if State(row.state) in OPEN:
            row.challenge_url = challenge(reply) or row.challenge_url
            _still_unclear(row, real)
        return before, None
    given_up = State(row.state) in (State.DECLINED, State.LOST)
    if target in (State.PAID, State.DIFFERS) and given_up and not _wanted(row, owed):
        target = State.SURPLUS
    if target is State.DIFFERS and unmatched.is_closed(row):
        return before, None  # somebody looked at that money: it decides nothing a second time
    if target is State.DIFFERS and State(row.state) is not State.SURPLUS:
        _keep_unmatched(row, Why.DIFFERS, reply.amount, real=real)
    if not ATTEMPT.allows(State(row.state), target):
        return before, None
    row.state = target.value
    row.decided_at = real
    row.challenge_url = ""
    if reply.decline is not None:
        row.decline_code = reply.decline.code[:60]
        row.decline_hint = reply.decline.hint.value
        row.decline_retry = reply.decline.retry.value
    row.save()
    note_answer(row.method, target, reply.decline, now=moment.now)
    agenda.withdraw(ASK, subject=row.id)
    if target is State.SURPLUS:
        _keep_unmatched(row, Why.SURPLUS, reply.amount, real=real)
    elif before.state is State.DIFFERS:
        unmatched.close_mended(row, paid=target is State.PAID, real=real)
    return before, attempt_info(row)


def keep_surplus(*, attempt_id: UUID, real: datetime) -> None:
    """Money came for what is not waited for any more: the seller sees it. The caller holds the invoice."""
    row = Attempt.objects.select_related("method").get(id=attempt_id)
    _keep_unmatched(row, Why.SURPLUS, None, real=real)


def keep_contested(*, attempt_id: UUID, real: datetime) -> bool:
    """What a charge paid is contested at the bank, and no dispute can be opened of it: the seller sees it. The caller holds the
    invoice. Returns whether it is news."""
    row = Attempt.objects.select_related("method").get(id=attempt_id)
    return _keep_unmatched(row, Why.DISPUTED, None, real=real)


def give_up_differing(*, attempt_id: UUID, real: datetime) -> None:
    """The seller has sent back the money of an attempt at which another sum was taken: it pays for nothing, and the
    invoice can be paid anew. The caller holds the invoice. Nothing where the gateway has decided meanwhile.
    """
    attempts = Attempt.objects.filter(id=attempt_id, state=State.DIFFERS.value)
    attempts.update(state=State.DECLINED.value, decided_at=real)


def _keep_unmatched(row: Attempt, why: Why, taken: Money | None, *, real: datetime) -> bool:
    """Money of an attempt that pays for nothing here waits for the seller to look at it."""
    return unmatched.keep(
        why=why,
        gateway=row.method.gateway,
        key=str(row.id),
        reference=row.reference,
        taken=taken or Money(row.amount_minor, row.currency),
        attempt=row,
        real=real,
    )


def _still_unclear(row: Attempt, real: datetime) -> None:
    """Ask again after a pause. Pauses grow with our own questions, not with what the gateway sends unasked."""
    before = agenda.find(ASK.name, subject=row.id)
    if row.state == State.CREATED.value or before is None or before.lease is not None:
        _ask_at(row, real + PAUSES[min(row.asked, len(PAUSES) - 1)], real=real)
        row.asked += 1
    row.state = State.UNKNOWN.value
    row.save(update_fields=["state", "reference", "asked", "challenge_url"])


def _ask_at(row: Attempt, moment: datetime, *, real: datetime) -> None:
    agenda.note(ASK, subject=row.id, customer_id=row.method.customer_id, due_at=moment, now=real)


def _wanted(row: Attempt, owed: Money) -> bool:
    """Whether what an attempt asked for is what its invoice asks for still, and no other attempt pays it, or may."""
    if Money(row.amount_minor, row.currency) != owed:
        return False
    others = Attempt.objects.filter(invoice_id=row.invoice_id, state__in=[s.value for s in LIVE])
    return not others.exclude(id=row.id).exists()


@use_case
def keep_news(*, gateway: str, news: Sequence[port.GatewayEvent], body: str, real: datetime) -> None:
    """Keep what a gateway told us, each event once, and let somebody act on those that name a key or money. What could not be
    understood is parked: a person has to look at it."""
    for event in news:
        row, new = GatewayEvent.objects.get_or_create(
            gateway=gateway,
            event_id=event.id,
            defaults={
                "kind": event.kind[:60],
                "key": (event.key or "")[:120],
                "received": (event.received or "")[:120],
                "body": body.replace("\x00", "\ufffd"),
                "received_at": real,
            },
        )
        if new and not event.kind:
            agenda.park(NEWS, subject=row.id, reason=f"{gateway} sent what cannot be understood")
        elif new and (row.key or row.received):
            agenda.note(NEWS, subject=row.id, due_at=real, now=real)


def forget_old_news(*, now: datetime) -> int:
    """Remove what was acted on and is so old that no gateway tells it again. Returns how many rows."""
    waiting = Due.objects.filter(kind=NEWS.name).values("subject")
    return purge.rows(
        "news of gateways",
        GatewayEvent.objects.filter(received_at__lt=now - NEWS_KEPT).exclude(id__in=waiting),
    )


def _in_use(customer_id: UUID) -> PaymentMethod:
    """The card that pays where none is named. Raises NoCard."""
    method = IN_USE.sole(customer=customer_id)
    if method is None:
        raise NoCard()
    return method
