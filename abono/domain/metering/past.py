"""What was held and used of a cycle at an earlier moment: added up from the sends, which never change.

What counts is when a send was held and settled on the customer's clock. One that was told of later, for an earlier
moment, counts from that moment on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from abono.domain.metering.queries import thresholds
from abono.domain.metering.rules import Level

# Sends of campaigns draw on what their campaign holds, and are themselves not held.
_USE = """
WITH sends AS (
    SELECT s.campaign_id, s.price_micro, coalesce(t.drawn_micro, s.price_micro) AS drawn_micro,
           CASE WHEN t.settled_at <= %(at)s THEN t.outcome END AS outcome
      FROM metering_send s
      LEFT JOIN metering_settlement t ON t.contract_id = s.contract_id AND t.send_id = s.send_id
            AND t.contract_id = %(contract)s
     WHERE s.contract_id = %(contract)s AND s.cycle_start = %(start)s AND s.held_at <= %(at)s
), campaigns AS (
    SELECT c.campaign_id, sum(l.places * l.price_micro) AS held_micro
      FROM metering_campaign c JOIN metering_campaign_line l USING (contract_id, campaign_id)
     WHERE c.contract_id = %(contract)s AND c.cycle_start = %(start)s AND c.held_at <= %(at)s
       AND (c.ended_at IS NULL OR c.ended_at > %(at)s)
     GROUP BY c.campaign_id
)
SELECT coalesce((SELECT sum(price_micro) FROM sends WHERE outcome IS NULL AND campaign_id IS NULL), 0)::bigint
     + coalesce((SELECT sum(c.held_micro - coalesce((SELECT sum(s.drawn_micro) FROM sends s
                                                      WHERE s.campaign_id = c.campaign_id AND s.outcome = 1), 0))
                   FROM campaigns c), 0)::bigint,
       coalesce((SELECT sum(drawn_micro) FROM sends WHERE outcome = 1), 0)::bigint
     - coalesce((SELECT sum(back_micro) FROM metering_recount
                  WHERE contract_id = %(contract)s AND cycle_start = %(start)s AND told_at <= %(at)s), 0)::bigint
"""
_DETACHED = (
    "SELECT count(*) FROM metering_use_border WHERE contract_id = %s AND cycle_start = %s AND detached"
)


@dataclass(frozen=True, slots=True)
class Use:
    """In millionths of the package's currency."""

    held_micro: int
    used_micro: int


def use_at(contract_id: UUID, *, cycle_start: datetime, at: datetime) -> Use | None:
    """What was held and used of the cycle at a moment; None where its sends were laid away (docs/growth.md)."""
    with connection.cursor() as cursor:
        cursor.execute(_DETACHED, [contract_id, cycle_start])
        if cursor.fetchone()[0]:
            return None
        cursor.execute(_USE, {"contract": contract_id, "start": cycle_start, "at": at})
        return Use(*cursor.fetchone())


def blocks(contract_id: UUID, *, cycle_start: datetime) -> list[datetime]:
    """When sends of the cycle were blocked at the limit, in order."""
    return [
        one.crossed_at
        for one in thresholds(contract_id)
        if one.cycle_start == cycle_start and one.level is Level.BLOCKED
    ]
