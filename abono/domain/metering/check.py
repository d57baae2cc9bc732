"""Prove every balance from the facts (OPS-2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from abono.domain.metering.campaign_check import CAMPAIGN_DIFFERENCES

# One statement, hence one moment: calls that go on meanwhile show as nothing.
_DIFFERENCES = """
WITH RECURSIVE sends AS (
    SELECT s.contract_id, s.cycle_start,
           sum(s.price_micro) FILTER (WHERE t.outcome IS NULL)::bigint AS held,
           sum(s.price_micro) FILTER (WHERE t.outcome = 1)::bigint AS used
      FROM metering_send s
      LEFT JOIN metering_settlement t ON t.contract_id = s.contract_id AND t.send_id = s.send_id
     GROUP BY s.contract_id, s.cycle_start
), campaigns AS (           -- open ones hold what they asked for less what was sent
    SELECT c.contract_id, c.cycle_start, sum(l.places * l.price_micro - coalesce(d.drawn, 0))::bigint AS held
      FROM metering_campaign c JOIN metering_campaign_line l USING (contract_id, campaign_id)
      LEFT JOIN (SELECT s.contract_id, s.campaign_id, s.route_id, sum(s.price_micro) AS drawn
                   FROM metering_send s
                   JOIN metering_settlement t ON t.contract_id = s.contract_id AND t.send_id = s.send_id
                  WHERE s.campaign_id IS NOT NULL AND t.outcome = 1
                  GROUP BY s.contract_id, s.campaign_id, s.route_id) d USING (contract_id, campaign_id, route_id)
     WHERE c.state = 1
     GROUP BY c.contract_id, c.cycle_start
), slices AS (              -- what their sends drew stands as held in the row of the cycle
    SELECT contract_id, cycle_start, sum(sent * price_micro)::bigint AS drawn
      FROM metering_campaign_slice GROUP BY contract_id, cycle_start
), chain AS (               -- the interactions that the events make, each 24 hours after the one before or later
    SELECT contract_id, contact, channel, min(happened_at) AS opened_at
      FROM metering_contact_event WHERE counts GROUP BY contract_id, contact, channel
    UNION ALL
    SELECT c.contract_id, c.contact, c.channel, n.happened_at
      FROM chain c CROSS JOIN LATERAL (
           SELECT e.happened_at FROM metering_contact_event e
            WHERE e.contract_id = c.contract_id AND e.contact = c.contact AND e.channel = c.channel AND e.counts
              AND e.happened_at >= c.opened_at + interval '24 hours'
            ORDER BY e.happened_at LIMIT 1) n
), opened AS (
    SELECT h.contract_id, y.cycle_start, count(*) AS n
      FROM chain h CROSS JOIN LATERAL (
           SELECT x.cycle_start FROM metering_cycle x
            WHERE x.contract_id = h.contract_id AND x.cycle_start <= h.opened_at
            ORDER BY x.cycle_start DESC LIMIT 1) y
     GROUP BY h.contract_id, y.cycle_start
), off AS (                 -- interactions that are kept and should not be, or the other way round
    SELECT coalesce(h.contract_id, i.contract_id) AS contract_id, count(*) AS n
      FROM chain h FULL JOIN metering_interaction i
        ON i.contract_id = h.contract_id AND i.contact = h.contact AND i.channel = h.channel AND i.opened_at = h.opened_at
     WHERE h.contract_id IS NULL OR i.contract_id IS NULL
     GROUP BY 1
), books AS (
    SELECT contract_id, cycle_start, c.held_micro - coalesce(d.drawn, 0) AS held_micro,
           c.used_micro + coalesce(d.drawn, 0) AS used_micro, c.interactions, c.ceiling_micro,
           coalesce(s.held, 0) + coalesce(k.held, 0) AS held, coalesce(s.used, 0) AS used, coalesce(o.n, 0) AS n
      FROM metering_cycle c FULL JOIN sends s USING (contract_id, cycle_start)
      FULL JOIN campaigns k USING (contract_id, cycle_start)
      LEFT JOIN slices d USING (contract_id, cycle_start)
      LEFT JOIN opened o USING (contract_id, cycle_start)
)
SELECT contract_id, cycle_start, 'held_micro', held_micro, held FROM books WHERE held_micro IS DISTINCT FROM held
UNION ALL
SELECT contract_id, cycle_start, 'used_micro', used_micro, used FROM books WHERE used_micro IS DISTINCT FROM used
UNION ALL
SELECT contract_id, cycle_start, 'interactions', interactions, n FROM books WHERE interactions IS DISTINCT FROM n
UNION ALL
SELECT contract_id, cycle_start, 'ceiling_micro', ceiling_micro, held + used FROM books WHERE held + used > ceiling_micro
UNION ALL
SELECT contract_id, NULL, 'interaction_rows', n, 0 FROM off
UNION ALL
SELECT t.contract_id, NULL, 'settlements_without_send', count(*), 0
  FROM metering_settlement t
 WHERE NOT EXISTS (SELECT FROM metering_send s WHERE s.contract_id = t.contract_id AND s.send_id = t.send_id)
 GROUP BY t.contract_id
ORDER BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is booked and does not follow from the facts."""

    contract_id: UUID
    cycle_start: datetime | None
    what: str
    booked: int | None
    proven: int


def check_books() -> list[Difference]:
    """Recompute held, used and interactions of every cycle, and every campaign, from the facts.

    Reads the facts whole: seconds per million rows. No difference, no rows.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERENCES)
        found = [Difference(*row) for row in cursor.fetchall()]
        cursor.execute(CAMPAIGN_DIFFERENCES)
        return found + [Difference(*row) for row in cursor.fetchall()]
