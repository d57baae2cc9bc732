"""What a billing run made, told from its invoices."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

_SUMS = """
SELECT i.currency, '' AS kind, count(*), sum(i.total_minor)::bigint
  FROM invoicing_invoice i WHERE i.billing_run_id = %(run)s GROUP BY 1
UNION ALL
SELECT i.currency, l.kind, count(*), sum(l.amount_minor)::bigint
  FROM invoicing_invoice i JOIN invoicing_invoiceline l ON l.invoice_id = i.id
 WHERE i.billing_run_id = %(run)s GROUP BY 1, 2
 ORDER BY 1, 4 DESC, 2
"""
# Against the renewal of the cycle before, as it was billed. An invoice of nothing is far from any that was of something.
_FAR = """
SELECT m.id, m.contract_id, m.customer_id, m.currency, b.total_minor, m.total_minor, count(*) OVER ()
  FROM invoicing_invoice m
  JOIN invoicing_invoice b ON b.contract_id = m.contract_id AND b.state <> 'cancelled' AND b.currency = m.currency
   AND b.key = 'cycle:' || (substr(m.key, 7)::integer - 1)
 WHERE m.billing_run_id = %(run)s AND b.total_minor > 0
   AND (m.total_minor = 0 OR m.total_minor >= %(times)s * b.total_minor)
 ORDER BY abs(m.total_minor - b.total_minor) DESC, m.id LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Amount:
    """What the lines of one kind come to."""

    kind: str
    lines: int
    minor: int


@dataclass(frozen=True, slots=True)
class Billed:
    """What a run billed in one currency; `kinds` of lines, greatest first, add up to the total."""

    currency: str
    invoices: int
    total_minor: int
    kinds: tuple[Amount, ...]


@dataclass(frozen=True, slots=True)
class Far:
    """An invoice of a run beside that of the contract's cycle before."""

    invoice_id: UUID
    contract_id: UUID
    customer_id: UUID
    currency: str
    before_minor: int
    after_minor: int


def billed(run_id: UUID) -> list[Billed]:
    """By currency, in order; nothing where the run made no invoice."""
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, {"run": run_id})
        rows = cursor.fetchall()
    wholes: dict[str, tuple[int, int]] = {}
    kinds: dict[str, list[Amount]] = defaultdict(list)
    for currency, kind, count, minor in rows:
        if kind:
            kinds[currency].append(Amount(kind, count, minor))
        else:
            wholes[currency] = (count, minor)
    return [Billed(currency, *whole, tuple(kinds[currency])) for currency, whole in wholes.items()]


def far(run_id: UUID, *, times: int, limit: int) -> tuple[int, list[Far]]:
    """Invoices of nothing, or of so many times as much as in the cycle before: how many, and the first of them, those that differ
    by most."""
    with connection.cursor() as cursor:
        cursor.execute(_FAR, {"run": run_id, "times": times, "limit": limit})
        rows = cursor.fetchall()
    return (rows[0][6] if rows else 0), [Far(*row[:6]) for row in rows]
