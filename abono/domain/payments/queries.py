from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from abono.domain.payments.models import Attempt, PaymentMethod
from abono.domain.payments.port import NEVER_RECEIVED
from abono.domain.payments.states import OPEN, State
from abono.domain.payments.types import AttemptInfo, Card
from abono.kernel.money import Money


def card(method: PaymentMethod) -> Card:
    return Card(
        id=method.id,
        public_id=method.public_id,
        gateway=method.gateway,
        brand=method.brand,
        last4=method.last4,
        holder=method.holder,
        exp_month=method.exp_month,
        exp_year=method.exp_year,
        in_use=method.in_use,
    )


def attempt(row: Attempt) -> AttemptInfo:
    return AttemptInfo(
        id=row.id,
        invoice_id=row.invoice_id,
        gateway=row.method.gateway,
        token=row.method.token,
        amount=Money(row.amount_minor, row.currency),
        state=State(row.state),
        off_session=row.off_session,
        decline_code=row.decline_code,
        decline_hint=row.decline_hint,
        created_at=row.created_at,
        asked=row.asked,
    )


def wallet(customer_id: UUID) -> list[Card]:
    """The customer's cards, the one in use first (WAL-1)."""
    rows = PaymentMethod.objects.filter(customer_id=customer_id, removed_at=None)
    return [card(row) for row in rows.order_by("-in_use", "-saved_at", "-id")]


def charged_cards(customer_id: UUID) -> list[Card]:
    """The customer's cards of which money was asked, whatever the answer."""
    charged = Attempt.objects.filter(method=OuterRef("pk"))
    rows = PaymentMethod.objects.filter(Exists(charged), customer_id=customer_id, removed_at=None)
    return [card(row) for row in rows.order_by("id")]


def card_in_use(customer_id: UUID) -> Card | None:
    """The card that the customer's contract is paid with."""
    row = PaymentMethod.objects.filter(customer_id=customer_id, in_use=True).first()
    return None if row is None else card(row)


def get_attempt(attempt_id: UUID) -> AttemptInfo | None:
    row = Attempt.objects.select_related("method").filter(id=attempt_id).first()
    return None if row is None else attempt(row)


def newest_attempt(invoice_id: UUID) -> AttemptInfo | None:
    """The last attempt to pay an invoice."""
    row = Attempt.objects.select_related("method").filter(invoice_id=invoice_id).order_by("-id").first()
    return None if row is None else attempt(row)


def tried(invoice_ids: Collection[UUID], *, lost_since: datetime) -> set[UUID]:
    """Those of the invoices for which a card was asked, whatever the answer.

    A charge that the gateway never received counts only when it was sent after `lost_since` (real time).
    """
    lost = Q(state=State.DECLINED.value, decline_code=NEVER_RECEIVED, created_at__lte=lost_since)
    rows = Attempt.objects.filter(~lost, invoice_id__in=invoice_ids)
    return set(rows.values_list("invoice_id", flat=True))


def paid_attempt(invoice_id: UUID) -> tuple[AttemptInfo, Card] | None:
    """The attempt that paid an invoice, and with which card."""
    row = (
        Attempt.objects.select_related("method").filter(invoice_id=invoice_id, state=State.PAID.value).first()
    )
    return None if row is None else (attempt(row), card(row.method))


def to_ask(*, now: datetime, customer_id: UUID | None = None, limit: int = 200) -> list[AttemptInfo]:
    """Attempts without a clear answer whose time to ask the gateway has come (PAY-7).

    Moments of attempts are real time, for sandboxes too: a gateway knows no other clock.
    """
    rows = Attempt.objects.select_related("method").filter(state__in=[s.value for s in OPEN], ask_at__lte=now)
    if customer_id is not None:
        rows = rows.filter(invoice__customer_id=customer_id)
    return [attempt(row) for row in rows.order_by("ask_at")[:limit]]
