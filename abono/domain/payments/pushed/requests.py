"""Slips and Pix that ask for the money of an invoice (PAY-3, PAY-4, PAY-6)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Max, Q

from abono.domain.payments import registry
from abono.domain.payments.errors import NoSuchRequest
from abono.domain.payments.ports.push import LONGEST_REFUSAL, LateTerms, Payer, PushReply, Standing
from abono.domain.payments.pushed.asked import Instead as Instead
from abono.domain.payments.pushed.asked import RequestInfo as RequestInfo
from abono.domain.payments.pushed.asked import RequestRow
from abono.domain.payments.pushed.asked import Wanted as Wanted
from abono.domain.payments.states import REQUEST, REQUESTED, RequestState
from abono.domain.payments.tables.requested import PaymentRequest
from abono.kernel.due import Means
from abono.kernel.ids import public
from abono.kernel.money import Money
from abono.platform import agenda, events
from abono.platform.given import given
from abono.platform.postgres import scope
from abono.platform.queue import Lane

LOOK = agenda.Kind("look_at_request", Lane.GATEWAYS, real=True)  # ask its supplier how it stands
IF_WE_DIE = timedelta(minutes=1)
PAUSES = tuple(timedelta(minutes=m) for m in (1, 1, 1, 2, 5, 10, 30, 60, 180, 720))
"""Between questions about one of which nothing is heard: who pays a Pix does so at once or much later."""
AFTER_END = timedelta(minutes=5)  # once it cannot be paid any more it is asked about for a last time
_LONGEST = {"reference": 120, "pay_with": 512, "qr": 512, "code": LONGEST_REFUSAL}
_STATES = {
    Standing.ASKED: RequestState.ASKED,
    Standing.PAYABLE: RequestState.PAYABLE,
    Standing.PAID: RequestState.PAID,
    Standing.REFUSED: RequestState.REFUSED,
    Standing.ENDED: RequestState.ENDED,
}


def begin(
    *,
    invoice_id: UUID,
    customer_id: UUID,
    title: str,
    wanted: Wanted,
    actor: str,
    now: datetime,
    real: datetime,
) -> RequestInfo:
    """Write down that the money will be asked for. The caller holds the invoice, of which none of the means is open.

    title   the number of the invoice, for the record
    real    real time, on no other clock
    """
    late, instead = wanted.late, wanted.instead
    if instead is not None:
        PaymentRequest.objects.filter(id=instead.of).update(replaced=True)
    row = PaymentRequest.objects.create(
        invoice_id=invoice_id,
        means=wanted.means.value,
        gateway=wanted.gateway,
        number=_next_number(wanted.gateway),
        amount_minor=wanted.amount.minor,
        currency=wanted.amount.currency,
        charges_minor=wanted.charges_minor,
        counted_from=wanted.counted_from,
        instead_of_id=None if instead is None else instead.of,
        moved_by="" if instead is None else instead.moved_by,
        why="" if instead is None else instead.why,
        due_date=wanted.due_date,
        mandate_id=wanted.mandate,
        until=wanted.until,
        payer=asdict(wanted.payer),
        fine_percent=None if late is None else late.fine,
        interest_percent=None if late is None else late.interest,
        asked_by=actor,
        asked_at=real,
    )
    name = f"payment_request.{'moved' if row.moved_by else 'made'}"
    _note(name, row, customer_id, actor=actor, now=now, number=title, why=row.why)
    _look_at(row, customer_id, real + IF_WE_DIE, real=real)
    return _info(row, customer_id)


def _next_number(gateway: str) -> int:
    """Of the gateway, from 1. Others that count the same wait until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"requests:{gateway}"])
    with scope.over_all():
        highest = PaymentRequest.objects.filter(gateway=gateway).aggregate(Max("number"))["number__max"]
    return int(highest or 0) + 1


def say_paid(request_id: UUID, day: date, *, actor: str, now: datetime) -> RequestInfo:
    """The customer says that they paid it on a day: the first time counts (PAY-5). The caller holds the invoice."""
    row = PaymentRequest.objects.select_related("invoice").get(id=request_id)
    if row.said_paid_on is None:
        row.said_paid_on = day
        row.save(update_fields=["said_paid_on"])
        _note("payment_request.said_paid", row, row.invoice.customer_id, actor=actor, now=now)
    return _info(row, row.invoice.customer_id)


def never_payable(request: RequestInfo) -> bool:
    """Nobody ever could pay it: the supplier never said so, or refused."""
    return request.state in (RequestState.CREATED, RequestState.REFUSED)


def hear(
    *, request_id: UUID, reply: PushReply, now: datetime, real: datetime
) -> tuple[RequestInfo, RequestInfo | None]:
    """Apply what a supplier says of how it stands. Returns it as it was, and as it is where that changed it, else None.

    The caller holds the invoice. An older answer changes nothing: states only move forward. What came for it is the
    caller's matter.
    """
    row = PaymentRequest.objects.select_related("invoice").get(id=request_id)
    before, now_so, changed = _heard(row, row.invoice.customer_id, reply, now=now, real=real)
    row.save(update_fields=changed)
    return before, now_so


def _heard(
    row: PaymentRequest, customer_id: UUID, reply: PushReply, *, now: datetime, real: datetime
) -> tuple[RequestInfo, RequestInfo | None, list[str]]:
    """What it changes in a row: as `hear` returns it, and the fields, for who saves them."""
    before, to = _info(row, customer_id), target(row, reply)
    if to is None:
        _look_later(row, customer_id, real)
        return before, None, ["asked"]
    texts = {name: getattr(reply, name) for name in (*_LONGEST, "bar_code") if getattr(reply, name)}
    for name, text in texts.items():
        setattr(row, name, text)
    moved = REQUEST.allows(RequestState(row.state), to)
    if moved:
        row.state = to.value
        row.decided_at = None if to in REQUESTED else real
    if to in REQUESTED and registry.bank_files(row.gateway) is None:  # files tell without being asked
        _look_later(row, customer_id, real)
    elif moved:
        agenda.withdraw(LOOK, subject=row.id)
    if moved and (to is not RequestState.ASKED or row.mandate_id is not None):
        _note(f"payment_request.{to.value}", row, customer_id, actor=row.gateway, now=now)
    return before, _info(row, customer_id) if moved else None, ["state", "decided_at", "asked", *texts]


def target(row: PaymentRequest | RequestRow, reply: PushReply) -> RequestState | None:
    """The state of which a supplier speaks; None where that is no clear answer."""
    for name, most in _LONGEST.items():
        said = getattr(reply, name)
        if said and len(said) > most:
            return None
    if reply.standing is Standing.PAYABLE and not (reply.pay_with or row.pay_with):
        return None  # payable, and nobody says how
    if reply.amount not in (None, Money(row.amount_minor, row.currency)):
        return None  # of another sum it can be paid to nobody's good (PAY-12)
    return _STATES.get(reply.standing)


def note_try(request_id: UUID, day: date, *, now: datetime) -> bool:
    """A charge under a mandate is tried on a day, as its supplier says. Returns whether that is news. The caller holds the invoice."""
    row = PaymentRequest.objects.select_related("invoice").get(id=request_id)
    if row.tried_on is not None and row.tried_on >= day:
        return False
    again = row.due_date is not None and day > row.due_date
    row.tried_on = day
    row.save(update_fields=["tried_on"])
    if again:
        _note("payment_request.tried_again", row, row.invoice.customer_id, actor=row.gateway, now=now)
    return again


def look_now(request_ids: Iterable[UUID], *, real: datetime) -> None:
    """Something became of their invoices: they are looked at, at once."""
    for row in PaymentRequest.objects.select_related("invoice").filter(id__in=request_ids):
        _look_at(row, row.invoice.customer_id, real, real=real)


def look_at(request: RequestInfo, moment: datetime, *, real: datetime) -> None:
    """At a moment, in real time."""
    agenda.note(LOOK, subject=request.id, customer_id=request.customer_id, due_at=moment, now=real)


def _look_later(row: PaymentRequest, customer_id: UUID, real: datetime) -> None:
    """Who calls it saves how often that was."""
    pause = PAUSES[min(row.asked, len(PAUSES) - 1)]
    row.asked += 1
    after_end = row.until + AFTER_END
    moment = min(real + pause, after_end) if real < after_end else real + pause
    _look_at(row, customer_id, moment, real=real)


def _look_at(row: PaymentRequest, customer_id: UUID, moment: datetime, *, real: datetime) -> None:
    agenda.note(LOOK, subject=row.id, customer_id=customer_id, due_at=moment, now=real)


def get(request_id: UUID, *, customer_id: UUID | None = None) -> RequestInfo:
    """One; with `customer_id`, only if it is of that customer's (ACC-2). Raises NoSuchRequest."""
    whose = given(invoice__customer_id=customer_id)
    row = PaymentRequest.objects.select_related("invoice").filter(id=request_id, **whose).first()
    if row is None:
        raise NoSuchRequest()
    return _info(row, row.invoice.customer_id)


def find(request_id: UUID) -> RequestInfo | None:
    try:
        return get(request_id)
    except NoSuchRequest:
        return None


def find_by_key(key: str) -> RequestInfo | None:
    """By the key under which its supplier knows it."""
    try:
        return find(UUID(key))
    except ValueError:
        return None


def of_invoice(invoice_id: UUID) -> list[RequestInfo]:
    """Newest first."""
    rows = PaymentRequest.objects.select_related("invoice").filter(invoice_id=invoice_id).order_by("-id")
    return [_info(row, row.invoice.customer_id) for row in rows]


def open_of(invoice_ids: Iterable[UUID]) -> list[RequestInfo]:
    """Those of several invoices for which money may still come, newest first."""
    rows = PaymentRequest.objects.select_related("invoice").filter(
        invoice_id__in=invoice_ids, state__in=[s.value for s in REQUESTED]
    )
    return [_info(row, row.invoice.customer_id) for row in rows.order_by("-id")]


def newest(invoice_id: UUID) -> RequestInfo | None:
    """Of an invoice, of whichever means."""
    return next(iter(of_invoice(invoice_id)), None)


def under_way(invoice_id: UUID) -> bool:
    """Whether one of the invoice's may still bring its money, or brought some that somebody has to look at: meanwhile nothing else
    is asked for a draft."""
    states = [s.value for s in (*REQUESTED, RequestState.PAID)]
    return PaymentRequest.objects.filter(invoice_id=invoice_id, state__in=states).exists()


def forget(*, customer_id: UUID, real: datetime) -> bool:
    """Take away what was asked of somebody who never became a customer (CON-9). False, and nothing is changed, while money may
    still come for one of them: as long as it could be paid if its supplier were slow to end it."""
    rows = PaymentRequest.objects.filter(invoice__customer_id=customer_id)
    over = Q(state=RequestState.REFUSED.value) | Q(state=RequestState.ENDED.value, until__lt=real)
    if rows.exclude(over).exists():
        return False
    rows.delete()
    return True


def _note(
    name: str,
    row: PaymentRequest,
    customer_id: UUID,
    *,
    actor: str,
    now: datetime,
    number: str = "",
    why: str = "",
) -> None:
    events.record(
        name=name,
        subject=("invoice", row.invoice_id),
        customer_id=customer_id,
        actor=actor,
        now=now,
        why=why,
        data=said(row, number),
    )


def said(row: PaymentRequest | RequestRow, number: str = "") -> dict[str, object]:
    """What events say of it. `number`: of its invoice, where they say that."""
    return {
        "request": row.public_id,
        "means": row.means,
        "amount_minor": row.amount_minor,
        "currency": row.currency,
        "due_date": None if row.due_date is None else row.due_date.isoformat(),
        **({"charges_minor": row.charges_minor} if row.charges_minor else {}),
        **({} if row.mandate_id is None else {"mandate": public("mdt", row.mandate_id)}),
        **({} if row.tried_on is None else {"tried_on": row.tried_on.isoformat()}),
        **({"number": number} if number else {}),
        **({"code": row.code} if row.code else {}),
    }


def info(row: PaymentRequest) -> RequestInfo:
    """Of a row that was read with its invoice."""
    return _info(row, row.invoice.customer_id)


def _info(row: PaymentRequest, customer_id: UUID) -> RequestInfo:
    fine, interest = row.fine_percent, row.interest_percent
    return RequestInfo(
        id=row.id,
        public_id=public("prq", row.id),
        invoice_id=row.invoice_id,
        customer_id=customer_id,
        means=Means(row.means),
        gateway=row.gateway,
        number=row.number,
        amount=Money(row.amount_minor, row.currency),
        state=RequestState(row.state),
        due_date=row.due_date,
        until=row.until,
        payer=Payer(**row.payer),
        late=None if fine is None or interest is None else LateTerms(fine, interest),
        reference=row.reference,
        pay_with=row.pay_with,
        bar_code=row.bar_code,
        qr=row.qr,
        code=row.code,
        asked_at=row.asked_at,
        charges_minor=row.charges_minor,
        counted_from=row.counted_from,
        instead_of=row.instead_of_id,
        moved_by=row.moved_by,
        why=row.why,
        replaced=row.replaced,
        said_paid_on=row.said_paid_on,
        mandate=row.mandate_id,
        tried_on=row.tried_on,
    )
