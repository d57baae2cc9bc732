"""What banks are asked by files, slip by slip, and what became of it (PAY-4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from abono.domain.payments.ports.push import Act, Order, PushRequest
from abono.domain.payments.pushed import requests
from abono.domain.payments.pushed.requests import RequestInfo
from abono.domain.payments.states import REQUESTED, RequestState
from abono.domain.payments.tables.filed import BankFile, BankLine, BankOrder
from abono.domain.payments.tables.requested import PaymentRequest

MOST_TIMES = 3  # that a bank is asked to write off one slip; then a person has to
_UNHEARD = (RequestState.CREATED.value, RequestState.ASKED.value)


@dataclass(frozen=True, slots=True)
class OrderInfo:
    id: UUID
    act: Act
    title: str  # of our invoice, as the bank has it
    request: RequestInfo


def claim(found: QuerySet[PaymentRequest]) -> list[PaymentRequest]:
    """Those of them that are in nobody's hands, held until the transaction ends, in the order of their numbers."""
    free = found.select_related("invoice").select_for_update(skip_locked=True, of=("self",))
    return list(free.order_by("number"))


def never_sent(request_id: UUID) -> bool:
    """Whether no bank was asked to register this slip, nor is just being asked; it is held until the transaction ends."""
    mine = claim(PaymentRequest.objects.filter(id=request_id, state__in=_UNHEARD))
    return bool(mine) and not BankOrder.objects.filter(request_id=request_id).exists()


def orders_of(those: Mapping[UUID, Act]) -> list[tuple[RequestInfo, Order]]:
    """What the bank is to be asked, of slips that are in nobody's hands; those with a number of an invoice."""
    rows = claim(PaymentRequest.objects.filter(id__in=those))
    return [(info, Order(those[row.id], asked)) for row in rows for info, asked in [_asked(row)]]


def _asked(row: PaymentRequest) -> tuple[RequestInfo, PushRequest]:
    info = requests.info(row)
    issued = row.invoice.issued_date
    assert issued is not None  # a slip is of an issued invoice
    return info, info.for_supplier(row.invoice.title, issued)


def keep(file: BankFile, those: Iterable[tuple[UUID, Act]]) -> None:
    """They are asked by a file from now on."""
    BankOrder.objects.bulk_create(BankOrder(file=file, request_id=slip, act=act.value) for slip, act in those)


_REFUSED = """
UPDATE payments_bankorder o SET refused = true
  FROM payments_bankfile f
 WHERE o.request_id = %s AND o.act = 'write_off' AND NOT o.refused AND f.id = o.file_id
RETURNING o.file_id, (SELECT count(*) FROM payments_bankorder b WHERE b.request_id = o.request_id AND b.act = 'write_off')
"""


def note_refused(request_id: UUID) -> tuple[UUID, bool] | None:
    """The bank did not do what it was asked last: to write off this slip. Returns by which file it was asked, and whether it
    is not asked again, after MOST_TIMES; None where it was not asked for that. The caller holds the invoice."""
    with connection.cursor() as cursor:
        cursor.execute(_REFUSED, [request_id])
        found = cursor.fetchone()
    return None if found is None else (found[0], found[1] >= MOST_TIMES)


def given_up(gateway: str) -> list[RequestInfo]:
    """Slips that an account's bank did not write off however often it was asked, and that can be paid there: for a person."""
    times = Count("orders", filter=Q(orders__act=Act.WRITE_OFF.value, orders__refused=True))
    found = PaymentRequest.objects.filter(gateway=gateway, state__in=[s.value for s in REQUESTED])
    rows = found.annotate(times=times).filter(times__gte=MOST_TIMES).select_related("invoice").order_by("id")
    return [requests.info(row) for row in rows]


def unanswered(file_id: UUID) -> int:
    """How many orders of a remittance are of slips of which no return that came after it told anything."""
    told = BankLine.objects.filter(request_id=OuterRef("request_id"), file__at__gte=OuterRef("file__at"))
    return BankOrder.objects.filter(~Exists(told), file_id=file_id).count()


def of_file(file_id: UUID, *, limit: int = 5_000) -> list[OrderInfo]:
    """Of a remittance, in their order."""
    rows = BankOrder.objects.filter(file_id=file_id).select_related("request__invoice").order_by("id")
    return [
        OrderInfo(row.id, Act(row.act), row.request.invoice.title, requests.info(row.request))
        for row in rows[:limit]
    ]
