from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from abono.domain.payments.models import Attempt, GatewayEvent, PaymentMethod
from abono.domain.payments.retries import WITHIN, Declined
from abono.domain.payments.states import UNDECIDED, State
from abono.domain.payments.types import AttemptInfo, Card
from abono.kernel.money import Money
from abono.platform.postgres.arrays import Uuids
from abono.platform.postgres.asked import Asked, Slot

A_CHARGE = Asked(lambda: Attempt.objects.select_related("method").filter(id=Slot("id")))
_NEWEST = Asked(
    lambda: Attempt.objects.select_related("method").filter(invoice_id=Slot("invoice")).order_by("-id")[:1]
)
_TO_ASK = Asked(
    lambda: PaymentMethod.objects.filter(
        Q(in_use=True) | Q(reserve=True), customer__any_of=Slot("customers")
    ).order_by("customer_id", "-in_use")
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
        reserve=method.reserve,
        stopped=method.stopped,
        ask_from=method.ask_from,
        renewed_at=method.renewed_at,
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
    return [card(row) for row in rows.order_by("-in_use", "-reserve", "-saved_at", "-id")]


def charged_cards(customer_id: UUID) -> list[Card]:
    """The customer's cards of which money was asked, whatever the answer."""
    charged = Attempt.objects.filter(method=OuterRef("pk"))
    rows = PaymentMethod.objects.filter(Exists(charged), customer_id=customer_id, removed_at=None, once=False)
    return [card(row) for row in rows.order_by("id")]


def card_in_use(customer_id: UUID) -> Card | None:
    """The card that the customer's contract is paid with."""
    row = IN_USE.sole(customer=customer_id)
    return None if row is None else card(row)


def to_ask(customer_ids: Collection[UUID]) -> dict[UUID, list[Card]]:
    """Of each of the customers the card in use, if there is one, then its reserve (PAY-8)."""
    found: dict[UUID, list[Card]] = {one: [] for one in customer_ids}
    for row in _TO_ASK.all(customers=Uuids(map(str, found))):
        found[row.customer_id].append(card(row))
    return found


def declined(
    cards: Collection[Card], *, invoice_id: UUID | None = None, now: datetime
) -> dict[UUID, Declined]:
    """What each of the cards said no to lately, and with the data that it has now to machines that asked it for the invoice; by
    card."""
    by_card: dict[UUID, list[tuple[UUID, bool, datetime]]] = defaultdict(list)
    asked = {"cards": Uuids(str(one.id) for one in cards), "since": now - WITHIN}
    rows = _DECLINED.all(**asked) if invoice_id is None else _DECLINED_OF.all(**asked, invoice=invoice_id)
    for card_id, *what in rows:
        by_card[card_id].append(tuple(what))
    return {
        one.id: _declined(one, by_card[one.id], invoice_id, now) if one.id in by_card else _NEVER
        for one in cards
    }


def _of_declined(*beside: Q) -> QuerySet[Attempt, Any]:
    wanted = reduce(or_, beside, Q(at__gt=Slot("since")))
    rows = Attempt.objects.filter(method__any_of=Slot("cards"), state=State.DECLINED.value)
    found = rows.annotate(at=Coalesce("tried_at", "created_at")).filter(wanted).order_by("at", "id")
    return found.values_list("method_id", "invoice_id", "off_session", "at")


_NEVER = Declined()
_DECLINED = Asked(_of_declined)
_DECLINED_OF = Asked(lambda: _of_declined(Q(invoice=Slot("invoice"))))


def _declined(
    card: Card, rows: Sequence[tuple[UUID, bool, datetime]], invoice_id: UUID | None, now: datetime
) -> Declined:
    since = card.renewed_at
    of_it = [
        at
        for one, by_machine, at in rows
        if by_machine and one == invoice_id and (since is None or at > since)
    ]
    return Declined(
        every=[at for *_what, at in rows if at > now - WITHIN],
        first_at=of_it[0] if of_it else None,
        last_at=of_it[-1] if of_it else None,
    )


def kept_as(gateway: str, token: str) -> tuple[UUID, UUID] | None:
    """Whose card a gateway knows by this token, in a wallet, and its id."""
    rows = PaymentMethod.objects.filter(gateway=gateway, token=token, removed_at=None, once=False)
    return rows.values_list("customer_id", "id").first()


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


def kept_card(method_id: UUID) -> tuple[UUID, Card] | None:
    """A card of a wallet, and whose it is."""
    row = PaymentMethod.objects.filter(id=method_id, removed_at=None, once=False).first()
    return None if row is None else (row.customer_id, card(row))


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


def source_of_news(event_id: UUID) -> tuple[str, str, str, str]:
    """Which gateway told a kept event, of which kind, about which key and which money; "" when it names none."""
    return GatewayEvent.objects.values_list("gateway", "kind", "key", "received").get(id=event_id)


def losses(invoice_id: UUID) -> int:
    """How many charges of an invoice no gateway ever received."""
    return Attempt.objects.filter(invoice_id=invoice_id, state=State.LOST.value).count()
