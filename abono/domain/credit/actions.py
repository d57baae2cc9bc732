"""Move a contract's credit. Callers hold the contract, so that one entry follows another."""

from __future__ import annotations

from collections.abc import Sequence
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
    use_each([(about, amount)], actor=actor, now=now)


def use_each(those: Sequence[tuple[About, Money]], *, actor: str, now: datetime) -> None:
    """The same of many contracts, an invoice of each."""
    _write_each(Kind.USED, [(about, -amount) for about, amount in those], actor=actor, now=now)


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
    of_one = [(about, amount)]
    _write_each(kind, of_one, credit_note_id=credit_note_id, gateway=gateway, actor=actor, now=now)


def _write_each(
    kind: Kind,
    those: Sequence[tuple[About, Money]],
    *,
    credit_note_id: UUID | None = None,
    gateway: str = "",
    actor: str,
    now: datetime,
) -> None:
    """Movements of one kind, one of each contract: their entries in one statement."""
    newest = Entry.objects.filter(contract_id__in=[about.contract_id for about, _amount in those])
    last = {row.contract_id: row for row in newest.order_by("contract_id", "-place").distinct("contract_id")}
    rows = []
    for about, amount in those:
        before = last.get(about.contract_id)
        rows.append(
            Entry(
                contract_id=about.contract_id,
                place=1 if before is None else before.place + 1,
                kind=kind.value,
                amount_minor=amount.minor,
                balance_minor=(0 if before is None else before.balance_minor) + amount.minor,
                currency=amount.currency,
                invoice_id=about.invoice_id,
                credit_note_id=credit_note_id,
                made_at=now,
            )
        )
    Entry.objects.bulk_create(rows)
    use_case.forget(MEMORY)
    fact = Fact(f"credit_{kind.value}")
    for row, (about, amount) in zip(rows, those, strict=True):
        posted = posts.credit_refunded(gateway, -amount) if gateway else posts.credit_moved(amount)
        journal.post(NewEntry(fact, row.id, about.invoice_id, posted), now=now)
        _record(row, about, actor=actor, now=now)


def _record(row: Entry, about: About, *, actor: str, now: datetime) -> None:
    events.record(
        name=f"credit.{row.kind}",
        subject=("contract", about.contract_id),
        customer_id=about.customer_id,
        actor=actor,
        now=now,
        before={"balance_minor": row.balance_minor - row.amount_minor},
        after={"balance_minor": row.balance_minor},
        data={
            "amount_minor": row.amount_minor,
            "currency": row.currency,
            "invoice": public("inv", about.invoice_id),
            **({} if row.credit_note_id is None else {"credit_note": public("crn", row.credit_note_id)}),
        },
    )
