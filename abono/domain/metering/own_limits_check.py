"""Prove what cycles carry of their customers' own limits (OPS-2); part of check.check_books."""

from __future__ import annotations

# One statement, hence one moment, for a range of contracts; not for cycles of which entries were detached. Totals of channels follow from the sends and from what open campaigns hold;
# caps and budgets of the cycles that are not over follow from the wish.
OWN_LIMIT_DIFFERENCES = """
WITH budgeted AS (
    SELECT c.contract_id, c.cycle_start FROM metering_cycle c
     WHERE c.contract_id BETWEEN %(low)s AND %(high)s AND c.budgeted
       AND NOT EXISTS (SELECT FROM metering_use_border d
                        WHERE d.contract_id = c.contract_id AND d.cycle_start = c.cycle_start AND d.detached
                          AND d.contract_id BETWEEN %(low)s AND %(high)s)
), facts AS (
    SELECT x.contract_id, x.cycle_start, r.channel, sum(x.amount)::bigint AS total
      FROM (SELECT s.contract_id, s.cycle_start, s.route_id, s.price_micro AS amount
              FROM metering_send s JOIN budgeted USING (contract_id, cycle_start)
              LEFT JOIN metering_settlement t ON t.contract_id = s.contract_id AND t.send_id = s.send_id
                    AND t.contract_id BETWEEN %(low)s AND %(high)s
             WHERE s.contract_id BETWEEN %(low)s AND %(high)s
               AND s.campaign_id IS NULL AND coalesce(t.outcome, 1) = 1
             UNION ALL
            SELECT c.contract_id, c.cycle_start, l.route_id,
                   CASE c.state WHEN 1 THEN l.places ELSE l.sent END * l.price_micro
              FROM metering_campaign c JOIN budgeted USING (contract_id, cycle_start)
              JOIN metering_campaign_line l USING (contract_id, campaign_id)
             WHERE c.contract_id BETWEEN %(low)s AND %(high)s) x
      JOIN catalog_route r ON r.id = x.route_id
     GROUP BY x.contract_id, x.cycle_start, r.channel
)
SELECT contract_id, cycle_start, 'total_micro of channel ' || channel, coalesce(b.total_micro, 0), coalesce(f.total, 0)
  FROM (SELECT x.* FROM metering_channel_budget x
          LEFT JOIN metering_use_border d ON d.contract_id = x.contract_id AND d.cycle_start = x.cycle_start
         WHERE x.contract_id BETWEEN %(low)s AND %(high)s AND d.detached IS NOT TRUE) b
  FULL JOIN facts f USING (contract_id, cycle_start, channel)
 WHERE coalesce(b.total_micro, 0) <> coalesce(f.total, 0)
UNION ALL
SELECT c.contract_id, c.cycle_start, 'cap_micro', c.cap_micro, o.cap_micro
  FROM metering_cycle c JOIN metering_own_limit o USING (contract_id)
 WHERE c.contract_id BETWEEN %(low)s AND %(high)s
   AND c.cycle_end > o.changed_at AND c.cap_micro IS DISTINCT FROM o.cap_micro
UNION ALL
SELECT coalesce(b.contract_id, w.contract_id), coalesce(b.cycle_start, w.cycle_start), 'budget_micro',
       b.budget_micro, w.budget_micro
  FROM (SELECT contract_id, cycle_start, channel, budget_micro FROM metering_channel_budget
          JOIN metering_own_limit o USING (contract_id) JOIN metering_cycle c USING (contract_id, cycle_start)
         WHERE contract_id BETWEEN %(low)s AND %(high)s AND budget_micro IS NOT NULL AND c.cycle_end > o.changed_at) b
  FULL JOIN (SELECT w.contract_id, c.cycle_start, w.channel, w.budget_micro FROM metering_own_budget w
               JOIN metering_own_limit o USING (contract_id) JOIN metering_cycle c USING (contract_id)
              WHERE w.contract_id BETWEEN %(low)s AND %(high)s AND c.cycle_end > o.changed_at) w USING (contract_id, cycle_start, channel)
 WHERE b.budget_micro IS DISTINCT FROM w.budget_micro
ORDER BY 1, 2, 3
"""
