"""Money for invoices that came without a gateway, as the seller recorded it (PAY-6)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import F, Q, Sum

from abono.domain.payments.errors import NoSuchReceipt, ReceiptWithdrawn
from abono.domain.payments.models import Dispute, Receipt
from abono.domain.payments.states import DisputeState, Way
from abono.domain.payments.types import ReceiptInfo
from abono.kernel.ids import first_id, public
from abono.kernel.money import Money
from abono.platform import events
from abono.platform.given import given

RECORDED = "payment.recorded"


@dataclass(frozen=True, slots=True)
class Came:
    """What the seller, or a supplier of slips or Pix, says of it. `received_date` is a local day of the customer; `why` says how
    it is known. With a gateway, `reference` names it there once and for all."""

    way: Way
    amount_minor: int
    received_date: date
    reference: str = ""
    why: str = ""
    gateway: str = ""
    request_id: UUID | None = None

    @property
    def account(self) -> str:
        """The detail of the clearing account into which it came."""
        return self.gateway or self.way.value


class ReceiptRow(NamedTuple):
    """What is written with many others: it came for just what was asked for."""

    id: UUID
    way: str
    amount_minor: int
    currency: str
    received_date: date
    reference: str
    credit_minor: int = 0
    late_minor: int = 0
    withheld_minor: int = 0

    @property
    def public_id(self) -> str:
        return public("rcp", self.id)


def record(
    receipt_id: UUID,
    *,
    invoice_id: UUID,
    customer_id: UUID,
    came: Came,
    credit: Money,
    late_minor: int = 0,
    withheld_minor: int = 0,
    actor: str,
    now: datetime,
) -> ReceiptInfo:
    """Write down what came; `credit` of it was more than was asked for, `late_minor` fine and interest. Beside it the buyer kept
    `withheld_minor` for the tax office. The caller holds the invoice."""
    row = _row(receipt_id, invoice_id, came, credit.currency, actor=actor, now=now)
    row.credit_minor, row.late_minor, row.withheld_minor = credit.minor, late_minor, withheld_minor
    row.save(force_insert=True)
    _note(RECORDED, row, customer_id, actor=actor, now=now, why=came.why)
    return _info(row)


def _row(
    receipt_id: UUID, invoice_id: UUID, came: Came, currency: str, *, actor: str, now: datetime
) -> Receipt:
    return Receipt(
        id=receipt_id,
        invoice_id=invoice_id,
        way=came.way.value,
        gateway=came.gateway,
        request_id=came.request_id,
        amount_minor=came.amount_minor,
        currency=currency,
        credit_minor=0,
        late_minor=0,
        withheld_minor=0,
        received_date=came.received_date,
        reference=came.reference,
        why=came.why,
        recorded_by=actor,
        recorded_at=now,
    )


def withdraw(receipt_id: UUID, *, customer_id: UUID, why: str, actor: str, now: datetime) -> ReceiptInfo:
    """It was recorded by mistake: it stays, and says so. The caller holds the invoice. Raises NoSuchReceipt,
    ReceiptWithdrawn."""
    row = Receipt.objects.filter(id=receipt_id).first()
    if row is None:
        raise NoSuchReceipt()
    if row.withdrawn_at is not None:
        raise ReceiptWithdrawn()
    row.withdrawn_at, row.withdrawn_by, row.withdrawn_why = now, actor, why
    row.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_why"])
    _note("payment.withdrawn", row, customer_id, actor=actor, now=now, why=why)
    return _info(row)


def get(receipt_id: UUID, *, customer_id: UUID | None = None) -> ReceiptInfo:
    """One; with `customer_id`, only if it is of that customer's (ACC-2). Raises NoSuchReceipt."""
    found = find(receipt_id, customer_id=customer_id)
    if found is None:
        raise NoSuchReceipt()
    return found


def find(receipt_id: UUID, *, customer_id: UUID | None = None) -> ReceiptInfo | None:
    row = Receipt.objects.filter(id=receipt_id, **given(invoice__customer_id=customer_id)).first()
    return None if row is None else _info(row)


def knows(gateway: str, reference: str) -> bool:
    """Whether a supplier's money was booked, also where that was taken back."""
    return Receipt.objects.filter(gateway=gateway, reference=reference).exists()


def several(receipt_ids: Collection[UUID]) -> list[ReceiptInfo]:
    """Those of them that there are."""
    return [_info(row) for row in Receipt.objects.filter(id__in=receipt_ids)]


def by_hand_minor(invoice_id: UUID) -> int:
    """What somebody of the seller recorded for an invoice in all, and did not take back."""
    found = Receipt.objects.filter(invoice_id=invoice_id, gateway="", withdrawn_at=None)
    return found.aggregate(minor=Sum("amount_minor"))["minor"] or 0


def of_invoice(invoice_id: UUID) -> list[ReceiptInfo]:
    """Newest first, with those that were withdrawn."""
    return [_info(row) for row in Receipt.objects.filter(invoice_id=invoice_id).order_by("-id")]


def came_like(amounts: Collection[int], *, since: date, until: date) -> list[ReceiptInfo]:
    """What stands of these amounts and came between two days, oldest first; recorded since the first of them; not for sandboxes."""
    found = Receipt.objects.filter(
        id__gte=first_id(since),
        invoice__customer__sandbox=False,
        amount_minor__in=amounts,
        received_date__range=(since, until),
        withdrawn_at=None,
    )
    return [_info(row) for row in found.order_by("id")[:1_000]]


def received(contract_id: UUID, at: datetime) -> Mapping[UUID, int]:
    """What had come of the contract's invoices by a moment, in minor units, by invoice, with what was withheld; neither what
    became credit nor what was added because it came late."""
    still = Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gt=at)
    found = Receipt.objects.filter(still, invoice__contract_id=contract_id, recorded_at__lte=at)
    pays = F("amount_minor") - F("credit_minor") - F("late_minor") + F("withheld_minor")
    sums = found.values_list("invoice_id").annotate(minor=Sum(pays))
    lost = Dispute.objects.filter(
        receipt__in=found, state=DisputeState.LOST.value, ended_at__lte=at
    ).values_list("invoice_id")
    gone: dict[UUID, int] = dict(lost.annotate(minor=Sum("amount_minor")))
    return {invoice_id: minor - gone.get(invoice_id, 0) for invoice_id, minor in sums}


def of_supplier(gateway: str, reference: str) -> ReceiptInfo | None:
    """What was booked of a supplier's money and still stands, by its name there."""
    row = Receipt.objects.filter(gateway=gateway, reference=reference, withdrawn_at=None).first()
    return None if row is None else _info(row)


def _note(name: str, row: Receipt, customer_id: UUID, *, actor: str, now: datetime, why: str) -> None:
    events.record(
        name=name,
        subject=("invoice", row.invoice_id),
        customer_id=customer_id,
        actor=actor,
        now=now,
        why=why,
        data=said(row),
    )


def said(row: Receipt | ReceiptRow) -> dict[str, object]:
    """What events say of it."""
    return {
        "receipt": row.public_id,
        "way": row.way,
        "amount_minor": row.amount_minor,
        "credit_minor": row.credit_minor,
        **({"late_minor": row.late_minor} if row.late_minor else {}),
        **({"withheld_minor": row.withheld_minor} if row.withheld_minor else {}),
        "currency": row.currency,
        "received_date": row.received_date.isoformat(),
        "reference": row.reference,
    }


def _info(row: Receipt) -> ReceiptInfo:
    return ReceiptInfo(
        id=row.id,
        public_id=row.public_id,
        invoice_id=row.invoice_id,
        way=Way(row.way),
        gateway=row.gateway,
        amount=Money(row.amount_minor, row.currency),
        credit=Money(row.credit_minor, row.currency),
        late=Money(row.late_minor, row.currency),
        withheld=Money(row.withheld_minor, row.currency),
        received_date=row.received_date,
        reference=row.reference,
        why=row.why,
        recorded_by=row.recorded_by,
        recorded_at=row.recorded_at,
        withdrawn_at=row.withdrawn_at,
        withdrawn_why=row.withdrawn_why,
        request_id=row.request_id,
    )
