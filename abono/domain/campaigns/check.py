"""Prove every campaign from its sends (OPS-2); part of flows.check_books."""

from __future__ import annotations

# One statement, hence one moment, for a range of contracts. Campaigns of cycles that were detached are left out:
# their sends are not all there any more. What the slices and lines count is compared with the sends that are stored.
DIFFERENCES = """
WITH detached AS (
    SELECT contract_id, cycle_start FROM metering_use_border
     WHERE contract_id BETWEEN %(low)s AND %(high)s AND detached
), facts AS (
    SELECT s.contract_id, s.campaign_id, s.route_id, s.cycle_start, s.price_micro,
           count(*) FILTER (WHERE t.outcome = 1) AS sent, count(*) FILTER (WHERE t.outcome IN (2, 4)) AS rejected,
           count(*) FILTER (WHERE t.outcome IS NULL OR t.outcome = 3) AS neither,
           coalesce(sum(s.price_micro - t.drawn_micro) FILTER (WHERE t.drawn_micro IS NOT NULL), 0)::bigint AS saved
      FROM metering_send s
      LEFT JOIN metering_settlement t ON t.contract_id = s.contract_id AND t.send_id = s.send_id
            AND t.contract_id BETWEEN %(low)s AND %(high)s
     WHERE s.contract_id BETWEEN %(low)s AND %(high)s AND s.campaign_id IS NOT NULL
       AND (s.contract_id, s.cycle_start) NOT IN (SELECT d.contract_id, d.cycle_start FROM detached d)
     GROUP BY s.contract_id, s.campaign_id, s.route_id, s.cycle_start, s.price_micro
), slices AS (
    SELECT contract_id, campaign_id, line, cycle_start, price_micro,
           sum(open)::bigint AS open, sum(sent)::bigint AS sent, sum(rejected)::bigint AS rejected,
           sum(saved_micro)::bigint AS saved
      FROM metering_campaign_slice WHERE contract_id BETWEEN %(low)s AND %(high)s
     GROUP BY contract_id, campaign_id, line, cycle_start, price_micro
), books AS (
    SELECT c.contract_id, c.campaign_id, c.cycle_start, c.state, l.route_id, l.price_micro, l.places,
           l.sent + coalesce(s.sent, 0) AS sent, l.rejected + coalesce(s.rejected, 0) AS rejected,
           l.saved_micro + coalesce(s.saved, 0) AS saved,
           CASE c.state WHEN 1 THEN coalesce(s.open + s.sent, 0) ELSE l.places - coalesce(s.open + s.sent, 0) END AS kept
      FROM metering_campaign c
      JOIN metering_campaign_line l USING (contract_id, campaign_id)
      LEFT JOIN slices s USING (contract_id, campaign_id, cycle_start, line, price_micro)
     WHERE c.contract_id BETWEEN %(low)s AND %(high)s
       AND (c.contract_id, c.cycle_start) NOT IN (SELECT d.contract_id, d.cycle_start FROM detached d)
)
SELECT coalesce(b.contract_id, f.contract_id), coalesce(b.cycle_start, f.cycle_start), 'campaign_sent', b.sent,
       coalesce(f.sent, 0)
  FROM books b FULL JOIN facts f USING (contract_id, campaign_id, cycle_start, route_id, price_micro)
 WHERE b.sent IS DISTINCT FROM coalesce(f.sent, 0)
UNION ALL
SELECT b.contract_id, b.cycle_start, 'campaign_rejected', b.rejected, coalesce(f.rejected, 0)
  FROM books b LEFT JOIN facts f USING (contract_id, campaign_id, cycle_start, route_id, price_micro)
 WHERE b.rejected <> coalesce(f.rejected, 0)
UNION ALL
SELECT b.contract_id, b.cycle_start, 'campaign_saved', b.saved, coalesce(f.saved, 0)
  FROM books b LEFT JOIN facts f USING (contract_id, campaign_id, cycle_start, route_id, price_micro)
 WHERE b.saved <> coalesce(f.saved, 0)
UNION ALL
SELECT contract_id, cycle_start, 'campaign_sends_without_end', neither, 0 FROM facts WHERE neither > 0
UNION ALL
SELECT contract_id, cycle_start, 'campaign_places', kept, places FROM books WHERE kept <> places
UNION ALL
SELECT s.contract_id, s.cycle_start, 'campaign_slices_without_campaign', s.open + s.sent, 0
  FROM slices s LEFT JOIN books b USING (contract_id, campaign_id, cycle_start) WHERE b.contract_id IS NULL
UNION ALL
SELECT c.contract_id, c.cycle_start, 'campaign_total', c.total_micro, coalesce(sum(b.places * b.price_micro), 0)::bigint
  FROM metering_campaign c LEFT JOIN books b USING (contract_id, campaign_id)
 WHERE c.contract_id BETWEEN %(low)s AND %(high)s
   AND (c.contract_id, c.cycle_start) NOT IN (SELECT d.contract_id, d.cycle_start FROM detached d)
 GROUP BY c.contract_id, c.campaign_id HAVING c.total_micro <> coalesce(sum(b.places * b.price_micro), 0)
ORDER BY 1, 2, 3
"""
