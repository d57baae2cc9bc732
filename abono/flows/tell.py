"""Tell a customer, or the seller, something: those whom it concerns and who want to hear it, each in their language (NOT-1)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import NamedTuple
from uuid import UUID

from django.conf import settings

from abono.domain.customers import queries as customers
from abono.domain.identity import staff
from abono.domain.identity.staff import Colleague
from abono.domain.notices import actions as notices
from abono.domain.notices.kinds import KINDS
from abono.domain.notices.types import Recipient
from abono.platform import use_case
from abono.platform.postgres.adding import beside
from abono.platform.postgres.arrays import Uuids

# Administrators who may still sign in, oldest first, and the financial contact; each with the kinds that were turned off
# for their audience.
HEARS = """
SELECT customer_id, audience, email, name, language,
       ARRAY(SELECT o.kind FROM notices_muted o WHERE o.customer_id = who.customer_id AND o.audience = who.audience)
  FROM (SELECT m.customer_id, 'administrators' AS audience, p.email, p.name, p.language, m.since, m.id
          FROM identity_membership m JOIN identity_person p ON p.id = m.person_id
         WHERE m.customer_id = ANY(%(customers)s) AND m.profile = 'administrator' AND m.deactivated_at IS NULL
           AND p.is_active
        UNION ALL
        SELECT id, 'financial_contact', financial_email, financial_name, language, NULL, NULL
          FROM customers_customer WHERE id = ANY(%(customers)s)) who
 ORDER BY since, id
"""
type _Hears = tuple[
    str, str, str, str, list[str]
]  # audience, address, name, language, and what it is not to hear


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


class Telling(NamedTuple):
    """One of many, as `tell` has it."""

    customer_id: UUID
    key: str
    facts: Mapping[str, object]
    attachment: UUID | None = None


def tell_each(kind: str, those: Iterable[Telling], *, now: datetime) -> None:
    """The same to many customers, each of their own."""
    told = [
        notices.Told(one.customer_id, one.key, one.facts, _who_hears(one.customer_id, kind), one.attachment)
        for one in those
    ]
    notices.tell_each(kind, told, now=now)


def about_to_tell(customer_id: UUID) -> None:
    """Do what telling them needs, so that nothing of it comes after a number, for which others wait (INV-4)."""
    _people(customer_id)
    notices.call_for_mail()


def _who_hears(customer_id: UUID, kind: str) -> list[Recipient]:
    audience = _audience(kind)
    return [
        Recipient(email, name, language)
        for whose, email, name, language, muted in _people(customer_id)
        if whose in audience and kind not in muted
    ]


@cache
def _audience(kind: str) -> frozenset[str]:
    return frozenset(one.value for one in KINDS[kind].audience)


def know_people(customer_ids: Collection[UUID]) -> None:
    """Look up who hears of many customers, for all that the transaction is going to tell them."""
    if customer_ids:
        use_case.know(customers.PEOPLE, _look_up(customer_ids))


def _people(customer_id: UUID) -> list[_Hears]:
    return use_case.once((customers.PEOPLE, customer_id), lambda: _look_up([customer_id])[customer_id])


def _look_up(customer_ids: Collection[UUID]) -> dict[UUID, list[_Hears]]:
    found: dict[UUID, list[_Hears]] = {one: [] for one in customer_ids}
    with beside() as cursor:
        cursor.execute(HEARS, {"customers": Uuids(one.hex for one in found)})
        for customer_id, *hears in cursor.fetchall():
            found[customer_id].append(tuple(hears))
    return found


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
