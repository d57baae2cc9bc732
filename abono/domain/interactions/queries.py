"""What others may know of interactions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

from abono.domain.interactions.types import LateEvent


def interactions_by_channel(*, contract_id: UUID, cycle_start: datetime) -> list[tuple[str, int]]:
    """Interactions that opened in a cycle, per channel."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT channel, count(*) FROM metering_interaction"
            " WHERE contract_id = %s AND cycle_start = %s GROUP BY channel ORDER BY channel",
            [contract_id, cycle_start],
        )
        return list(cursor.fetchall())


def extra_by_channel(
    *, contract_id: UUID, cycle_start: datetime, after: int, count: int
) -> list[tuple[str, int]]:
    """Per channel, the `count` interactions of a cycle that opened after the first `after` (INT-6)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT channel, count(*) FROM ("
            "  SELECT channel FROM metering_interaction WHERE contract_id = %s AND cycle_start = %s"
            "   ORDER BY opened_at, channel, contact OFFSET %s LIMIT %s) extra"
            " GROUP BY channel ORDER BY count(*) DESC, channel",
            [contract_id, cycle_start, after, count],
        )
        return list(cursor.fetchall())


def extra_by_time(
    *, contract_id: UUID, cycle_start: datetime, after: int, since: Sequence[datetime]
) -> list[int]:
    """Of the interactions of a cycle that opened after the first `after`, how many opened in each of the spans that begin
    at `since`, in order; each lasts until the next one begins."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT width_bucket(opened_at, %s::timestamptz[]), count(*) FROM ("
            "  SELECT opened_at FROM metering_interaction WHERE contract_id = %s AND cycle_start = %s"
            "   ORDER BY opened_at, channel, contact OFFSET %s) extra GROUP BY 1",
            [list(since), contract_id, cycle_start, after],
        )
        found = dict(cursor.fetchall())
    return [found.get(place, 0) for place in range(1, len(since) + 1)]


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


def opened_by(*, contract_id: UUID, cycle_start: datetime, at: datetime) -> int:
    """How many interactions of a cycle were open or over at a moment."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM metering_interaction"
            " WHERE contract_id = %s AND cycle_start = %s AND opened_at <= %s",
            [contract_id, cycle_start, at],
        )
        return int(cursor.fetchone()[0])
