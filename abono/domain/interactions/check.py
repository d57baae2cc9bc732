"""Prove interactions from the contact events (OPS-2); part of flows.check_books."""

from __future__ import annotations

# One statement, hence one moment, for a range of contracts.
DIFFERENCES = """
WITH RECURSIVE chain AS (               -- the interactions that the events make, each 24 hours after the one before or later
    SELECT contract_id, contact, channel, min(happened_at) AS opened_at
      FROM metering_contact_event
     WHERE contract_id BETWEEN %(low)s AND %(high)s AND counts GROUP BY contract_id, contact, channel
    UNION ALL
    SELECT c.contract_id, c.contact, c.channel, n.happened_at
      FROM chain c CROSS JOIN LATERAL (
           SELECT e.happened_at FROM metering_contact_event e
            WHERE e.contract_id = c.contract_id AND e.contact = c.contact AND e.channel = c.channel AND e.counts
              AND e.happened_at >= c.opened_at + interval '24 hours' AND e.contract_id BETWEEN %(low)s AND %(high)s
            ORDER BY e.happened_at LIMIT 1) n
), opened AS (
    SELECT h.contract_id, y.cycle_start, count(*) AS n
      FROM chain h CROSS JOIN LATERAL (
           SELECT x.cycle_start FROM metering_cycle x
            WHERE x.contract_id = h.contract_id AND x.cycle_start <= h.opened_at
              AND x.contract_id BETWEEN %(low)s AND %(high)s
            ORDER BY x.cycle_start DESC LIMIT 1) y
     GROUP BY h.contract_id, y.cycle_start
), off AS (                 -- interactions that are kept and should not be, or the other way round
    SELECT coalesce(h.contract_id, i.contract_id) AS contract_id, count(*) AS n
      FROM chain h
      FULL JOIN (SELECT * FROM metering_interaction WHERE contract_id BETWEEN %(low)s AND %(high)s) i
        ON i.contract_id = h.contract_id AND i.contact = h.contact AND i.channel = h.channel AND i.opened_at = h.opened_at
     WHERE h.contract_id IS NULL OR i.contract_id IS NULL
     GROUP BY 1
), books AS (
    SELECT contract_id, cycle_start, c.interactions, coalesce(o.n, 0) AS n
      FROM (SELECT * FROM metering_cycle WHERE contract_id BETWEEN %(low)s AND %(high)s) c
      LEFT JOIN opened o USING (contract_id, cycle_start)
)
SELECT contract_id, cycle_start, 'interactions', interactions, n FROM books WHERE interactions <> n
UNION ALL
SELECT contract_id, NULL, 'interaction_rows', n, 0 FROM off
ORDER BY 1, 2, 3
"""
