"""What a billing run proves of its renewals before they are there: no period twice, no gap, lines that add up (INV-1, INV-3).

That a cycle has one renewal the database holds already (`invoice_once_per_key`), and one balance.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import connection

from abono.platform import use_case


class Unproven(Exception):
    """What is billed does not follow from the cycles: a person has to look, and to try again would bring nothing."""


class NotTheSum(Unproven):
    """The total of an invoice is not the sum of its lines."""


class PeriodTwice(Unproven):
    """Another renewal has the fee of the same period."""


class PeriodMissing(Unproven):
    """The cycle does not begin where the one before it ends, or it has no balance."""


# One statement for however many there are. A contract is in its new cycle already.
_UNPROVEN = """
SELECT i.contract_id,
       CASE WHEN i.total_minor <> (SELECT coalesce(sum(amount_minor), 0) FROM invoicing_invoiceline WHERE invoice_id = i.id)
            THEN 'sum'
            WHEN EXISTS (SELECT FROM invoicing_invoiceline l
                           JOIN invoicing_invoice o ON o.contract_id = i.contract_id AND o.id <> i.id
                            AND o.reason = 'renewal' AND o.state <> 'cancelled'
                           JOIN invoicing_invoiceline p ON p.invoice_id = o.id AND p.kind = l.kind
                            AND p.period_start < l.period_end AND p.period_end > l.period_start
                          WHERE l.invoice_id = i.id AND l.kind = 'package' AND l.period_start = c.cycle_start)
            THEN 'twice'
            WHEN NOT EXISTS (SELECT FROM metering_cycle m WHERE m.contract_id = c.id
                                AND (m.cycle_start, m.cycle_end) = (c.cycle_start, c.cycle_end))
              OR (SELECT m.cycle_end FROM metering_cycle m WHERE m.contract_id = c.id AND m.cycle_start < c.cycle_start
                   ORDER BY m.cycle_start DESC LIMIT 1) <> c.cycle_start
            THEN 'missing' END
  FROM invoicing_invoice i JOIN contracts_contract c ON c.id = i.contract_id
 WHERE i.id = ANY(%s)
"""
_AS = {"sum": NotTheSum, "twice": PeriodTwice, "missing": PeriodMissing}


def unproven(invoice_ids: Collection[UUID]) -> dict[UUID, Unproven]:
    """Of renewals that the transaction has written, the contracts whose books would be wrong, and why."""
    use_case.write_gathered()
    with connection.cursor() as cursor:
        cursor.execute(_UNPROVEN, [list(invoice_ids)])
        return {contract: _AS[what](f"contract {contract}") for contract, what in cursor.fetchall() if what}


def prove(invoice_ids: Collection[UUID]) -> None:
    """Raises Unproven, of one of them, where there is any."""
    for why in unproven(invoice_ids).values():
        raise why
