"""Lines of a bank's return, their slips, and what came for them, of many invoices at once: rows as they are read, without models.

The callers hold the contracts of all that they change. What one line does is decided and worded by `requests` and `receipts`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from abono.domain.payments import receipts
from abono.domain.payments.files.bank_files import TOGETHER, FileInfo
from abono.domain.payments.ports.push import Happening, PushReply
from abono.domain.payments.pushed import requests
from abono.domain.payments.pushed.asked import RequestRow
from abono.domain.payments.receipts import ReceiptRow
from abono.domain.payments.states import REQUEST, REQUESTED, UNDECIDED, Did, RequestState
from abono.kernel.ids import uuid7_texts
from abono.platform import agenda, events
from abono.platform.postgres.adding import Adding, beside
from abono.platform.postgres.arrays import columns

# Each row is found by its whole key whatever statistics say, which know nothing of a file that was taken just now: a slip apart, so
# that its number is not compared with those of all others; a line by its id, not among all open ones, whose index wants `did = ''`;
# what else there is of an invoice by a LIMIT, without which all there is of all invoices was read, once a chunk.
_LINES = """
SELECT l.id, l.happening, l.qr, l.money, l.amount_minor, l.happened_on, l.reference, r.id, r.invoice_id, i.contract_id
  FROM (SELECT * FROM payments_bankline WHERE file_id = %s AND line >= %s ORDER BY line LIMIT %s) l
  LEFT JOIN LATERAL (SELECT x.id, x.invoice_id FROM payments_paymentrequest x
                      WHERE x.gateway = %s AND x.reference = l.reference AND x.reference <> '' LIMIT 1) r ON true
  LEFT JOIN invoicing_invoice i ON i.id = r.invoice_id
 WHERE l.did = ''
"""
_REQUESTS = """
SELECT l.id, r.id, r.means, r.state, r.amount_minor, r.currency, r.charges_minor, r.due_date, r.counted_from,
       r.pay_with, r.qr, r.code, r.decided_at, r.mandate_id, r.tried_on, r.instead_of_id,
       l.money <> '' AND (SELECT true FROM payments_paymentrequest b
                           WHERE b.invoice_id = r.invoice_id AND b.id <> r.id LIMIT 1) IS NOT NULL,
       l.money <> '' AND (SELECT true FROM payments_attempt a
                           WHERE a.invoice_id = r.invoice_id AND a.state = ANY(%s) LIMIT 1) IS NOT NULL,
       l.money <> '' AND (SELECT true FROM payments_receipt m
                           WHERE m.gateway = r.gateway AND m.reference = l.money AND m.gateway <> '' LIMIT 1) IS NOT NULL
  FROM (SELECT unnest(%s::bigint[]) AS line, unnest(%s::uuid[]) AS request) given
  JOIN payments_bankline l ON l.id = given.line AND l.did IS NOT DISTINCT FROM ''
  JOIN payments_paymentrequest r ON r.id = given.request
"""
_DONE = """
UPDATE payments_bankline l SET did = d.did, request_id = d.request_id
  FROM (SELECT unnest(%s::bigint[]) AS id, unnest(%s::text[]) AS did, unnest(%s::uuid[]) AS request_id) d
 WHERE l.id = d.id AND l.did IS NOT DISTINCT FROM ''
"""
_HEARD = """
UPDATE payments_paymentrequest r SET state = h.state, decided_at = h.decided_at, qr = h.qr
  FROM (SELECT unnest(%s::uuid[]) AS id, unnest(%s::text[]) AS state, unnest(%s::timestamptz[]) AS decided_at,
               unnest(%s::text[]) AS qr) h
 WHERE r.id = h.id
"""
_RECEIPTS = Adding(
    "payments_receipt",
    "id uuid, invoice_id uuid, request_id uuid, way text, amount_minor bigint, currency text, received_date date, "
    "reference text, gateway text, recorded_by text, recorded_at timestamptz",
    always={
        **dict.fromkeys(("credit_minor", "late_minor", "withheld_minor"), "0"),
        **dict.fromkeys(("why", "withdrawn_by", "withdrawn_why"), "''"),
    },
)


class LineRow(NamedTuple):
    """A line of a return that is not applied, and of which slip of ours it tells; None where no slip has its number."""

    id: int
    happening: str
    qr: str
    money: str  # its name at the bank
    amount_minor: int | None
    happened_on: date | None
    reference: str
    request_id: UUID | None
    invoice_id: UUID | None
    contract_id: UUID | None

    @property
    def brings(self) -> bool:
        """Money."""
        return self.amount_minor is not None and self.happened_on is not None

    @property
    def ordinary(self) -> bool:
        """Whether it may be applied with others."""
        return self.happening in _ORDINARY and self.brings == (self.happening == Happening.PAID.value)


_ORDINARY = {
    one.value for one in (Happening.REGISTERED, Happening.PAID, Happening.NEW_DUE_DATE, Happening.OTHER)
}


def open_rows(file: FileInfo, first: int) -> list[LineRow]:
    """As `bank_files.open_lines`."""
    with beside() as cursor:
        cursor.execute(_LINES, [file.id, first, TOGETHER, file.gateway])
        return [LineRow(*row) for row in cursor.fetchall()]


def requests_of(those: Collection[LineRow]) -> dict[int, RequestRow]:
    """The slips of lines that are still to be applied, by the ids of the lines."""
    known = [(str(one.id), one.request_id.hex) for one in those if one.request_id is not None]
    if not known:
        return {}
    undecided = [state.value for state in UNDECIDED]
    with beside() as cursor:
        cursor.execute(_REQUESTS, [undecided, *columns(known)])
        return {row[0]: RequestRow(*row[1:]) for row in cursor.fetchall()}


def note_each_done(those: Iterable[tuple[LineRow, Did, UUID | None]]) -> None:
    """As `bank_files.note_done`."""
    rows = [(str(one.id), did.value, None if of is None else of.hex) for one, did, of in those]
    if rows:
        with beside() as cursor:
            cursor.execute(_DONE, columns(rows))


class Heard(NamedTuple):
    """What a supplier says of a slip, whose contract the caller holds."""

    request: RequestRow
    invoice_id: UUID
    customer_id: UUID
    reply: PushReply


def hear_each(
    those: Sequence[Heard], *, actor: str, now: datetime, real: datetime
) -> list[RequestRow | None]:
    """As `requests.hear`, of slips whose `target` is known. Returns how they are, None where that did not change them."""
    found: list[RequestRow | None] = []
    decided = real.isoformat()
    rows, told = [], dict[RequestState, list[events.One]]()
    for one in those:
        before = one.request
        target = requests.target(before, one.reply)
        assert target is not None
        qr = one.reply.qr or before.qr
        if not REQUEST.allows(RequestState(before.state), target):
            found.append(None)
            if qr != before.qr:
                rows.append((before.id.hex, before.state, _iso(before.decided_at), qr))
            continue
        after = before._replace(state=target.value, decided_at=None if target in REQUESTED else real, qr=qr)
        found.append(after)
        rows.append((after.id.hex, after.state, None if after.decided_at is None else decided, qr))
        happened = events.One(one.invoice_id, one.customer_id, data=requests.said(after))
        told.setdefault(target, []).append(happened)
    if rows:
        with beside() as cursor:
            cursor.execute(_HEARD, columns(rows))
    agenda.withdraw_each(requests.LOOK, [one.id for one in found if one is not None])
    for target, those_told in told.items():
        name = f"payment_request.{target.value}"
        events.record_each(name=name, subject="invoice", those=those_told, actor=actor, now=now)
    return found


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


class Came(NamedTuple):
    """Money of a slip that is just what is left of its invoice, whose contract the caller holds."""

    request: RequestRow
    invoice_id: UUID
    customer_id: UUID
    amount_minor: int
    received_date: date
    reference: str


def record_each(those: Sequence[Came], *, gateway: str, now: datetime) -> list[ReceiptRow]:
    """As `receipts.record`."""
    keys = uuid7_texts(len(those))
    made = [
        ReceiptRow(
            UUID(key),
            one.request.means,
            one.amount_minor,
            one.request.currency,
            one.received_date,
            one.reference,
        )
        for key, one in zip(keys, those, strict=True)
    ]
    if not made:
        return made
    recorded_at = now.isoformat()
    _RECEIPTS.add(
        (
            key,
            one.invoice_id.hex,
            one.request.id.hex,
            row.way,
            str(row.amount_minor),
            row.currency,
            row.received_date.isoformat(),
            row.reference,
            gateway,
            gateway,
            recorded_at,
        )
        for key, row, one in zip(keys, made, those, strict=True)
    )
    happened = [
        events.One(one.invoice_id, one.customer_id, data=receipts.said(row))
        for row, one in zip(made, those, strict=True)
    ]
    events.record_each(name=receipts.RECORDED, subject="invoice", those=happened, actor=gateway, now=now)
    return made
