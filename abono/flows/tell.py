"""Tell a customer, or the seller, something: those whom it concerns and who want to hear it, each in their language (NOT-1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection

from abono.domain.customers import queries as customers
from abono.domain.identity import staff
from abono.domain.identity.staff import Colleague
from abono.domain.notices import actions as notices
from abono.domain.notices.kinds import KINDS
from abono.domain.notices.types import Recipient

# Administrators who may still sign in, oldest first, and the financial contact: of these audiences, less those for whom the
# kind was turned off.
HEARS = """
SELECT email, name, language
  FROM (SELECT 'administrators' AS audience, p.email, p.name, p.language, m.since, m.id
          FROM identity_membership m JOIN identity_person p ON p.id = m.person_id
         WHERE m.customer_id = %(customer)s AND m.profile = 'administrator' AND m.deactivated_at IS NULL AND p.is_active
        UNION ALL
        SELECT 'financial_contact', financial_email, financial_name, language, NULL, NULL
          FROM customers_customer WHERE id = %(customer)s) who
 WHERE audience = ANY(%(audience)s)
   AND NOT EXISTS (SELECT FROM notices_muted o
                    WHERE o.customer_id = %(customer)s AND o.kind = %(kind)s AND o.audience = who.audience)
 ORDER BY since, id
"""


def tell(
    *,
    customer_id: UUID,
    kind: str,
    key: str,
    facts: Mapping[str, object],
    now: datetime,
    attachment: UUID | None = None,
    beside: tuple[Recipient, ...] = (),
) -> bool:
    """Write the notice and its e-mails in the caller's transaction; the same key is told once.

    beside   whom it concerns without being one of the customer's own

    Returns False when it was told before.
    """
    return notices.tell(
        customer_id=customer_id,
        kind=kind,
        key=key,
        facts=dict(facts),
        recipients=(*beside, *_who_hears(customer_id, kind)),
        now=now,
        attachment=attachment,
    )


def _who_hears(customer_id: UUID, kind: str) -> list[Recipient]:
    audience = [one.value for one in KINDS[kind].audience]
    with connection.cursor() as cursor:
        cursor.execute(HEARS, {"customer": customer_id, "kind": kind, "audience": audience})
        return [Recipient(*row) for row in cursor.fetchall()]


def tell_seller(
    *, customer_id: UUID, kind: str, key: str, facts: Mapping[str, object], now: datetime
) -> bool:
    """The same to the people of the seller; to the seller's own address where there are none yet.

    customer_id   whom it is about, who never sees it
    """
    people = tuple(Recipient(one.email, one.name, one.language) for one in staff.colleagues())
    seller = Recipient(
        settings.ABONO_SELLER["email"], settings.ABONO_SELLER["name"], customers.get(customer_id).language
    )
    return notices.tell(
        customer_id=customer_id,
        kind=kind,
        key=key,
        facts=dict(facts),
        recipients=people or (seller,),
        now=now,
    )


def tell_staff(
    *, people: Iterable[Colleague], kind: str, key: str, facts: Mapping[str, object], now: datetime
) -> bool:
    """Something of no customer, to these people of the seller, each in their language."""
    return notices.tell(
        customer_id=None,
        kind=kind,
        key=key,
        facts=dict(facts),
        recipients=tuple(Recipient(one.email, one.name, one.language) for one in people),
        now=now,
    )
