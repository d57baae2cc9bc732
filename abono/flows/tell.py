"""Tell a customer something: its administrators and its financial contact, each in their language (NOT-1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from abono.domain.customers import queries as customers
from abono.domain.identity import queries as identity
from abono.domain.notices import actions as notices
from abono.domain.notices.types import Recipient


def tell(
    *,
    customer_id: UUID,
    kind: str,
    key: str,
    facts: Mapping[str, object],
    now: datetime,
    attachment: UUID | None = None,
) -> bool:
    """Write the notice and its e-mails in the caller's transaction; the same key is told once.

    Returns False when it was told before.
    """
    organization = customers.get(customer_id)
    people = {
        member.email.lower(): Recipient(email=member.email, name=member.name, language=member.language)
        for member in identity.administrators(customer_id)
    }
    people.setdefault(
        organization.financial_email.lower(),
        Recipient(
            email=organization.financial_email,
            name=organization.financial_name,
            language=organization.language,
        ),
    )
    return notices.tell(
        customer_id=customer_id,
        kind=kind,
        key=key,
        facts=dict(facts),
        recipients=tuple(people.values()),
        now=now,
        attachment=attachment,
    )
