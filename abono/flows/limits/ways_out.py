"""What opens blocked sending again: only what works for this contract at this moment (LIM-4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from abono.domain.metering.types import Balance
from abono.kernel.money import Money
from abono.kernel.rating import to_money

# For those who have no Django connection: see `asked_of` and `read`. Nothing of it is distributed on a cluster.
STATEMENT = """
SELECT k.currency,
       k.state = 'active' AND EXISTS (
           SELECT FROM catalog_package p
             JOIN contracts_term t ON t.id = k.term_id JOIN catalog_package own ON own.id = t.package_id
            WHERE p.currency = k.currency AND p.value_minor > own.value_minor
              AND p.on_sale_from <= %s AND (p.on_sale_until IS NULL OR p.on_sale_until > %s)),
       EXISTS (SELECT FROM invoicing_invoice i
                WHERE i.contract_id = k.id AND i.reason = 'interim' AND i.state = 'pending'),
       coalesce((SELECT sum(l.amount_minor) FROM invoicing_invoice i
                   JOIN invoicing_invoiceline l ON l.invoice_id = i.id
                  WHERE i.contract_id = k.id AND i.state <> 'cancelled'
                    AND l.kind = 'overage' AND l.period_start = %s), 0)::bigint
  FROM contracts_contract k WHERE k.id = %s
"""


@dataclass(frozen=True, slots=True)
class WaysOut:
    """pay_interim   there is overage that can be paid now: on an interim invoice that waits, or on none yet
    raise_package    a bigger package is on sale
    billed_minor     the part of the cycle's overage that is on an invoice already
    """

    pay_interim: bool
    raise_package: bool
    billed_minor: int = 0

    @property
    def words(self) -> tuple[str, ...]:
        """As the API says them; none where only the next cycle opens sending."""
        ways = {"pay_interim_invoice": self.pay_interim, "raise_package": self.raise_package}
        return tuple(word for word, works in ways.items() if works)


def ways_out(cycle: Balance, *, at: datetime) -> WaysOut:
    """The ways out of a cycle's block at `at`, on the customer's clock."""
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT, asked_of(cycle.contract_id, cycle.cycle.start, at))
        return read(cursor.fetchone(), cycle)


def asked_of(contract_id: UUID, cycle_start: datetime, at: datetime) -> list[Any]:
    """The arguments of STATEMENT."""
    return [at, at, cycle_start, contract_id]


def read(row: Sequence[Any] | None, cycle: Balance) -> WaysOut:
    """What a row of STATEMENT says of a cycle."""
    if row is None:
        return WaysOut(False, False)
    currency, bigger, waits, billed_minor = row
    owed = to_money(cycle.overage_price_micro, currency) - Money(billed_minor, currency)
    return WaysOut(waits or owed.minor > 0, bigger, billed_minor)
