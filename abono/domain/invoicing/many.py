"""Invoices of many contracts at once, in a few statements for all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import connection

from abono.domain.invoicing.actions import become, facts_of, issued
from abono.domain.invoicing.models import Invoice, InvoiceLine
from abono.domain.invoicing.states import FEES, LineKind, Reason, State
from abono.domain.invoicing.types import Billed, FeeKey
from abono.domain.journal import actions as journal
from abono.platform import numbering


def billed_of_many(contract_ids: Collection[UUID], *, since: datetime) -> dict[UUID, Billed]:
    """What invoices of many contracts ask for of the fees and the use of cycles that begin at a moment or later, in one
    statement."""
    fees: dict[UUID, Counter[FeeKey]] = {one: Counter() for one in contract_ids}
    use: dict[UUID, dict[tuple[LineKind, datetime, int], tuple[int, int]]] = {one: {} for one in contract_ids}
    with connection.cursor() as cursor:
        cursor.execute(_OF_MANY, [list(fees), since])
        for contract_id, word, name, begin, end, price_micro, count, minor, counts in cursor.fetchall():
            kind = LineKind(word)
            if kind not in FEES:
                use[contract_id][kind, begin, price_micro] = count, minor
            elif counts:
                fees[contract_id][FeeKey.of(kind, name, begin, end)] += minor
    return {one: Billed(fees[one], use[one]) for one in fees}


# `counts`: of fees, not those of a draft that is no renewal, nor of a change that was undone; see `fees_billed`.
_OF_MANY = """
SELECT i.contract_id, l.kind, l.name, l.period_start, l.period_end, l.unit_price_micro,
       sum(l.quantity)::bigint, sum(l.amount_minor)::bigint,
       (i.state <> 'draft' OR i.reason = 'renewal') AND c.state IS DISTINCT FROM 'undone' AS counts
  FROM invoicing_invoice i
  JOIN invoicing_invoiceline l ON l.invoice_id = i.id
  LEFT JOIN contracts_change c ON c.id = i.change_id
 WHERE i.contract_id = ANY(%s) AND i.state <> 'cancelled' AND l.period_start >= %s
 GROUP BY 1, 2, 3, 4, 5, 6, 9
"""


def with_interims(contract_ids: Collection[UUID]) -> set[UUID]:
    """Those of the contracts that have an interim invoice which nobody paid."""
    found = Invoice.objects.filter(
        contract_id__in=contract_ids, reason=Reason.INTERIM.value, state=State.PENDING.value
    )
    return set(found.values_list("contract_id", flat=True))


def issue_many(invoices: Sequence[tuple[Invoice, date]], *, actor: str, now: datetime) -> None:
    """Write invoices of one series that were `made_out`, with their lines, and issue them, each due on its day; that of which
    nothing is owed is paid with that. Last in a transaction, as `issue`. Raises MoveNotAllowed."""
    InvoiceLine.objects.bulk_create(line for invoice, _due in invoices for line in invoice.lines_now)
    series = {invoice.series for invoice, _due in invoices}
    [one] = series
    numbers = numbering.next_numbers(f"invoice:{one}", len(invoices))
    tells = []
    for (invoice, due_date), number in zip(invoices, numbers, strict=True):
        facts = facts_of(invoice, due_date, now=now)
        tells.append(become(invoice, State.PENDING, actor=actor, now=now, number=number, **facts))
        if not invoice.owed_minor:
            tells.append(become(invoice, State.PAID, actor=actor, now=now, paid_at=now))
    Invoice.objects.bulk_create(invoice for invoice, _due in invoices)
    journal.post(*(issued(invoice) for invoice, _due in invoices), now=now)
    for tell in tells:
        tell()
