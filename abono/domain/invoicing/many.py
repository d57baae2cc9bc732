"""Invoices of many contracts at once, in a few statements for all of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection

from abono.domain.invoicing.actions import become, facts_of, issued
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.states import FEES, LineKind, Reason, State
from abono.domain.invoicing.types import Billed, FeeKey, NewLine
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
            if kind not in FEES:  # under another name after a raise, or on a draft, it is of the same use
                before = use[contract_id].get((kind, begin, price_micro), (0, 0))
                use[contract_id][kind, begin, price_micro] = before[0] + count, before[1] + minor
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


@dataclass(frozen=True, slots=True)
class ToIssue:
    """An invoice that is not written yet, its lines with their taxes, and the day on which it is due."""

    invoice: Invoice
    lines: Sequence[NewLine]
    due_date: date


def issue_many(those: Sequence[ToIssue], *, actor: str, now: datetime) -> None:
    """Write invoices of one series and issue them; that of which nothing is owed is paid with that. Last in a transaction, as
    `issue`. Raises MoveNotAllowed."""
    [series] = {one.invoice.series for one in those}
    with connection.cursor() as cursor:
        cursor.execute(_LINES, [json.dumps([row for one in those for row in _line_rows(one)])])
    tells = []
    for one, number in zip(those, numbering.next_numbers(f"invoice:{series}", len(those)), strict=True):
        invoice, facts = one.invoice, facts_of(one.invoice, one.due_date, now=now)
        tells.append(become(invoice, State.PENDING, actor=actor, now=now, number=number, **facts))
        if not invoice.owed_minor:
            tells.append(become(invoice, State.PAID, actor=actor, now=now, paid_at=now))
    with connection.cursor() as cursor:
        cursor.execute(_INVOICES, [json.dumps([_row(one.invoice) for one in those])])
    journal.post(
        *(issued(one.invoice, [(line.kind.value, line.amount) for line in one.lines]) for one in those),
        now=now,
    )
    for tell in tells:
        tell()


_INVOICES = """
INSERT INTO invoicing_invoice (
    id, customer_id, contract_id, reason, key, state, series, number, currency, total_minor, credited_minor,
    credit_used_minor, buyer, created_at, issued_at, issued_date, due_date, paid_at, billing_run_id)
SELECT * FROM jsonb_to_recordset(%s) AS i(
    id uuid, customer_id uuid, contract_id uuid, reason text, key text, state text, series text, number bigint, currency text,
    total_minor bigint, credited_minor bigint, credit_used_minor bigint, buyer jsonb, created_at timestamptz,
    issued_at timestamptz, issued_date date, due_date date, paid_at timestamptz, billing_run_id uuid)
"""
_LINES = """
INSERT INTO invoicing_invoiceline (
    invoice_id, position, kind, name, period_start, period_end, quantity, unit_price_micro, amount_minor, fiscal_type,
    calculation, credited_minor)
SELECT l.*, 0 FROM jsonb_to_recordset(%s) AS l(
    invoice_id uuid, position smallint, kind text, name text, period_start timestamptz, period_end timestamptz,
    quantity bigint, unit_price_micro bigint, amount_minor bigint, fiscal_type text, calculation jsonb)
"""


def _row(invoice: Invoice) -> dict[str, object]:
    return {
        "id": str(invoice.id),
        "customer_id": str(invoice.customer_id),
        "contract_id": str(invoice.contract_id),
        "reason": invoice.reason,
        "key": invoice.key,
        "state": invoice.state,
        "series": invoice.series,
        "number": invoice.number,
        "currency": invoice.currency,
        "total_minor": invoice.total_minor,
        "credited_minor": 0,
        "credit_used_minor": invoice.credit_used_minor,
        "buyer": invoice.buyer,
        "created_at": invoice.created_at.isoformat(),
        "issued_at": invoice.issued_at and invoice.issued_at.isoformat(),
        "issued_date": invoice.issued_date and invoice.issued_date.isoformat(),
        "due_date": invoice.due_date and invoice.due_date.isoformat(),
        "paid_at": invoice.paid_at and invoice.paid_at.isoformat(),
        "billing_run_id": invoice.billing_run_id and str(invoice.billing_run_id),
    }


def _line_rows(one: ToIssue) -> Iterator[dict[str, object]]:
    for position, line in enumerate(one.lines, start=1):
        yield {
            "invoice_id": str(one.invoice.id),
            "position": position,
            "kind": line.kind.value,
            "name": line.name,
            "period_start": line.period.start.isoformat(),
            "period_end": line.period.end.isoformat(),
            "quantity": line.quantity,
            "unit_price_micro": line.unit_price_micro,
            "amount_minor": line.amount.minor,
            "fiscal_type": line.fiscal_type.value,
            "calculation": None if line.calculation is None else asdict(line.calculation),
        }
