"""Prove every roll-up from its entries (OPS-2); part of flows.check_books."""

from __future__ import annotations

# One statement, hence one moment, for a range of contracts. What lies before a cycle's border and was not set apart
# must have ended and be in the roll-up, and nothing else. Cycles of which entries were detached were proven before
# that; from then on the used amount of their row is compared with the roll-up (metering/check.py).
DIFFERENCES = """
WITH facts AS (
    SELECT s.contract_id, s.cycle_start, s.route_id, date_bin('15 min', s.held_at, '2000-01-01 00:00Z') AS quarter,
           count(*) FILTER (WHERE t.outcome = 1) AS sent,
           coalesce(sum(coalesce(t.drawn_micro, s.price_micro)) FILTER (WHERE t.outcome = 1), 0)::bigint AS sent_micro,
           count(*) FILTER (WHERE t.outcome IN (2, 4)) AS rejected, count(*) FILTER (WHERE t.outcome = 3) AS expired,
           coalesce(sum(coalesce(s.units, 1)) FILTER (WHERE t.outcome = 1), 0)::bigint AS units,
           count(*) FILTER (WHERE t.outcome IS NULL) AS open
      FROM metering_send s
      JOIN metering_use_border b ON b.contract_id = s.contract_id AND b.cycle_start = s.cycle_start
      LEFT JOIN metering_settlement t ON t.contract_id = s.contract_id AND t.send_id = s.send_id
            AND t.contract_id BETWEEN %(low)s AND %(high)s
      LEFT JOIN metering_use_apart a
             ON a.contract_id = s.contract_id AND a.cycle_start = s.cycle_start AND a.send_id = s.send_id
     WHERE s.contract_id BETWEEN %(low)s AND %(high)s AND s.campaign_id IS NULL AND a.send_id IS NULL AND NOT b.detached
       AND (s.send_id < b.rolled_id
            OR s.send_id >= 'ff000000-0000-0000-0000-000000000000' AND s.held_at < b.rolled_to)
     GROUP BY s.contract_id, s.cycle_start, s.route_id, quarter
), books AS (
    SELECT u.*, 0::bigint AS open
      FROM metering_use u LEFT JOIN metering_use_border b USING (contract_id, cycle_start)
     WHERE u.contract_id BETWEEN %(low)s AND %(high)s AND b.detached IS NOT TRUE
)
SELECT contract_id, cycle_start,
       'rolled-up ' || d.name || ' of route ' || route_id || ' at ' || to_char(quarter AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"'),
       d.booked, d.proven
  FROM books b FULL JOIN facts f USING (contract_id, cycle_start, route_id, quarter)
 CROSS JOIN LATERAL (VALUES ('sent', b.sent, f.sent), ('sent_micro', b.sent_micro, f.sent_micro),
                            ('rejected', b.rejected, f.rejected), ('expired', b.expired, f.expired),
                            ('units', b.units, f.units), ('open', b.open, f.open)) d (name, booked, proven)
 WHERE coalesce(d.booked, 0) <> coalesce(d.proven, 0)
UNION ALL
SELECT a.contract_id, a.cycle_start, 'sends set apart that are not there', count(*), 0
  FROM metering_use_apart a LEFT JOIN metering_use_border b USING (contract_id, cycle_start)
 WHERE a.contract_id BETWEEN %(low)s AND %(high)s
   AND NOT EXISTS (SELECT FROM metering_send s WHERE s.contract_id = a.contract_id AND s.send_id = a.send_id
                      AND s.cycle_start = a.cycle_start AND s.campaign_id IS NULL)
 GROUP BY a.contract_id, a.cycle_start
UNION ALL
SELECT c.contract_id, c.cycle_start, 'roll-up beyond what is sealed', 1, 0
  FROM metering_cycle c JOIN metering_use_border b USING (contract_id, cycle_start)
 WHERE c.contract_id BETWEEN %(low)s AND %(high)s
   AND (b.rolled_id > c.sealed_id OR b.rolled_to > c.sealed_to)
ORDER BY 1, 2, 3
"""
