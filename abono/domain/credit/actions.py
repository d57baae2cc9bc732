"""Move a contract's credit. Callers hold the contract, so that one entry follows another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from abono.domain.credit.models import Entry
from abono.domain.credit.queries import MEMORY
from abono.domain.credit.types import Kind
from abono.domain.journal import actions as journal
from abono.domain.journal import rules as posts
from abono.domain.journal.types import Fact, NewEntry
from abono.kernel.ids import public
from abono.kernel.money import Money
from abono.platform import events, use_case


@dataclass(frozen=True, slots=True)
class About:
    """Of which contract, customer and invoice a movement is."""

    contract_id: UUID
    customer_id: UUID
    invoice_id: UUID


def grant(about: About, amount: Money, *, credit_note_id: UUID, actor: str, now: datetime) -> None:
    """What a credit note takes back of money that was paid becomes credit."""
    _write(Kind.GRANTED, about, amount, credit_note_id=credit_note_id, actor=actor, now=now)


def use(about: About, amount: Money, *, actor: str, now: datetime) -> None:
    """Credit pays of an invoice. More than there is is refused by the database: it is a bug of the caller."""
    _write(Kind.USED, about, -amount, actor=actor, now=now)


def give_back(about: About, amount: Money, *, actor: str, now: datetime) -> None:
    """The invoice that credit paid of was cancelled."""
    _write(Kind.RETURNED, about, amount, actor=actor, now=now)


def refund(about: About, amount: Money, *, gateway: str, actor: str, now: datetime) -> None:
    """It goes back to the card that paid the invoice; more than there is is refused by the database."""
    _write(Kind.REFUNDED, about, -amount, gateway=gateway, actor=actor, now=now)


def restore(about: About, amount: Money, *, gateway: str, actor: str, now: datetime) -> None:
    """What was to go back to a card could not, and stays credit."""
    _write(Kind.RESTORED, about, amount, gateway=gateway, actor=actor, now=now)


def overpaid(about: About, amount: Money, *, actor: str, now: datetime) -> None:
    """More came than the invoice asked for (PAY-6)."""
    _write(Kind.OVERPAID, about, amount, actor=actor, now=now)


def recall(about: About, amount: Money, *, actor: str, now: datetime) -> None:
    """That was recorded by mistake; more than there is is refused by the database."""
    _write(Kind.RECALLED, about, -amount, actor=actor, now=now)


def _write(
    kind: Kind,
    about: About,
    amount: Money,
    *,
    credit_note_id: UUID | None = None,
    gateway: str = "",
    actor: str,
    now: datetime,
) -> None:
    last = Entry.objects.filter(contract_id=about.contract_id).order_by("-place").first()
    before_minor = 0 if last is None else last.balance_minor
    row = Entry.objects.create(
        contract_id=about.contract_id,
        place=1 if last is None else last.place + 1,
        kind=kind.value,
        amount_minor=amount.minor,
        balance_minor=before_minor + amount.minor,
        currency=amount.currency,
        invoice_id=about.invoice_id,
        credit_note_id=credit_note_id,
        made_at=now,
    )
    use_case.forget(MEMORY)
    fact = Fact(f"credit_{kind.value}")
    posted = posts.credit_refunded(gateway, -amount) if gateway else posts.credit_moved(amount)
    moved = NewEntry(fact, row.id, about.invoice_id, posted)
    journal.post(moved, now=now)
    events.record(
        name=f"credit.{kind.value}",
        subject=("contract", about.contract_id),
        customer_id=about.customer_id,
        actor=actor,
        now=now,
        before={"balance_minor": before_minor},
        after={"balance_minor": row.balance_minor},
        data={
            "amount_minor": amount.minor,
            "currency": amount.currency,
            "invoice": public("inv", about.invoice_id),
            **({} if credit_note_id is None else {"credit_note": public("crn", credit_note_id)}),
        },
    )
