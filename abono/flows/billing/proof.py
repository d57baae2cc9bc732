"""What a billing run proves of its renewals before they are there: no period twice, no gap, lines that add up (INV-1, INV-3).

That a cycle has one renewal the database holds already (`invoice_once_per_key`), and one balance.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from abono.platform import use_case
from abono.platform.postgres.adding import beside
from abono.platform.postgres.arrays import Uuids


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
       CASE WHEN i.total_minor <> l.minor THEN 'sum'
            WHEN l.since IS NOT NULL AND EXISTS (
                   SELECT FROM invoicing_invoice o JOIN invoicing_invoiceline p ON p.invoice_id = o.id
                    WHERE o.contract_id = i.contract_id AND o.id <> i.id AND o.reason = 'renewal' AND o.state <> 'cancelled'
                      AND p.kind = 'package' AND p.period_start < l.until AND p.period_end > l.since)
            THEN 'twice'
            WHEN (m.since, m.until) IS DISTINCT FROM (c.cycle_start, c.cycle_end) OR m.before <> c.cycle_start
            THEN 'missing' END
  FROM invoicing_invoice i
  JOIN contracts_contract c ON c.id = i.contract_id
 CROSS JOIN LATERAL (
       SELECT coalesce(sum(amount_minor), 0) AS minor, min(period_start) FILTER (WHERE fee) AS since,
              max(period_end) FILTER (WHERE fee) AS until
         FROM (SELECT *, kind = 'package' AND period_start = c.cycle_start AS fee
                 FROM invoicing_invoiceline WHERE invoice_id = i.id) its) l
  LEFT JOIN LATERAL (
       SELECT cycle_start AS since, cycle_end AS until, lead(cycle_end) OVER (ORDER BY cycle_start DESC) AS before
         FROM metering_cycle WHERE contract_id = c.id AND cycle_start <= c.cycle_start ORDER BY cycle_start DESC LIMIT 1) m ON true
 WHERE i.id = ANY(%s)
"""
_AS = {"sum": NotTheSum, "twice": PeriodTwice, "missing": PeriodMissing}


def unproven(invoice_ids: Collection[UUID]) -> dict[UUID, Unproven]:
    """Of renewals that the transaction has written, the contracts whose books would be wrong, and why."""
    use_case.write_gathered()
    with beside() as cursor:
        cursor.execute(_UNPROVEN, [Uuids(map(str, invoice_ids))])
        return {contract: _AS[what](f"contract {contract}") for contract, what in cursor.fetchall() if what}


def prove(invoice_ids: Collection[UUID]) -> None:
    """Raises Unproven, of one of them, where there is any."""
    for why in unproven(invoice_ids).values():
        raise why
