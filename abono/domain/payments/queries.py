from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import Exists, OuterRef

from abono.domain.payments.models import Attempt, GatewayEvent, PaymentMethod
from abono.domain.payments.states import UNDECIDED, State
from abono.domain.payments.types import AttemptInfo, Card, card_name
from abono.kernel.money import Money
from abono.platform.postgres.asked import Asked, Slot

A_CHARGE = Asked(lambda: Attempt.objects.select_related("method").filter(id=Slot("id")))
_NEWEST = Asked(
    lambda: Attempt.objects.select_related("method").filter(invoice_id=Slot("invoice")).order_by("-id")[:1]
)
IN_USE = Asked(lambda: PaymentMethod.objects.filter(customer_id=Slot("customer"), in_use=True))


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
        customer_id=row.method.customer_id,
        invoice_id=row.invoice_id,
        method_id=row.method_id,
        gateway=row.method.gateway,
        token=row.method.token,
        reference=row.reference,
        amount=Money(row.amount_minor, row.currency),
        state=State(row.state),
        off_session=row.off_session,
        decline_code=row.decline_code,
        decline_hint=row.decline_hint,
        decline_retry=row.decline_retry,
        challenge_url=row.challenge_url,
        created_at=row.created_at,
        asked=row.asked,
        once=row.method.once,
    )


def wallet(customer_id: UUID) -> list[Card]:
    """The customer's cards, the one in use first (WAL-1)."""
    rows = PaymentMethod.objects.filter(customer_id=customer_id, removed_at=None, once=False)
    return [card(row) for row in rows.order_by("-in_use", "-saved_at", "-id")]


def charged_cards(customer_id: UUID) -> list[Card]:
    """The customer's cards of which money was asked, whatever the answer."""
    charged = Attempt.objects.filter(method=OuterRef("pk"))
    rows = PaymentMethod.objects.filter(Exists(charged), customer_id=customer_id, removed_at=None, once=False)
    return [card(row) for row in rows.order_by("id")]


def card_in_use(customer_id: UUID) -> Card | None:
    """The card that the customer's contract is paid with."""
    row = IN_USE.sole(customer=customer_id)
    return None if row is None else card(row)


def cards_in_use(customer_ids: Collection[UUID]) -> dict[UUID, str]:
    """Its name, of many customers, of those who have one."""
    rows = PaymentMethod.objects.filter(customer_id__in=customer_ids, in_use=True)
    return {
        whose: card_name(brand, last4)
        for whose, brand, last4 in rows.values_list("customer_id", "brand", "last4")
    }


def get_attempt(attempt_id: UUID) -> AttemptInfo | None:
    row = A_CHARGE.sole(id=attempt_id)
    return None if row is None else attempt(row)


def card_of(attempt_id: UUID) -> Card:
    """The card that an attempt asks."""
    return card(Attempt.objects.select_related("method").get(id=attempt_id).method)


def newest_attempt(invoice_id: UUID) -> AttemptInfo | None:
    """The last attempt to pay an invoice."""
    row = _NEWEST.sole(invoice=invoice_id)
    return None if row is None else attempt(row)


def attempt_with(method_id: UUID) -> AttemptInfo | None:
    """The last attempt with a card."""
    row = Attempt.objects.select_related("method").filter(method_id=method_id).order_by("-id").first()
    return None if row is None else attempt(row)


def knows_token(gateway: str, token: str) -> bool:
    """Whether a card with this token was written down."""
    return PaymentMethod.objects.filter(gateway=gateway, token=token).exists()


def attempts_of(customer_id: UUID) -> list[AttemptInfo]:
    """Every attempt with a card of the customer, oldest first."""
    rows = Attempt.objects.select_related("method").filter(method__customer_id=customer_id)
    return [attempt(row) for row in rows.order_by("id")]


def undecided(invoice_ids: Collection[UUID]) -> set[UUID]:
    """Those of the invoices of which nobody knows yet whether they are paid: meanwhile nothing else may pay them."""
    found = Attempt.objects.filter(invoice_id__in=invoice_ids, state__in=[s.value for s in UNDECIDED])
    return set(found.values_list("invoice_id", flat=True))


def paid_attempt(invoice_id: UUID) -> tuple[AttemptInfo, Card] | None:
    """The attempt that paid an invoice, and with which card."""
    row = (
        Attempt.objects.select_related("method").filter(invoice_id=invoice_id, state=State.PAID.value).first()
    )
    return None if row is None else (attempt(row), card(row.method))


def source_of_news(event_id: UUID) -> tuple[str, str, str]:
    """Which gateway told a kept event, of which kind, and about which key; "" when it names none."""
    return GatewayEvent.objects.values_list("gateway", "kind", "key").get(id=event_id)


def losses(invoice_id: UUID) -> int:
    """How many charges of an invoice no gateway ever received."""
    return Attempt.objects.filter(invoice_id=invoice_id, state=State.LOST.value).count()
