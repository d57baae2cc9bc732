"""Fine and interest of what was paid late and came without them: the next invoice asks for them, once (PAY-5)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from abono.domain.payments.models import LateCharge
from abono.kernel.money import Money
from abono.platform import events
from abono.platform.postgres.arrays import Uuids
from abono.platform.postgres.asked import Asked, Slot


@dataclass(frozen=True, slots=True)
class LateOwed:
    """One such sum. `paid` is what of invoice `title` was paid late; `due_date` and `paid_date` are local days."""

    id: UUID
    invoice_id: UUID
    title: str
    paid: Money
    days: int
    amount: Money
    due_date: date
    paid_date: date


def note(
    *,
    invoice_id: UUID,
    customer_id: UUID,
    money: UUID,
    paid: Money,
    days: int,
    amount: Money,
    dates: tuple[date, date],
    now: datetime,
) -> None:
    """Write it down. `money` is the receipt or the attempt that paid; `dates` are those of `LateOwed`. The caller holds the invoice."""
    due_date, paid_date = dates
    LateCharge.objects.create(
        invoice_id=invoice_id,
        money=money,
        paid_minor=paid.minor,
        days=days,
        amount_minor=amount.minor,
        currency=amount.currency,
        due_date=due_date,
        paid_date=paid_date,
        made_at=now,
    )
    events.record(
        name="payment.late",
        subject=("invoice", invoice_id),
        customer_id=customer_id,
        actor="system",
        now=now,
        data={
            "days": days,
            "paid_minor": paid.minor,
            "amount_minor": amount.minor,
            "currency": amount.currency,
            "due_date": due_date.isoformat(),
            "paid_date": paid_date.isoformat(),
        },
    )


def withdraw(money: UUID, *, now: datetime) -> None:
    """The payment was taken back, and the sum with it. What an invoice asks for already stays there."""
    LateCharge.objects.filter(money=money, withdrawn_at=None).update(withdrawn_at=now)


def owed(contract_id: UUID) -> list[LateOwed]:
    """Of a contract, the oldest first, whether an invoice asks for it already or not."""
    rows = LateCharge.objects.select_related("invoice").filter(
        invoice__contract_id=contract_id, withdrawn_at=None
    )
    return [
        LateOwed(
            id=row.id,
            invoice_id=row.invoice_id,
            title=row.invoice.title,
            paid=Money(row.paid_minor, row.currency),
            days=row.days,
            amount=Money(row.amount_minor, row.currency),
            due_date=row.due_date,
            paid_date=row.paid_date,
        )
        for row in rows.order_by("id")
    ]


def late_payers(customer_ids: Collection[UUID]) -> set[UUID]:
    """Those of whom something ever was to be asked for."""
    return set(_LATE_PAYERS.all(customers=Uuids(map(str, customer_ids))))


_LATE_PAYERS = Asked(
    lambda: LateCharge.objects.filter(invoice__customer__any_of=Slot("customers")).values_list(
        "invoice__customer_id", flat=True
    )
)
