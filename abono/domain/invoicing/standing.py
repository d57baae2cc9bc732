"""What becomes of an issued invoice besides being paid or cancelled: given up, contested, owed again (INV-5). Callers hold it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from abono.domain.invoicing.actions import move
from abono.domain.invoicing.models import Invoice, Move
from abono.domain.invoicing.states import State
from abono.domain.journal import actions as journal
from abono.domain.journal import rules as posts
from abono.domain.journal.types import Fact, NewEntry
from abono.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Moved:
    """How it came to its state, by whom and why; `rest` is what was left of it then."""

    before: State
    after: State
    rest: Money
    why: str
    made_by: str
    made_at: datetime


def write_off(invoice: Invoice, *, why: str, actor: str, now: datetime) -> None:
    """Ask nobody any more for what is left of it. Raises MoveNotAllowed."""
    lost = Money(invoice.rest_minor, invoice.currency)
    moved = _depart(invoice, State.WRITTEN_OFF, event="invoice.written_off", why=why, actor=actor, now=now)
    journal.post(NewEntry(Fact.WRITTEN_OFF, moved.id, invoice.id, posts.written_off(lost)), now=now)


def reopen(invoice: Invoice, *, why: str, actor: str, now: datetime) -> None:
    """What was written off is asked for again. Raises MoveNotAllowed."""
    lost = Money(invoice.rest_minor, invoice.currency)
    moved = _depart(invoice, State.PENDING, event="invoice.reopened", why=why, actor=actor, now=now)
    asked = posts.reversal(posts.written_off(lost))
    journal.post(NewEntry(Fact.REOPENED, moved.id, invoice.id, asked), now=now)


def dispute(invoice: Invoice, *, why: str, actor: str, now: datetime) -> None:
    """Nothing of it is asked for or given back while somebody contests it. Raises MoveNotAllowed."""
    _depart(invoice, State.DISPUTED, event="invoice.disputed", why=why, actor=actor, now=now)


def undispute(invoice: Invoice, *, why: str, actor: str, now: datetime) -> None:
    """It is owed, or paid, as it was before it was contested. Raises MoveNotAllowed."""
    target = State.PENDING if invoice.paid_at is None else State.PAID
    _depart(invoice, target, event="invoice.dispute_ended", why=why, actor=actor, now=now)


def owe_again(invoice: Invoice, *, why: str, actor: str, now: datetime) -> None:
    """It was paid, and what paid it is not there any more; what of it is has been said. Raises MoveNotAllowed."""
    _depart(invoice, State.PENDING, event="invoice.owed_again", why=why, actor=actor, now=now)


def was_paid(invoice_id: UUID) -> bool:
    """Whether it had been paid and was owed again, or contested, since."""
    return Move.objects.filter(invoice_id=invoice_id, paid_at__isnull=False).exists()


def last_move(invoice_id: UUID) -> Moved | None:
    """The last one that was more than being paid or cancelled."""
    row = Move.objects.select_related("invoice").filter(invoice_id=invoice_id).order_by("-id").first()
    if row is None:
        return None
    rest = Money(row.rest_minor, row.invoice.currency)
    return Moved(State(row.before), State(row.after), rest, row.why, row.made_by, row.made_at)


def _depart(invoice: Invoice, target: State, *, event: str, why: str, actor: str, now: datetime) -> Move:
    before, paid_at = State(invoice.state), invoice.paid_at
    stays = paid_at if target in (State.PAID, State.DISPUTED) else None
    move(invoice, target, event=event, why=why, actor=actor, now=now, paid_at=stays)
    return Move.objects.create(
        invoice=invoice,
        before=before.value,
        after=target.value,
        paid_at=paid_at,
        rest_minor=invoice.rest_minor if paid_at is None else 0,
        why=why,
        made_by=actor,
        made_at=now,
    )
