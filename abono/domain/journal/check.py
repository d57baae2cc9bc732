"""Prove the journal from the facts: invoices, credit notes, credit, charges and money that matches nothing (PAY-13, OPS-2);
part of flows.check_books."""

from __future__ import annotations

from abono.domain.journal.told import NOWHERE

# Differences between what accounts say and what the facts do, of one account: booked and proven each give a key and a sum.
_DIFFERENCES = """
    SELECT coalesce(b.key, p.key), coalesce(b.minor, 0)::text, coalesce(p.minor, 0)::text
      FROM (SELECT {key} AS key, sum(l.amount_minor)::bigint AS minor
              FROM journal_posting l JOIN journal_entry e ON e.id = l.entry_id WHERE l.account = '{account}' GROUP BY 1) b
      FULL JOIN (SELECT f.key, sum(f.minor)::bigint AS minor FROM ({facts}) f (key, minor) GROUP BY 1) p ON p.key = b.key
     WHERE coalesce(b.minor, 0) <> coalesce(p.minor, 0) ORDER BY 1"""

_RECEIVABLE = """
    SELECT id || ' ' || currency, CASE WHEN state IN ('pending', 'disputed') AND paid_at IS NULL
                                       THEN total_minor - credited_minor - received_minor ELSE 0 END
                                  - CASE WHEN state IN ('draft', 'pending', 'disputed') AND paid_at IS NULL THEN credit_used_minor ELSE 0 END
      FROM invoicing_invoice"""
_LOSSES = """
    SELECT id || ' ' || currency, total_minor - credited_minor - credit_used_minor - received_minor
      FROM invoicing_invoice WHERE state = 'write_off'"""
_REVENUE = """
    SELECT l.invoice_id || ' ' || l.kind || ' ' || i.currency, l.credited_minor - l.amount_minor
      FROM invoicing_invoiceline l JOIN invoicing_invoice i ON i.id = l.invoice_id WHERE i.state IN ('pending', 'paid', 'disputed', 'write_off')
     UNION ALL
    SELECT invoice_id || ' late_charges ' || currency, -late_minor FROM payments_receipt WHERE withdrawn_at IS NULL"""
_WITHHELD = """
    SELECT p.invoice_id || ' ' || t.name || ' ' || t.currency, t.amount_minor
      FROM withholding_withheldtax t JOIN payments_receipt p ON p.id = t.receipt_id WHERE p.withdrawn_at IS NULL"""
_CREDIT = "SELECT contract_id || ' ' || currency, -amount_minor FROM credit_entry"

# Money that matches nothing: what of its charge is booked as a payment is not booked once more.
_FOUND = """
    SELECT u.gateway || ' ' || u.currency AS key, u.amount_minor AS minor, u.closed_at IS NULL AS open, u.why = 'disputed' AS disputed
      FROM payments_unmatchedmoney u
     UNION ALL
    SELECT u.gateway || ' ' || a.currency, -a.amount_minor, u.closed_at IS NULL, false
      FROM payments_unmatchedmoney u JOIN payments_attempt a ON a.id = u.attempt_id AND a.state = 'paid'
     WHERE u.why = 'differs' AND u.closed_at IS NULL"""
_DISPUTES = """(
    SELECT m.gateway, d.currency, d.amount_minor, d.state
      FROM payments_dispute d JOIN payments_attempt a ON a.id = d.attempt_id JOIN payments_paymentmethod m ON m.id = a.method_id
     UNION ALL
    SELECT p.gateway, d.currency, d.amount_minor, d.state FROM payments_dispute d JOIN payments_receipt p ON p.id = d.receipt_id) d"""
_REFUNDS = """(
    SELECT coalesce(m.gateway, nullif(p.gateway, ''), p.way) AS gateway, f.currency, f.amount_minor, f.state
      FROM payments_refund f
      LEFT JOIN payments_attempt a ON a.id = f.attempt_id LEFT JOIN payments_paymentmethod m ON m.id = a.method_id
      LEFT JOIN payments_receipt p ON p.id = f.receipt_id) r"""
_FACTS = {
    "clearing": """
        SELECT m.gateway || ' ' || a.currency, a.amount_minor
          FROM payments_attempt a JOIN payments_paymentmethod m ON m.id = a.method_id
         WHERE a.state IN ('paid', 'reversed') AND NOT EXISTS (SELECT FROM payments_unmatchedmoney u WHERE u.attempt_id = a.id AND u.why = 'surplus')
         UNION ALL
        SELECT r.gateway || ' ' || r.currency, -r.amount_minor FROM {refunds} WHERE r.state = 'done'
         UNION ALL
        SELECT r.way || ' ' || r.currency, -r.amount_minor FROM payments_refund r WHERE r.state = 'paid'
         UNION ALL
        SELECT coalesce(nullif(p.gateway, ''), p.way) || ' ' || p.currency, p.amount_minor FROM payments_receipt p WHERE p.withdrawn_at IS NULL
         UNION ALL
        SELECT d.gateway || ' ' || d.currency, -d.amount_minor FROM {disputes} WHERE d.state IN ('open', 'lost')
         UNION ALL
        SELECT o.gateway || ' ' || o.currency, -o.arrived_minor - o.fees_minor FROM payments_payout o WHERE o.withdrawn_at IS NULL
         UNION ALL
        SELECT key, CASE WHEN disputed THEN -minor ELSE minor END FROM ({found}) u WHERE open OR disputed""",
    "bank": "SELECT ' ' || currency, arrived_minor FROM payments_payout WHERE withdrawn_at IS NULL",
    "fees": "SELECT gateway || ' ' || currency, fees_minor FROM payments_payout WHERE withdrawn_at IS NULL",
    "refunds": """
        SELECT r.gateway || ' ' || r.currency, -r.amount_minor FROM {refunds} WHERE r.state IN ('asked', 'failed', 'owed')""",
    "unmatched": "SELECT key, -minor FROM ({found}) u WHERE open AND NOT disputed",
    "disputed": """
        SELECT key, minor FROM ({found}) u WHERE open AND disputed
         UNION ALL
        SELECT d.gateway || ' ' || d.currency, d.amount_minor FROM {disputes} WHERE d.state = 'open'""",
    "chargebacks": "SELECT key, minor FROM ({found}) u WHERE NOT open AND disputed",
}

JOURNAL = {
    "entry of the journal does not sum to zero": """
        SELECT e.id::text, coalesce(sum(l.amount_minor), 0)::text, '0'
          FROM journal_entry e LEFT JOIN journal_posting l ON l.entry_id = e.id
         GROUP BY e.id, l.currency HAVING sum(l.amount_minor) IS DISTINCT FROM 0 ORDER BY 1""",
    "receivable of the journal is not what an invoice asks for": _DIFFERENCES.format(
        account="receivable", key="e.invoice_id || ' ' || l.currency", facts=_RECEIVABLE
    ),
    "losses of the journal are not what was written off of an invoice": _DIFFERENCES.format(
        account="losses", key="e.invoice_id || ' ' || l.currency", facts=_LOSSES
    ),
    "revenue of the journal is not what the lines of an invoice say": _DIFFERENCES.format(
        account="revenue", key="e.invoice_id || ' ' || l.detail || ' ' || l.currency", facts=_REVENUE
    ),
    "taxes that were withheld are not in the journal as payments say": _DIFFERENCES.format(
        account="withheld", key="e.invoice_id || ' ' || l.detail || ' ' || l.currency", facts=_WITHHELD
    ),
    "credit of the journal is not what its ledger says": _DIFFERENCES.format(
        account="credit", key="e.contract_id || ' ' || l.currency", facts=_CREDIT
    ),
    "money of a bank's file is not booked as its line says": NOWHERE,
    **{
        f"{account} of the journal is not what gateways say": _DIFFERENCES.format(
            account=account,
            key="l.detail || ' ' || l.currency",
            facts=facts.format(found=_FOUND, disputes=_DISPUTES, refunds=_REFUNDS),
        )
        for account, facts in _FACTS.items()
    },
}
