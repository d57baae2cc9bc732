"""Tell a customer, or the seller, something: those whom it concerns and who want to hear it, each in their language (NOT-1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.conf import settings

from abono.domain.customers import queries as customers
from abono.domain.identity import queries as identity
from abono.domain.identity import staff
from abono.domain.identity.staff import Colleague
from abono.domain.notices import actions as notices
from abono.domain.notices import queries
from abono.domain.notices.types import Audience, Recipient


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
    audience = queries.hears(customer_id, kind)
    recipients = list(beside)
    if Audience.ADMINISTRATORS in audience:
        recipients += [
            Recipient(member.email, member.name, member.language)
            for member in identity.administrators(customer_id)
        ]
    if Audience.FINANCIAL_CONTACT in audience:
        contact = customers.get(customer_id)
        recipients.append(Recipient(contact.financial_email, contact.financial_name, contact.language))
    return notices.tell(
        customer_id=customer_id,
        kind=kind,
        key=key,
        facts=dict(facts),
        recipients=tuple(recipients),
        now=now,
        attachment=attachment,
    )


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
