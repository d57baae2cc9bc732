"""Prove what was withheld of invoices and payments from its taxes (OPS-2); part of flows.check_books."""

from __future__ import annotations

WITHHELD = {
    "what was withheld of an invoice is not what its payments say": """
        SELECT i.id::text, i.withheld_minor::text, coalesce(sum(p.withheld_minor), 0)::text
          FROM invoicing_invoice i LEFT JOIN payments_receipt p ON p.invoice_id = i.id AND p.withdrawn_at IS NULL
         GROUP BY i.id HAVING i.withheld_minor <> coalesce(sum(p.withheld_minor), 0) ORDER BY 1""",
    "what was withheld of a payment is not the sum of its taxes": """
        SELECT p.id::text, p.withheld_minor::text, coalesce(sum(t.amount_minor), 0)::text
          FROM payments_receipt p LEFT JOIN withholding_withheldtax t ON t.receipt_id = p.id
         GROUP BY p.id HAVING p.withheld_minor <> coalesce(sum(t.amount_minor), 0) ORDER BY 1""",
}
