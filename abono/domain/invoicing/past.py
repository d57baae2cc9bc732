"""Invoices of a contract as they stood at an earlier moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import F, Sum

from abono.domain.invoicing.models import CreditNote, Invoice
from abono.domain.invoicing.rules import owed, rest
from abono.domain.invoicing.states import Reason, State


@dataclass(frozen=True, slots=True)
class Stood:
    """An issued invoice at a moment. Amounts are minor units.

    credited_minor      what credit notes had taken off what was owed
    taken_back_minor    what they had taken back in all; what of that was paid had become credit
    credit_used_minor   what the contract's credit had paid of it
    received_minor      what had come without a gateway
    since               when it came to this state
    """

    id: UUID
    public_id: str
    title: str
    state: State
    reason: Reason
    currency: str
    total_minor: int
    credited_minor: int
    taken_back_minor: int
    credit_used_minor: int
    received_minor: int
    issued_at: datetime
    due_date: date | None
    since: datetime

    @property
    def owed_minor(self) -> int:
        left = rest(self.total_minor, self.credited_minor, self.credit_used_minor, self.received_minor)
        return owed(self.state, left)


def stood(
    contract_id: UUID, at: datetime, *, credit_used: Mapping[UUID, int], received: Mapping[UUID, int]
) -> list[Stood]:
    """Every invoice of a contract that was issued by a moment, as it stood then, newest first.

    credit_used   what credit had paid by then of each, by id
    received      what had come of each by then without a gateway, likewise
    """
    notes = CreditNote.objects.filter(invoice__contract_id=contract_id, issued_at__lte=at)
    sums = notes.values_list("invoice_id").annotate(
        taken=Sum("total_minor"), lowered=Sum(F("total_minor") - F("credit_minor"))
    )
    taken_back = {invoice: (taken, lowered) for invoice, taken, lowered in sums}
    found = Invoice.objects.filter(contract_id=contract_id, number__isnull=False, issued_at__lte=at)
    return [
        _stood(
            row,
            at,
            *taken_back.get(row.id, (0, 0)),
            used_minor=credit_used.get(row.id, 0),
            received_minor=received.get(row.id, 0),
        )
        for row in found.order_by("-id").prefetch_related("moves")
    ]


def _stood(
    row: Invoice,
    at: datetime,
    taken_minor: int,
    lowered_minor: int,
    *,
    used_minor: int,
    received_minor: int,
) -> Stood:
    assert row.issued_at is not None
    came_to = [(row.issued_at, State.PENDING), (row.paid_at, State.PAID), (row.cancelled_at, State.CANCELLED)]
    for move in sorted(row.moves.all(), key=lambda one: one.id):
        came_to += [(move.paid_at, State.PAID), (move.made_at, State(move.after))]
    by_then = [(moment, state) for moment, state in came_to if moment is not None and moment <= at]
    since, state = sorted(by_then, key=lambda one: one[0])[-1]  # of what was at one moment the last
    return Stood(
        id=row.id,
        public_id=row.public_id,
        title=row.title,
        state=state,
        reason=Reason(row.reason),
        currency=row.currency,
        total_minor=row.total_minor,
        credited_minor=lowered_minor,
        taken_back_minor=taken_minor,
        credit_used_minor=used_minor,
        received_minor=received_minor,
        issued_at=row.issued_at,
        due_date=row.due_date,
        since=since,
    )
