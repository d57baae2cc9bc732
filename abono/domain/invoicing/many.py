"""Invoices of many contracts at once, in a few statements for all of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from itertools import chain
from typing import Any
from uuid import UUID

from abono.domain.invoicing.actions import COLLECT, EVENTS, FOLLOW_UP, enter, facts_of, issued, said
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.rows import InvoiceRow
from abono.domain.invoicing.states import FEES, INVOICE, LineKind, Reason, State
from abono.domain.invoicing.types import Billed, FeeKey, NewLine
from abono.domain.journal import actions as journal
from abono.domain.journal.types import Fact, NewEntry, Posting
from abono.platform import agenda, events, numbering
from abono.platform.postgres.adding import Adding, beside
from abono.platform.postgres.arrays import Uuids, columns
from abono.platform.postgres.asked import Asked, Slot

type _Row = tuple[str | None, ...]


def billed_of_many(contract_ids: Collection[UUID], *, since: datetime) -> dict[UUID, Billed]:
    """What invoices of many contracts ask for of the fees and the use of cycles that begin at a moment or later, in one
    statement. Contracts of which they ask for the same share it."""
    lines: dict[UUID, list[_Line]] = {one: [] for one in contract_ids}
    with beside() as cursor:
        cursor.execute(_OF_MANY, [Uuids(map(str, lines)), since])
        for contract_id, *line in cursor.fetchall():
            lines[contract_id].append(tuple(line))
    read: dict[tuple[_Line, ...], Billed] = {}
    found = {}
    for contract_id, those in lines.items():
        key = tuple(sorted(those))
        found[contract_id] = read.get(key) or read.setdefault(key, _billed(key))
    return found


type _Line = tuple[Any, ...]  # as `_OF_MANY` says it, without the contract


def _billed(lines: Iterable[_Line]) -> Billed:
    """Of one contract."""
    fees: Counter[FeeKey] = Counter()
    use: dict[tuple[LineKind, datetime, int], tuple[int, int]] = {}
    for begin, word, name, end, price_micro, count, minor, counts in lines:
        kind = LineKind(word)
        if kind not in FEES:  # under another name after a raise, or on a draft, it is of the same use
            before = use.get((kind, begin, price_micro), (0, 0))
            use[kind, begin, price_micro] = before[0] + count, before[1] + minor
        elif counts:
            fees[FeeKey.of(kind, name, begin, end)] += minor
    return Billed(fees, use, frozenset(fees.items()))


# The last of a line says whether it counts: of fees, not those of a draft that is no renewal, nor of a change that was undone; see `fees_billed`.
_OF_MANY = """
SELECT i.contract_id, l.period_start, l.kind, l.name, l.period_end, l.unit_price_micro, l.quantity, l.amount_minor,
       (i.state <> 'draft' OR i.reason = 'renewal') AND c.state IS DISTINCT FROM 'undone'
  FROM invoicing_invoice i
  JOIN invoicing_invoiceline l ON l.invoice_id = i.id
  LEFT JOIN contracts_change c ON c.id = i.change_id
 WHERE i.contract_id = ANY(%s) AND i.state <> 'cancelled' AND l.period_start >= %s
"""


def with_interims(contract_ids: Collection[UUID]) -> set[UUID]:
    """Those of the contracts that have an interim invoice which nobody paid."""
    return set(_INTERIMS.all(contracts=Uuids(map(str, contract_ids))))


_INTERIMS = Asked(
    lambda: Invoice.objects.filter(
        contract__any_of=Slot("contracts"), reason=Reason.INTERIM.value, state=State.PENDING.value
    ).values_list("contract_id", flat=True)
)


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
    of_lines = _OfLines()
    _LINES.add(chain.from_iterable(map(of_lines.rows, those)))
    issued_now, paid_now = [], []
    for one, number in zip(those, numbering.next_numbers(f"invoice:{series}", len(those)), strict=True):
        invoice, owed_minor = one.invoice, one.invoice.owed_minor
        facts = facts_of(invoice, one.due_date, now=now)
        enter(invoice, State.PENDING, number=number, **facts)
        issued_now.append(_happened(State.DRAFT, invoice, said(invoice, owed_minor)))
        if not invoice.owed_minor:
            enter(invoice, State.PAID, paid_at=now)
            paid_now.append(_happened(State.PENDING, invoice, said(invoice, 0)))
    _INVOICES.add(_row(one.invoice) for one in those)
    journal.post(*map(of_lines.entry, those), now=now)
    for state, happened in ((State.PENDING, issued_now), (State.PAID, paid_now)):
        events.record_each(name=EVENTS[state], subject="invoice", those=happened, actor=actor, now=now)


_ROWS = """
SELECT id, customer_id, state, reason, series, number, currency, total_minor, credited_minor, credit_used_minor, received_minor,
       replaces_id
  FROM invoicing_invoice WHERE id = ANY(%s)
"""
_PAID = """
UPDATE invoicing_invoice i SET received_minor = p.received_minor, state = %s, paid_at = %s
  FROM (SELECT unnest(%s::uuid[]) AS id, unnest(%s::bigint[]) AS received_minor) p
 WHERE i.id = p.id
"""


def rows_of(invoice_ids: Collection[UUID]) -> dict[UUID, InvoiceRow]:
    """Invoices of which the caller holds the contracts: nobody else changes them."""
    with beside() as cursor:
        cursor.execute(_ROWS, [Uuids(one.hex for one in invoice_ids)])
        return {row[0]: InvoiceRow(*row) for row in cursor.fetchall()}


def settle_each(those: Sequence[InvoiceRow], *, actor: str, now: datetime) -> list[InvoiceRow]:
    """For each came just what was left to pay, without a gateway, as `actions.receive` and `settle` do it for one. The caller
    holds their contracts. Returns them as they are now. Raises MoveNotAllowed."""
    paid, happened = [], []
    for invoice in those:
        before = State(invoice.state)
        INVOICE.require(before, State.PAID)
        received_minor = invoice.received_minor + invoice.rest_minor
        one = invoice._replace(received_minor=received_minor, state=State.PAID.value)
        paid.append(one)
        happened.append(_happened(before, one, said(one, 0)))
    if paid:
        with beside() as cursor:
            ids, received = columns((one.id.hex, str(one.received_minor)) for one in paid)
            cursor.execute(_PAID, [State.PAID.value, now, ids, received])
    for kind in (COLLECT, FOLLOW_UP):
        agenda.withdraw_each(kind, [one.id for one in paid])
    events.record_each(name=EVENTS[State.PAID], subject="invoice", those=happened, actor=actor, now=now)
    return paid


def collect_each(those: Iterable[Invoice], *, at_once: bool, now: datetime) -> None:
    """`collect_at` once, now, for many.

    at_once   as of `agenda.note`
    """
    due = [(one.id, one.customer_id, one.customer.sandbox, now) for one in those]
    agenda.note_each(COLLECT, due, now=now, at_once=at_once)


def follow_up_each(those: Iterable[tuple[Invoice, datetime]], *, now: datetime) -> None:
    """`follow_up_at` for many, each at its moment."""
    due = [(one.id, one.customer_id, one.customer.sandbox, at) for one, at in those]
    agenda.note_each(FOLLOW_UP, due, now=now)


def _happened(before: State, invoice: Invoice | InvoiceRow, data: dict[str, object]) -> events.One:
    states = _STATES[before], _STATES[State(invoice.state)]
    return events.One(invoice.id, invoice.customer_id, *states, data)


_STATES = {state: events.text({"state": state.word}) for state in State}


class _OfLines:
    """What is written of lines: once of those that invoices have together."""

    def __init__(self) -> None:
        self._rows: dict[int, list[_Row]] = {}
        self._postings: dict[int, Sequence[Posting]] = {}

    def rows(self, one: ToIssue) -> list[_Row]:
        invoice_id, which = str(one.invoice.id), id(one.lines)
        rows = self._rows.get(which) or self._rows.setdefault(which, list(_line_rows(one.lines)))
        return [(invoice_id, *row) for row in rows]

    def entry(self, one: ToIssue) -> NewEntry:
        which = id(one.lines)
        if which not in self._postings:
            lines = [(line.kind.value, line.amount) for line in one.lines]
            self._postings[which] = issued(one.invoice, lines).postings
        return NewEntry(Fact.INVOICE_ISSUED, one.invoice.id, one.invoice.id, self._postings[which])


_INVOICES = Adding(
    "invoicing_invoice",
    "id uuid, customer_id uuid, contract_id uuid, reason text, key text, state text, series text, number bigint, "
    "currency text, total_minor bigint, credit_used_minor bigint, buyer jsonb, created_at timestamptz, "
    "issued_at timestamptz, issued_date date, due_date date, paid_at timestamptz, billing_run_id uuid",
    always={"credited_minor": "0"},
)
_LINES = Adding(
    "invoicing_invoiceline",
    "invoice_id uuid, position smallint, kind text, name text, period_start timestamptz, period_end timestamptz, "
    "quantity bigint, unit_price_micro bigint, amount_minor bigint, fiscal_type text, calculation jsonb",
    always={"credited_minor": "0"},
)


def _row(invoice: Invoice) -> _Row:
    return (
        str(invoice.id),
        str(invoice.customer_id),
        str(invoice.contract_id),
        invoice.reason,
        invoice.key,
        invoice.state,
        invoice.series,
        str(invoice.number),
        invoice.currency,
        str(invoice.total_minor),
        str(invoice.credit_used_minor),
        json.dumps(invoice.buyer),
        invoice.created_at.isoformat(),
        _iso(invoice.issued_at),
        _iso(invoice.issued_date),
        _iso(invoice.due_date),
        _iso(invoice.paid_at),
        None if invoice.billing_run_id is None else str(invoice.billing_run_id),
    )


def _iso(when: date | None) -> str | None:
    return None if when is None else when.isoformat()


def _line_rows(lines: Sequence[NewLine]) -> Iterator[_Row]:
    for position, line in enumerate(lines, start=1):
        yield (
            str(position),
            line.kind.value,
            line.name,
            line.period.start.isoformat(),
            line.period.end.isoformat(),
            str(line.quantity),
            str(line.unit_price_micro),
            str(line.amount.minor),
            line.fiscal_type.value,
            None if line.calculation is None else json.dumps(asdict(line.calculation)),
        )
