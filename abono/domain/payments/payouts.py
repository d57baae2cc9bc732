"""What gateways pay out to accounts of ours, and what they keep of it; and what leaves those for money that was paid back
without a gateway: so clearing accounts return to zero (PAY-13)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection

from abono.domain.journal import actions as journal
from abono.domain.journal import queries as books
from abono.domain.journal import rules as posts
from abono.domain.journal.types import Account, Fact, NewEntry, Which
from abono.domain.payments.errors import (
    NoSuchPayout,
    NothingPaidOut,
    PayoutAhead,
    PayoutKnown,
    PayoutTooMuch,
    PayoutWithdrawn,
    SentTooMuch,
)
from abono.domain.payments.models import Payout
from abono.domain.payments.states import Way
from abono.domain.payments.types import PayoutInfo
from abono.domain.settings import queries as settings
from abono.domain.settings.known import SELLER_TIME_ZONE
from abono.kernel.money import Money
from abono.kernel.periods import local_date
from abono.platform import events
from abono.platform.given import given
from abono.platform.sole import sole
from abono.platform.use_case import use_case

_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('abono:payouts ' || %s, 0))"


@dataclass(frozen=True, slots=True)
class NewPayout:
    """gateway     the detail of the clearing account from which it comes
    reference   the gateway's own number of it, or the bank's
    arrived     in an account of ours, on the day `paid_on` of the seller; below zero it left that account, fees included
    fees        what was kept of it before, or what sending it cost; in the same currency
    """

    gateway: str
    reference: str
    arrived: Money
    fees: Money
    paid_on: date

    @property
    def whole(self) -> Money:
        return self.arrived + self.fees


def sources() -> list[tuple[str, Money]]:
    """What lies at each gateway, and on each way without one, by currency, and is in no account of ours yet; nothing, too."""
    found = books.balances(Which(account=Account.CLEARING))
    return [(one.detail, Money(one.amount_minor, one.currency)) for one in found]


@dataclass(frozen=True, slots=True)
class UnderWay:
    """By source and currency. What is to arrive of each in an account of ours, nothing, too; and what is to leave one: paid back
    by transfer, or what a gateway is to get back from us."""

    arrives: list[tuple[str, Money]]
    sends: list[tuple[str, Money]]


def under_way() -> UnderWay:
    """Statements of a bank tell transfers one by one; elsewhere what comes and what goes make up for each other."""
    sent_later = books.sent_later([Way.TRANSFER.value])
    found = UnderWay([], [])
    for name, money in sources():
        gross = name == Way.TRANSFER.value
        leaves = sent_later.get((name, money.currency), 0) if gross else -min(money.minor, 0)
        found.arrives.append((name, Money(max(money.minor + leaves, 0), money.currency)))
        found.sends.extend([(name, Money(leaves, money.currency))] if leaves else [])
    return found


@use_case
def record(new: NewPayout, *, actor: str, now: datetime) -> PayoutInfo:
    """Whoever records the same once more is answered as then. Payouts of one account go one by one, so that two do not both
    take what lies there for theirs. Raises NothingPaidOut, PayoutAhead, PayoutKnown, PayoutTooMuch, SentTooMuch."""
    _check(new, now=now)
    with connection.cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME, [new.gateway])
    row, is_new = Payout.objects.get_or_create(
        gateway=new.gateway,
        reference=new.reference,
        withdrawn_at=None,
        defaults={
            "arrived_minor": new.arrived.minor,
            "fees_minor": new.fees.minor,
            "currency": new.arrived.currency,
            "paid_on": new.paid_on,
            "actor": actor,
            "recorded_at": now,
        },
    )
    found = _info(row)
    if not is_new:
        if (found.arrived, found.fees, found.paid_on) != (new.arrived, new.fees, new.paid_on):
            raise PayoutKnown(new.gateway, new.reference)
        return found
    _check_room(new)
    postings = posts.paid_out(new.gateway, new.arrived, new.fees)
    journal.post(NewEntry(Fact.PAYOUT_RECORDED, row.id, None, postings), now=now)
    _record("payout.recorded", found, actor=actor, now=now)
    return found


@use_case
def withdraw(payout_id: UUID, *, why: str, actor: str, now: datetime) -> PayoutInfo:
    """It was recorded wrongly: the opposite is posted. Whoever took it back for the same reason is answered as then. Raises
    NoSuchPayout, PayoutWithdrawn."""
    mine = Payout.objects.filter(id=payout_id)
    if mine.filter(withdrawn_at=None).update(withdrawn_at=now, withdrawn_by=actor, withdrawn_why=why):
        journal.take_back(Fact.PAYOUT_RECORDED, payout_id, by=Fact.PAYOUT_WITHDRAWN, invoice_id=None, now=now)
        _record("payout.withdrawn", get(payout_id), actor=actor, now=now, why=why)
    elif not mine.filter(withdrawn_by=actor, withdrawn_why=why).exists():
        get(payout_id)
        raise PayoutWithdrawn()
    return get(payout_id)


def get(payout_id: UUID) -> PayoutInfo:
    """Raises NoSuchPayout."""
    row = sole(Payout.objects.filter(id=payout_id))
    if row is None:
        raise NoSuchPayout()
    return _info(row)


def newest(*, before: UUID | None = None, limit: int = 200) -> list[PayoutInfo]:
    """Payouts, those that were taken back too, newest first."""
    return [_info(row) for row in Payout.objects.filter(**given(id__lt=before)).order_by("-id")[:limit]]


def _check(new: NewPayout, *, now: datetime) -> None:
    if new.fees.minor < 0 or not new.whole or (new.arrived.minor < 0 < new.whole.minor):
        raise NothingPaidOut()
    if new.paid_on > local_date(now, settings.snapshot().value(SELLER_TIME_ZONE, at=now)):
        raise PayoutAhead()


def _check_room(new: NewPayout) -> None:
    """What arrives was there, and what is sent was paid back. Raises PayoutTooMuch, SentTooMuch."""
    found = under_way()
    if new.whole.minor > _of(new, found.arrives):
        raise PayoutTooMuch(new.gateway)
    if -new.whole.minor > _of(new, found.sends):
        raise SentTooMuch(new.gateway)


def _of(new: NewPayout, found: list[tuple[str, Money]]) -> int:
    mine = (new.gateway, new.arrived.currency)
    return sum(money.minor for name, money in found if (name, money.currency) == mine)


def _record(name: str, payout: PayoutInfo, *, actor: str, now: datetime, why: str = "") -> None:
    events.record(
        name=name,
        subject=("payout", payout.id),
        customer_id=None,
        actor=actor,
        now=now,
        why=why,
        data={
            "gateway": payout.gateway,
            "reference": payout.reference,
            "arrived_minor": payout.arrived.minor,
            "fees_minor": payout.fees.minor,
            "currency": payout.arrived.currency,
        },
    )


def _info(row: Payout) -> PayoutInfo:
    return PayoutInfo(
        id=row.id,
        public_id=row.public_id,
        gateway=row.gateway,
        reference=row.reference,
        arrived=Money(row.arrived_minor, row.currency),
        fees=Money(row.fees_minor, row.currency),
        paid_on=row.paid_on,
        actor=row.actor,
        recorded_at=row.recorded_at,
        withdrawn_at=row.withdrawn_at,
        withdrawn_why=row.withdrawn_why,
    )
