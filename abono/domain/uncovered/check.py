"""Prove what is decided of uncovered sends from them (OPS-2); part of flows.check_books."""

from __future__ import annotations

DIFFERENCES = """
WITH decided AS (
    SELECT contract_id, decision_id, count(*) AS sends, sum(price_micro)::bigint AS total
      FROM metering_uncovered_decided WHERE contract_id BETWEEN %(low)s AND %(high)s
     GROUP BY contract_id, decision_id
), decisions AS (
    SELECT contract_id, decision_id, sends, total_micro
      FROM metering_uncovered_decision WHERE contract_id BETWEEN %(low)s AND %(high)s
)
SELECT contract_id, NULL::timestamptz, 'uncovered_decided_sends', coalesce(k.sends, 0), coalesce(d.sends, 0)
  FROM decisions k FULL JOIN decided d USING (contract_id, decision_id)
 WHERE k.sends IS DISTINCT FROM d.sends
UNION ALL
SELECT contract_id, NULL, 'uncovered_decided_total', coalesce(k.total_micro, 0), coalesce(d.total, 0)
  FROM decisions k FULL JOIN decided d USING (contract_id, decision_id)
 WHERE k.total_micro IS DISTINCT FROM d.total
UNION ALL
SELECT d.contract_id, NULL, 'uncovered_decided_that_is_not_kept', count(*), 0
  FROM metering_uncovered_decided d
  LEFT JOIN metering_uncovered u ON u.contract_id = d.contract_id AND u.send_id = d.send_id
        AND u.contract_id BETWEEN %(low)s AND %(high)s
 WHERE d.contract_id BETWEEN %(low)s AND %(high)s AND u.send_id IS NULL
 GROUP BY d.contract_id
UNION ALL
SELECT d.contract_id, NULL, 'uncovered_billed_in_spite_of_our_refusal', count(*), 0
  FROM metering_uncovered_decided d
  JOIN metering_uncovered_decision k ON k.contract_id = d.contract_id AND k.decision_id = d.decision_id
       AND k.contract_id BETWEEN %(low)s AND %(high)s
  JOIN metering_uncovered u ON u.contract_id = d.contract_id AND u.send_id = d.send_id
       AND u.contract_id BETWEEN %(low)s AND %(high)s
 WHERE d.contract_id BETWEEN %(low)s AND %(high)s AND k.bill AND u.hold_refused
 GROUP BY d.contract_id
UNION ALL
SELECT d.contract_id, NULL, 'uncovered_billed_that_drew', count(*), 0
  FROM metering_uncovered_decided d
  JOIN metering_uncovered_decision k ON k.contract_id = d.contract_id AND k.decision_id = d.decision_id
       AND k.contract_id BETWEEN %(low)s AND %(high)s
  JOIN metering_settlement t ON t.contract_id = d.contract_id AND t.send_id = d.send_id
       AND t.contract_id BETWEEN %(low)s AND %(high)s
 WHERE d.contract_id BETWEEN %(low)s AND %(high)s AND k.bill AND k.contested_at IS NULL AND t.outcome = 1
 GROUP BY d.contract_id
ORDER BY 1, 2, 3
"""
