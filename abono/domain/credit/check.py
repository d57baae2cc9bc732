"""Prove credit from its movements, and these from credit notes and invoices (OPS-2); part of flows.check_books."""

from __future__ import annotations

CREDIT = {
    "balance of credit is not what its movements say": """
        SELECT e.contract_id || ' entry ' || e.place, e.balance_minor::text, e.proven::text
          FROM (SELECT contract_id, place, balance_minor,
                       sum(amount_minor) OVER (PARTITION BY contract_id ORDER BY place) AS proven,
                       row_number() OVER (PARTITION BY contract_id ORDER BY place) AS nth
                  FROM credit_entry) e
         WHERE e.balance_minor <> e.proven OR e.place <> e.nth OR e.balance_minor < 0 ORDER BY 1""",
    "credit that was granted is not what its credit note says": """
        SELECT n.id::text, coalesce(e.amount_minor, 0)::text, n.credit_minor::text
          FROM invoicing_creditnote n
          LEFT JOIN credit_entry e ON e.credit_note_id = n.id AND e.invoice_id = n.invoice_id
         WHERE coalesce(e.amount_minor, 0) <> n.credit_minor ORDER BY 1""",
    "credit that pays of an invoice is not what the invoice says": """
        SELECT i.id::text, i.credit_used_minor::text, coalesce(-sum(e.amount_minor), 0)::text
          FROM invoicing_invoice i
          LEFT JOIN credit_entry e ON e.invoice_id = i.id AND e.kind IN ('used', 'returned') AND e.contract_id = i.contract_id
         GROUP BY i.id HAVING i.credit_used_minor <> coalesce(-sum(e.amount_minor), 0) ORDER BY 1""",
    "credit lies idle while an invoice waits and nobody pays it": """
        SELECT i.id::text, i.total_minor - i.credited_minor - i.credit_used_minor - i.received_minor || ' owed', e.balance_minor || ' there'
          FROM invoicing_invoice i
          JOIN LATERAL (SELECT balance_minor FROM credit_entry e WHERE e.contract_id = i.contract_id
                         ORDER BY place DESC LIMIT 1) e ON e.balance_minor > 0
         WHERE i.state = 'pending'
           AND NOT EXISTS (SELECT FROM payments_attempt a
                            WHERE a.invoice_id = i.id AND a.state IN ('created', 'unknown', 'differs'))
         ORDER BY 1""",
    "credit that goes back is not what refunds say": """
        SELECT coalesce(c.contract_id, r.contract_id)::text, coalesce(c.minor, 0)::text, coalesce(r.minor, 0)::text
          FROM (SELECT contract_id, -sum(amount_minor)::bigint AS minor FROM credit_entry WHERE kind IN ('refunded', 'restored') GROUP BY 1) c
          FULL JOIN (SELECT i.contract_id, sum(f.amount_minor)::bigint AS minor
                       FROM payments_refund f LEFT JOIN payments_attempt a ON a.id = f.attempt_id LEFT JOIN payments_receipt p ON p.id = f.receipt_id
                       JOIN invoicing_invoice i ON i.id = coalesce(a.invoice_id, p.invoice_id) WHERE f.state NOT IN ('again', 'credit') GROUP BY 1) r ON r.contract_id = c.contract_id
         WHERE coalesce(c.minor, 0) <> coalesce(r.minor, 0) ORDER BY 1""",
    "credit that was paid too much is not what payments say": """
        SELECT coalesce(c.invoice_id, p.invoice_id)::text, coalesce(c.minor, 0)::text, coalesce(p.minor, 0)::text
          FROM (SELECT invoice_id, sum(amount_minor)::bigint AS minor FROM credit_entry
                 WHERE kind IN ('overpaid', 'recalled') GROUP BY 1) c
          FULL JOIN (SELECT invoice_id, sum(credit_minor)::bigint AS minor FROM payments_receipt
                      WHERE withdrawn_at IS NULL GROUP BY 1) p ON p.invoice_id = c.invoice_id
         WHERE coalesce(c.minor, 0) <> coalesce(p.minor, 0) ORDER BY 1""",
    "credit is tied to an invoice that nobody pays": """
        SELECT i.id::text, i.credit_used_minor::text, '0' FROM invoicing_invoice i
         WHERE i.credit_used_minor > 0 AND (i.state = 'cancelled' OR i.state = 'draft' AND NOT EXISTS (
               SELECT FROM payments_attempt a
                WHERE a.invoice_id = i.id AND a.state IN ('created', 'unknown', 'differs')))
         ORDER BY 1""",
    "invoice waits for a payment and nothing is owed": """
        SELECT i.id::text, 'pending', '0' FROM invoicing_invoice i
         WHERE i.state = 'pending' AND i.total_minor > 0 AND i.total_minor = i.credited_minor + i.credit_used_minor + i.received_minor
         ORDER BY 1""",
}
