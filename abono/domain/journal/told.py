"""What suppliers said, as facts that the journal posts to clearing accounts; a part of `reconciliation` (PAY-13)."""

from __future__ import annotations

# Every fact that moves a clearing account, from the rows that gateways, banks and the seller's people left: the fact, whose id is
# its reference, the account, what it moves there, when, and of which invoice. Of a payout what was kept of it, of a receipt what was
# withheld beside it. `since` is the lowest id of what a day can still have decided.
_FACTS = """
    SELECT 'payment_received' AS fact, a.id AS reference, m.gateway AS detail, a.currency, a.amount_minor AS minor,
           0::bigint AS fees, 0::bigint AS withheld, a.decided_at AS at, a.invoice_id
      FROM payments_attempt a JOIN payments_paymentmethod m ON m.id = a.method_id
     WHERE a.state IN ('paid', 'reversed') AND {attempt}
       AND NOT EXISTS (SELECT FROM payments_unmatchedmoney u WHERE u.attempt_id = a.id AND u.why = 'surplus')
     UNION ALL
    SELECT 'payment_recorded', p.id, coalesce(nullif(p.gateway, ''), p.way), p.currency, p.amount_minor,
           0, p.withheld_minor, p.recorded_at, p.invoice_id
      FROM payments_receipt p WHERE {receipt}
     UNION ALL
    SELECT 'payment_withdrawn', p.id, coalesce(nullif(p.gateway, ''), p.way), p.currency, -p.amount_minor,
           0, -p.withheld_minor, p.withdrawn_at, p.invoice_id
      FROM payments_receipt p WHERE p.withdrawn_at IS NOT NULL AND {receipt}
     UNION ALL
    SELECT f.fact, d.id, coalesce(m.gateway, nullif(p.gateway, ''), p.way), d.currency, f.sign * d.amount_minor, 0, 0, f.at, d.invoice_id
      FROM payments_dispute d
      LEFT JOIN payments_attempt a ON a.id = d.attempt_id LEFT JOIN payments_paymentmethod m ON m.id = a.method_id
      LEFT JOIN payments_receipt p ON p.id = d.receipt_id
     CROSS JOIN LATERAL (VALUES ('dispute_opened', -1, d.opened_at),
                                ('dispute_won', 1, CASE WHEN d.state = 'won' THEN d.ended_at END)) f (fact, sign, at)
     WHERE (d.attempt_id IS NOT NULL OR d.receipt_id IS NOT NULL) AND f.at IS NOT NULL AND {dispute}
     UNION ALL
    SELECT CASE r.state WHEN 'paid' THEN 'refund_paid_out' ELSE 'refund_done' END, r.id,
           CASE r.state WHEN 'paid' THEN r.way ELSE coalesce(m.gateway, nullif(p.gateway, ''), p.way) END,
           r.currency, -r.amount_minor, 0, 0, r.decided_at, coalesce(a.invoice_id, p.invoice_id)
      FROM payments_refund r
      LEFT JOIN payments_attempt a ON a.id = r.attempt_id LEFT JOIN payments_paymentmethod m ON m.id = a.method_id
      LEFT JOIN payments_receipt p ON p.id = r.receipt_id
     WHERE r.state IN ('done', 'paid') AND {refund}
     UNION ALL
    SELECT f.fact, o.id, o.gateway, o.currency, f.sign * (o.arrived_minor + o.fees_minor), -f.sign * o.fees_minor, 0, f.at, NULL
      FROM payments_payout o
     CROSS JOIN LATERAL (VALUES ('payout_recorded', -1, o.recorded_at), ('payout_withdrawn', 1, o.withdrawn_at)) f (fact, sign, at)
     WHERE f.at IS NOT NULL AND {payout}
     UNION ALL
    SELECT f.fact, u.id, u.gateway, u.currency,
           f.sign * (u.amount_minor - CASE WHEN u.why = 'differs' AND known.entry THEN a.amount_minor ELSE 0 END),
           0, 0, f.at, a.invoice_id
      FROM payments_unmatchedmoney u LEFT JOIN payments_attempt a ON a.id = u.attempt_id
      LEFT JOIN LATERAL (SELECT EXISTS (
            SELECT FROM journal_entry paid JOIN journal_entry found ON found.fact = 'money_found' AND found.reference = u.id
             WHERE paid.fact = 'payment_received' AND paid.reference = u.attempt_id AND paid.id < found.id)) known (entry) ON true
     CROSS JOIN LATERAL (VALUES
            (CASE WHEN u.why = 'disputed' THEN 'money_disputed' ELSE 'money_found' END, CASE WHEN u.why = 'disputed' THEN -1 ELSE 1 END, u.found_at),
            ('money_returned', -1, CASE WHEN u.why <> 'disputed' THEN u.closed_at END)) f (fact, sign, at)
     WHERE f.at IS NOT NULL AND {money}"""
_SINCE = {"attempt": "a.id >= %(since)s", "receipt": "p.id >= %(since)s"} | dict.fromkeys(
    ("dispute", "refund", "payout", "money"), "true"
)
_KEYS = {"attempt": "a", "receipt": "p", "dispute": "d", "refund": "r", "payout": "o", "money": "u"}
_BOOKED = {
    name: f"{table}.id = ANY ((SELECT array_agg(reference) FROM booked)::uuid[])"  # noqa: S608 - names of ours
    for name, table in _KEYS.items()
}

# Of a day: what the journal has on clearing accounts beside what suppliers said of the same facts, and what they said of that day that
# the journal never had. Sandboxes are in neither. `known` is the fact as both call it.
_DAY = f"""
WITH booked AS MATERIALIZED (
    SELECT CASE e.fact WHEN 'payment_bounced' THEN 'payment_withdrawn' ELSE e.fact END AS known, e.reference, e.invoice_id,
           l.detail, l.currency, l.amount_minor AS minor,
           coalesce((SELECT sum(x.amount_minor) FROM journal_posting x WHERE x.entry_id = e.id AND x.account = 'fees'), 0)::bigint AS fees,
           coalesce((SELECT sum(x.amount_minor) FROM journal_posting x WHERE x.entry_id = e.id AND x.account = 'withheld'), 0)::bigint
               AS withheld
      FROM journal_entry e JOIN journal_posting l ON l.entry_id = e.id AND l.account = 'clearing'
     WHERE e.day = %(day)s AND NOT e.sandbox
), told AS MATERIALIZED (
    SELECT t.* FROM ({_FACTS.format(**_BOOKED)}) t WHERE (t.fact, t.reference) IN (SELECT known, reference FROM booked)
     UNION ALL
    SELECT t.* FROM ({_FACTS.format(**_SINCE)}) t
      LEFT JOIN invoicing_invoice i ON i.id = t.invoice_id LEFT JOIN customers_customer c ON c.id = i.customer_id
     WHERE t.at >= %(begins)s AND t.at < %(ends)s AND c.sandbox IS NOT TRUE AND t.minor <> 0
       AND NOT EXISTS (SELECT FROM journal_entry e WHERE e.reference = t.reference AND e.fact IN
                           (t.fact, CASE t.fact WHEN 'payment_withdrawn' THEN 'payment_bounced' ELSE t.fact END))
), both_sides AS MATERIALIZED (
    SELECT coalesce(b.known, t.fact) AS fact, coalesce(b.reference, t.reference) AS reference,
           coalesce(b.detail, t.detail) AS detail, coalesce(b.currency, t.currency) AS currency,
           coalesce(b.invoice_id, t.invoice_id) AS invoice_id,
           b.minor AS booked, t.minor AS told, coalesce(b.fees, 0) AS booked_fees, coalesce(t.fees, 0) AS told_fees,
           coalesce(b.withheld, 0) AS booked_withheld, coalesce(t.withheld, 0) AS told_withheld
      FROM booked b FULL JOIN told t
        ON t.fact = b.known AND t.reference = b.reference AND t.detail = b.detail AND t.currency = b.currency
)"""  # noqa: S608 - our own statements
MOVED = (
    _DAY
    + """
SELECT detail, currency, fact, coalesce(sum(booked), 0)::bigint, coalesce(sum(told), 0)::bigint, sum(booked_fees)::bigint,
       sum(told_fees)::bigint, sum(booked_withheld)::bigint, sum(told_withheld)::bigint
  FROM both_sides GROUP BY 1, 2, 3"""
)
DIFFERENT = (
    _DAY
    + """
SELECT s.fact, s.reference, s.detail, s.currency, s.booked, s.told, s.invoice_id, coalesce(i.series || '-' || lpad(i.number::text, 6, '0'), '')
  FROM both_sides s LEFT JOIN invoicing_invoice i ON i.id = s.invoice_id
 WHERE s.booked IS DISTINCT FROM s.told OR s.booked_fees <> s.told_fees OR s.booked_withheld <> s.told_withheld
 ORDER BY s.detail, s.currency, s.reference LIMIT %(limit)s"""
)
# Lines of returns that a day brought: their money is booked for an invoice, or kept as nobody's, or it is nowhere.
_LINES = """
SELECT f.gateway, f.id, l.line, l.reference, l.amount_minor, l.did = '' AS waits, sum(l.amount_minor) OVER (PARTITION BY f.gateway)::bigint AS filed,
       coalesce(p.minor, u.minor) AS booked
  FROM payments_bankfile f JOIN payments_bankline l ON l.file_id = f.id AND l.money <> '' AND l.did <> 'known'
  LEFT JOIN LATERAL (SELECT r.amount_minor AS minor FROM payments_receipt r
                      WHERE r.gateway = f.gateway AND r.gateway <> '' AND r.reference = l.money) p ON true
  LEFT JOIN LATERAL (SELECT max(m.amount_minor) AS minor FROM payments_unmatchedmoney m
                      WHERE m.gateway = f.gateway AND m.key = l.money) u ON true
 WHERE f.direction = 'return'"""
_FILED = f"{_LINES} AND f.at >= %(begins)s AND f.at < %(ends)s"
FILED = f"SELECT DISTINCT gateway, filed FROM ({_FILED}) l"  # noqa: S608 - our own statements
UNBOOKED = f"""
SELECT gateway, id, line, reference, amount_minor, waits, booked FROM ({_FILED}) l
 WHERE booked IS DISTINCT FROM amount_minor ORDER BY waits, gateway, id, line LIMIT %(limit)s"""  # noqa: S608 - our own statements

NOWHERE = f"""
SELECT id || ' ' || line, coalesce(booked, 0)::text, amount_minor::text FROM ({_LINES}) l
 WHERE NOT waits AND booked IS DISTINCT FROM amount_minor ORDER BY 1"""  # noqa: S608 - our own statements; of whichever day

BALANCES = """
SELECT l.detail, l.currency, sum(l.amount_minor) FILTER (WHERE e.day < %(day)s)::bigint, sum(l.amount_minor)::bigint
  FROM journal_posting l JOIN journal_entry e ON e.id = l.entry_id
 WHERE l.account = 'clearing' AND e.day <= %(day)s AND NOT e.sandbox GROUP BY 1, 2 ORDER BY 1, 2"""
# What came (or, of an account that owes, went) on the last days: the newest of it is what has not been paid out.
BY_DAY = """
SELECT l.detail, l.currency, e.day, sum(l.amount_minor) FILTER (WHERE l.amount_minor > 0)::bigint,
       sum(l.amount_minor) FILTER (WHERE l.amount_minor < 0)::bigint
  FROM journal_entry e JOIN journal_posting l ON l.entry_id = e.id AND l.account = 'clearing'
 WHERE e.day > %(first)s AND e.day <= %(day)s AND NOT e.sandbox GROUP BY 1, 2, 3 ORDER BY 3 DESC"""

# What was open when a day ended. Money of nobody lies on the account; of the others a part may, and none of it is final.
WAITING = """
SELECT w.kind, w.detail, w.currency, w.minor, w.since, w.id, w.invoice_id, coalesce(i.series || '-' || lpad(i.number::text, 6, '0'), ''),
       count(*) OVER ()
  FROM (SELECT CASE u.why WHEN 'disputed' THEN 'contested' ELSE 'nobody' END AS kind, u.gateway AS detail, u.currency, u.amount_minor AS minor,
               u.found_at AS since, u.id, a.invoice_id
          FROM payments_unmatchedmoney u LEFT JOIN payments_attempt a ON a.id = u.attempt_id
         WHERE u.found_at < %(ends)s AND (u.closed_at IS NULL OR u.closed_at >= %(ends)s)
         UNION ALL
        SELECT 'contested', coalesce(m.gateway, nullif(p.gateway, ''), p.way), d.currency, d.amount_minor, d.opened_at, d.id, d.invoice_id
          FROM payments_dispute d
          LEFT JOIN payments_attempt a ON a.id = d.attempt_id LEFT JOIN payments_paymentmethod m ON m.id = a.method_id
          LEFT JOIN payments_receipt p ON p.id = d.receipt_id
         WHERE (d.attempt_id IS NOT NULL OR d.receipt_id IS NOT NULL)
           AND d.opened_at < %(ends)s AND (d.ended_at IS NULL OR d.ended_at >= %(ends)s)
         UNION ALL
        SELECT 'refund', coalesce(m.gateway, nullif(p.gateway, ''), p.way), r.currency, r.amount_minor, r.asked_at, r.id,
               coalesce(a.invoice_id, p.invoice_id)
          FROM payments_refund r
          LEFT JOIN payments_attempt a ON a.id = r.attempt_id LEFT JOIN payments_paymentmethod m ON m.id = a.method_id
          LEFT JOIN payments_receipt p ON p.id = r.receipt_id
         WHERE r.asked_at < %(ends)s AND (r.state IN ('asked', 'owed', 'failed') OR r.decided_at >= %(ends)s)
         UNION ALL
        SELECT 'unknown', m.gateway, a.currency, a.amount_minor, a.created_at, a.id, a.invoice_id
          FROM payments_attempt a JOIN payments_paymentmethod m ON m.id = a.method_id
         WHERE a.state IN ('created', 'unknown') AND a.created_at < %(ends)s
           AND a.id IN (SELECT subject FROM platform_due WHERE kind = 'ask_gateway')) w
  LEFT JOIN invoicing_invoice i ON i.id = w.invoice_id LEFT JOIN customers_customer c ON c.id = i.customer_id
 WHERE c.sandbox IS NOT TRUE ORDER BY w.since, w.id LIMIT %(limit)s"""
