"""Contact events that came too late to count: refused, and kept for the seller to see (INT-7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection


@dataclass(frozen=True, slots=True)
class LateEvent:
    """One event as it came first. `happened_at` and `told_at` are on the customer's clock."""

    contract_id: UUID
    event_id: UUID  # kernel.ids.event_key of the caller's own id
    contact: UUID  # event_key of the contact's key
    channel: str
    kind: str
    happened_at: datetime
    cycle_start: datetime  # of the cycle that it would have belonged to
    told_at: datetime
    kept_at: datetime  # in real time

    @property
    def place(self) -> tuple[datetime, UUID, UUID]:
        """Where it stands in the list: see `late_events`."""
        return self.kept_at, self.contract_id, self.event_id


def late_events(
    *,
    customer_id: UUID | None = None,
    contract_id: UUID | None = None,
    before: tuple[datetime, UUID, UUID] | None = None,
    limit: int = 50,
) -> list[LateEvent]:
    """Refused late events of all customers, of one, or of one contract, newest first, a page at a time.

    before   `place` of the last one of the page before
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.contract_id, e.event_id, e.contact, e.channel, e.kind, e.happened_at, e.cycle_start,"
            " e.told_at, e.kept_at FROM metering_late_event e"
            " WHERE (%(contract)s::uuid IS NULL OR e.contract_id = %(contract)s)"
            " AND (%(customer)s::uuid IS NULL OR EXISTS (SELECT FROM contracts_contract c"
            "       WHERE c.id = e.contract_id AND c.customer_id = %(customer)s))"
            " AND (%(at)s::timestamptz IS NULL"
            "      OR (e.kept_at, e.contract_id, e.event_id) < (%(at)s, %(of)s::uuid, %(id)s::uuid))"
            " ORDER BY e.kept_at DESC, e.contract_id DESC, e.event_id DESC LIMIT %(limit)s",
            {
                "contract": contract_id,
                "customer": customer_id,
                **dict(zip(("at", "of", "id"), before or (None, None, None), strict=True)),
                "limit": limit,
            },
        )
        return [LateEvent(*row) for row in cursor.fetchall()]
