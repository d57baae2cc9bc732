"""What becomes of the money of unpaid invoices, as things stand: the one place that pages, papers and the API ask."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import connection

from abono.domain.invoicing import queries as invoicing
from abono.domain.invoicing.actions import COLLECT
from abono.domain.invoicing.states import Outlook, State
from abono.domain.invoicing.types import Collecting, InvoiceHead
from abono.domain.payments.states import OPEN
from abono.domain.payments.states import State as AttemptState
from abono.domain.payments.types import card_name
from abono.kernel.due import Means

# Per invoice: its newest attempt and the card of that, whether and when it is collected, and the card in use. An attempt
# by a payment link that came to nothing says nothing: it was none of the customer's cards. A card that said no and may be asked
# again is the one that is asked next.
STATEMENT = """
SELECT i.id, i.means, a.state, asked.brand, asked.last4, d.id IS NOT NULL, d.due_at,
       next.brand, next.last4,
       (SELECT max(coalesce(r.tried_on, r.due_date)::timestamp AT TIME ZONE c.time_zone) FROM payments_paymentrequest r
         WHERE r.invoice_id = i.id AND r.mandate_id IS NOT NULL AND r.state IN ('created', 'asked'))
  FROM invoicing_invoice i JOIN customers_customer c ON c.id = i.customer_id
  LEFT JOIN LATERAL (SELECT t.state, t.method_id FROM payments_attempt t
                       JOIN payments_paymentmethod m ON m.id = t.method_id
                      WHERE t.invoice_id = i.id AND (NOT m.once OR t.state IN ('created', 'unknown', 'differs'))
                      ORDER BY t.id DESC LIMIT 1) a ON true
  LEFT JOIN payments_paymentmethod asked ON asked.id = a.method_id
  LEFT JOIN platform_due d
    ON d.kind = %s AND d.subject = i.id AND d.key = '' AND d.parked_at IS NULL
  LEFT JOIN LATERAL (SELECT m.brand, m.last4 FROM payments_paymentmethod m
                      WHERE m.customer_id = i.customer_id AND (m.in_use OR m.reserve)
                      ORDER BY m.stopped <> '', a.state = 'declined' AND m.id <> a.method_id, m.in_use DESC
                      LIMIT 1) next ON true
 WHERE i.id = ANY(%s)
"""


@dataclass(frozen=True, slots=True)
class _Facts:
    """`asked` and `next` are names of cards; "" for none."""

    means: str
    attempt: AttemptState | None
    asked: str
    due: bool
    due_at: datetime | None
    next: str
    debited: datetime | None  # day of the charge under a mandate that is announced


def outlooks(invoices: Iterable[InvoiceHead]) -> dict[UUID, Collecting]:
    """How the money of each pending invoice is coming; the others are not there."""
    pending = [one.id for one in invoices if one.state is State.PENDING]
    if not pending:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT, [COLLECT.name, pending])
        found = {one: _facts(*row) for one, *row in cursor.fetchall()}
    return {one: replace(_collecting(facts), wakes=facts.due) for one, facts in found.items()}


def outlook(invoice: InvoiceHead) -> Collecting | None:
    """The same of one invoice; None when nothing is to be paid of it."""
    return outlooks([invoice]).get(invoice.id)


def waiting_for_a_card(customer_id: UUID) -> list[InvoiceHead]:
    """Unpaid invoices for which a card is charged in the moment in which it comes to pay for the contract (PAY-8)."""
    pending = invoicing.pending(customer_id=customer_id)
    how = outlooks(pending)
    return [one for one in pending if how[one.id].wakes and not how[one.id].outlook.undecided]


def _facts(
    means: str,
    state: str | None,
    asked_brand: str | None,
    asked_last4: str | None,
    due: bool,
    due_at: datetime | None,
    brand: str | None,
    last4: str | None,
    debited: datetime | None,
) -> _Facts:
    return _Facts(
        means,
        None if state is None else AttemptState(state),
        card_name(asked_brand, asked_last4) if asked_brand and asked_last4 else "",
        due,
        due_at,
        card_name(brand, last4) if brand and last4 else "",
        debited,
    )


def _collecting(facts: _Facts) -> Collecting:
    if facts.attempt in OPEN:
        return Collecting(Outlook.CONFIRMING, card=facts.asked)
    if facts.attempt is AttemptState.DIFFERS:
        return Collecting(Outlook.CHECKING, card=facts.asked)
    if facts.debited is not None:
        return Collecting(Outlook.DEBITED, facts.debited)
    if facts.means != Means.CARD.value and facts.attempt is None:
        return Collecting(Outlook.BY_HAND)
    if facts.due and not facts.next:
        return Collecting(Outlook.NO_CARD)
    if facts.due and facts.due_at is not None:
        said_no = facts.attempt is AttemptState.DECLINED
        return Collecting(Outlook.AGAIN if said_no else Outlook.SCHEDULED, facts.due_at, facts.next)
    if facts.due and facts.attempt is None:
        return Collecting(Outlook.STOPPED, card=facts.next)
    if facts.attempt is None:
        return Collecting(Outlook.BY_HAND)
    lost = facts.attempt is AttemptState.LOST
    return Collecting(Outlook.NOT_RECEIVED if lost else Outlook.DECLINED, card=facts.asked)
