"""Money at a gateway that matches nothing here: kept once, shown to the seller, never applied silently (PAY-12)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from abono.domain.journal import actions as journal
from abono.domain.journal import rules as posts
from abono.domain.journal.types import Fact, NewEntry
from abono.domain.payments.errors import NoSuchMoney
from abono.domain.payments.models import Attempt, UnmatchedMoney
from abono.domain.payments.states import State, Why
from abono.domain.payments.types import Unmatched
from abono.kernel.money import Money
from abono.platform import events
from abono.platform.given import given

MENDED, REVERSED = "the gateway says the right sum now", "the gateway says that nothing was taken"
RETURNED = "the gateway says that all of it went back"
PAYS = "its invoice takes it now"


def keep(
    *, why: Why, gateway: str, key: str, reference: str, taken: Money, attempt: Attempt | None, real: datetime
) -> bool:
    """Write down money that matches nothing, once for each key and reason, and tell the record. Returns whether it is news."""
    row, new = UnmatchedMoney.objects.get_or_create(
        gateway=gateway,
        key=key[:120],
        why=why.value,
        defaults={
            "reference": reference[:120],
            "attempt": attempt,
            "amount_minor": taken.minor,
            "currency": taken.currency[:3],
            "found_at": real,
        },
    )
    if not new:
        return False
    _post_found(row, real=real)
    events.record(
        name="payment.unmatched",
        subject=("money", row.id),
        customer_id=None if attempt is None else attempt.method.customer_id,
        actor="system",
        now=real,
        data={
            "why": why.value,
            "gateway": gateway,
            "key": row.key,
            "taken_minor": taken.minor,
            "currency": row.currency,
            "asked_minor": None if attempt is None else attempt.amount_minor,
            "asked_currency": None if attempt is None else attempt.currency,
        },
    )
    return True


def close(*, money_id: UUID, how: str, actor: str, real: datetime) -> Unmatched:
    """Somebody looked at it and says what became of it. Raises NoSuchMoney, also for what is closed."""
    row = _open().filter(id=money_id).first()
    still_open = UnmatchedMoney.objects.filter(id=money_id, closed_at=None)
    if row is None or not still_open.update(closed_at=real, closed_how=how[:200]):
        raise NoSuchMoney()
    _post_returned(row, real=real)
    events.record(
        name="payment.matched",
        subject=("money", row.id),
        customer_id=None if row.attempt is None else row.attempt.method.customer_id,
        actor=actor,
        now=real,
        why=how[:200],
    )
    return _info(row)


def _post_found(row: UnmatchedMoney, *, real: datetime) -> None:
    """It stands in the books from now on: of nobody's invoice, or contested. Of a charge that paid, the sum that paid is
    there already."""
    attempt, taken = row.attempt, Money(row.amount_minor, row.currency)
    if row.why == Why.DISPUTED.value:
        fact, postings = Fact.MONEY_DISPUTED, posts.money_disputed(row.gateway, taken)
    else:
        paid = attempt if attempt is not None and row.why == Why.DIFFERS.value else None
        booked = None if paid is None or paid.state != State.PAID.value else _asked(paid)
        fact, postings = Fact.MONEY_FOUND, posts.money_found(row.gateway, taken, booked)
    journal.post(NewEntry(fact, row.id, _invoice(row), postings), now=real)


def _post_returned(row: UnmatchedMoney, *, real: datetime) -> None:
    if row.why == Why.DISPUTED.value:
        lost = posts.charged_back(row.gateway, Money(row.amount_minor, row.currency))
        journal.post(NewEntry(Fact.MONEY_RETURNED, row.id, _invoice(row), lost), now=real)
    else:
        journal.take_back(
            Fact.MONEY_FOUND, row.id, by=Fact.MONEY_RETURNED, invoice_id=_invoice(row), now=real
        )


def _invoice(row: UnmatchedMoney) -> UUID | None:
    return None if row.attempt is None else row.attempt.invoice_id


def _asked(attempt: Attempt) -> Money:
    return Money(attempt.amount_minor, attempt.currency)


def close_mended(attempt: Attempt, *, paid: bool, real: datetime) -> None:
    """The gateway says of an attempt what it should have said before: the right sum is paid, or nothing is."""
    for row in _open().filter(attempt=attempt, why=Why.DIFFERS.value):
        close(money_id=row.id, how=MENDED if paid else REVERSED, actor="system", real=real)


def close_returned(*, gateway: str, key: str, how: str = RETURNED, real: datetime) -> None:
    """The gateway says that money of nobody is with who sent it again; or `how` it is nobody's no more."""
    for row in _open().filter(gateway=gateway, key=key[:120], why=Why.NOBODY.value):
        close(money_id=row.id, how=how, actor="system", real=real)


def is_over(gateway: str, key: str) -> bool:
    """Whether somebody said what became of money of nobody: it pays nothing any more."""
    found = UnmatchedMoney.objects.filter(gateway=gateway, key=key[:120], why=Why.NOBODY.value)
    return found.exclude(closed_at=None).exists()


def came_from(customer_id: UUID) -> bool:
    """Whether money ever came with a card of the customer that matched nothing, also where it went back."""
    return UnmatchedMoney.objects.filter(attempt__method__customer_id=customer_id).exists()


def is_contested(attempt_id: UUID) -> bool:
    """Whether what this charge paid was kept because it is contested."""
    return UnmatchedMoney.objects.filter(attempt_id=attempt_id, why=Why.DISPUTED.value).exists()


def is_closed(attempt: Attempt) -> bool:
    """Whether somebody looked at money of another sum that came for this attempt."""
    found = UnmatchedMoney.objects.filter(attempt=attempt, why=Why.DIFFERS.value)
    return found.exclude(closed_at=None).exists()


def get(money_id: UUID) -> Unmatched:
    """Raises NoSuchMoney for what is not open."""
    row = _open().filter(id=money_id).first()
    if row is None:
        raise NoSuchMoney()
    return _info(row)


def open_money(*, customer_id: UUID | None = None, limit: int = 200) -> list[Unmatched]:
    """What waits for somebody to look at it, newest first; with `customer_id`, what came with a card of that customer."""
    found = _open().filter(**given(attempt__method__customer_id=customer_id))
    return [_info(row) for row in found.order_by("-found_at", "-id")[:limit]]


def open_count() -> int:
    return UnmatchedMoney.objects.filter(closed_at=None).count()


def _open() -> QuerySet[UnmatchedMoney]:
    return UnmatchedMoney.objects.select_related("attempt__method").filter(closed_at=None)


def _info(row: UnmatchedMoney) -> Unmatched:
    attempt = row.attempt
    return Unmatched(
        id=row.id,
        public_id=row.public_id,
        gateway=row.gateway,
        key=row.key,
        reference=row.reference,
        why=Why(row.why),
        taken=Money(row.amount_minor, row.currency),
        asked=None if attempt is None else _asked(attempt),
        attempt_id=row.attempt_id,
        invoice_id=_invoice(row),
        found_at=row.found_at,
    )
