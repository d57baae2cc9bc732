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
from abono.platform import use_case

# Administrators who may still sign in, oldest first, and the financial contact; each with the kinds that were turned off
# for their audience.
HEARS = """
SELECT audience, email, name, language,
       ARRAY(SELECT o.kind FROM notices_muted o WHERE o.customer_id = %(customer)s AND o.audience = who.audience)
  FROM (SELECT 'administrators' AS audience, p.email, p.name, p.language, m.since, m.id
          FROM identity_membership m JOIN identity_person p ON p.id = m.person_id
         WHERE m.customer_id = %(customer)s AND m.profile = 'administrator' AND m.deactivated_at IS NULL AND p.is_active
        UNION ALL
        SELECT 'financial_contact', financial_email, financial_name, language, NULL, NULL
          FROM customers_customer WHERE id = %(customer)s) who
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
) -> None:
    """Have the notice and its e-mails written with the caller's transaction; the same key is told once.

    beside   whom it concerns without being one of the customer's own
    """
    notices.tell(
        customer_id=customer_id,
        kind=kind,
        key=key,
        facts=dict(facts),
        recipients=(*beside, *_who_hears(customer_id, kind)),
        now=now,
        attachment=attachment,
    )


def about_to_tell(customer_id: UUID) -> None:
    """Do what telling them needs, so that nothing of it comes after a number, for which others wait (INV-4)."""
    _people(customer_id)
    notices.call_for_mail()


def _who_hears(customer_id: UUID, kind: str) -> list[Recipient]:
    audience = {one.value for one in KINDS[kind].audience}
    return [
        Recipient(email, name, language)
        for whose, email, name, language, muted in _people(customer_id)
        if whose in audience and kind not in muted
    ]


def _people(customer_id: UUID) -> list[tuple[str, str, str, str, list[str]]]:
    def look_up() -> list[tuple[str, str, str, str, list[str]]]:
        with connection.cursor() as cursor:
            cursor.execute(HEARS, {"customer": customer_id})
            return list(cursor.fetchall())

    return use_case.once((customers.PEOPLE, customer_id), look_up)


def tell_seller(
    *, customer_id: UUID, kind: str, key: str, facts: Mapping[str, object], now: datetime
) -> None:
    """The same to the people of the seller; to the seller's own address where there are none yet.

    customer_id   whom it is about, who never sees it
    """
    people = tuple(Recipient(one.email, one.name, one.language) for one in staff.colleagues())
    seller = Recipient(
        settings.ABONO_SELLER["email"], settings.ABONO_SELLER["name"], customers.get(customer_id).language
    )
    notices.tell(
        customer_id=customer_id,
        kind=kind,
        key=key,
        facts=dict(facts),
        recipients=people or (seller,),
        now=now,
    )


def tell_staff(
    *, people: Iterable[Colleague], kind: str, key: str, facts: Mapping[str, object], now: datetime
) -> None:
    """Something of no customer, to these people of the seller, each in their language."""
    notices.tell(
        customer_id=None,
        kind=kind,
        key=key,
        facts=dict(facts),
        recipients=tuple(Recipient(one.email, one.name, one.language) for one in people),
        now=now,
    )
