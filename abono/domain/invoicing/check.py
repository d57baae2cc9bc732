"""Prove credit notes from their lines and their invoices (OPS-2); part of flows.check_books."""

from __future__ import annotations

CREDIT_NOTES = {
    "credit note is not the sum of its lines": """
        SELECT n.id::text, n.total_minor::text, coalesce(sum(l.amount_minor), 0)::text
          FROM invoicing_creditnote n LEFT JOIN invoicing_creditnoteline l ON l.note_id = n.id
         GROUP BY n.id HAVING n.total_minor <> coalesce(sum(l.amount_minor), 0) ORDER BY 1""",
    "what credit notes took back of a line is not what it says": """
        SELECT l.invoice_id || ' line ' || l.position, l.credited_minor::text, coalesce(sum(n.amount_minor), 0)::text
          FROM invoicing_invoiceline l LEFT JOIN invoicing_creditnoteline n ON n.line_id = l.id
         GROUP BY l.id HAVING l.credited_minor <> coalesce(sum(n.amount_minor), 0) ORDER BY 1""",
    "what credit notes took off what is owed is not what the invoice says": """
        SELECT i.id::text, i.credited_minor::text, coalesce(sum(n.total_minor - n.credit_minor), 0)::text
          FROM invoicing_invoice i LEFT JOIN invoicing_creditnote n ON n.invoice_id = i.id
         GROUP BY i.id HAVING i.credited_minor <> coalesce(sum(n.total_minor - n.credit_minor), 0) ORDER BY 1""",
    "credit note of an invoice that is not issued, or that was cancelled": """
        SELECT n.id::text, i.state, 'issued'
          FROM invoicing_creditnote n JOIN invoicing_invoice i ON i.id = n.invoice_id
         WHERE i.state NOT IN ('pending', 'paid', 'write_off', 'disputed') OR n.customer_id <> i.customer_id ORDER BY 1""",
    "credit note numbers of a series have a gap": """
        SELECT n.series, max(n.number)::text, count(*)::text FROM invoicing_creditnote n
         GROUP BY n.series HAVING max(n.number) <> count(*) ORDER BY 1""",
    "counter of a series of credit notes is not its last number": """
        SELECT c.name, c.value::text, coalesce(max(n.number), 0)::text
          FROM platform_counter c LEFT JOIN invoicing_creditnote n ON c.name = 'credit_note:' || n.series
         WHERE c.name LIKE 'credit\\_note:%'
         GROUP BY c.name, c.value HAVING c.value <> coalesce(max(n.number), 0) ORDER BY 1""",
}
