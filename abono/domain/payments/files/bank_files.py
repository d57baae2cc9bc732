"""Files that go to banks and come from them, and what each line of them did (PAY-4, PAY-7)."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from io import BytesIO
from itertools import batched
from uuid import UUID
from zlib import compress, decompress

from django.db.models import Count, Q, Sum

from abono.domain.payments.errors import BankFileKnown, NoSuchBankFile
from abono.domain.payments.files import bank_orders
from abono.domain.payments.ports.push import Happening, Order, Received, Remittance, ReturnFile, ReturnLine
from abono.domain.payments.pushed import requests
from abono.domain.payments.pushed.requests import RequestInfo
from abono.domain.payments.states import Did, Direction
from abono.domain.payments.tables.filed import BankFile, BankLine
from abono.domain.payments.tables.requested import PaymentRequest
from abono.kernel.money import Money
from abono.platform import agenda, events
from abono.platform.given import given
from abono.platform.postgres.adding import Adding
from abono.platform.queue import Lane
from abono.platform.sole import sole

APPLY = agenda.Kind("apply_bank_lines", Lane.GATEWAYS, real=True)  # key: the first of them
TOGETHER = 500  # lines that one worker applies
CURRENCY = "BRL"  # of what their lines say
_QUICKLY = 1  # files of banks are mostly blanks: a twentieth is left of them


@dataclass(frozen=True, slots=True)
class FileInfo:
    """One file. `lines`: orders, or titles of which it tells. `fetched_at`: when a remittance was downloaded first."""

    id: UUID
    public_id: str
    direction: Direction
    gateway: str
    number: int
    made_on: date | None
    name: str
    lines: int
    actor: str
    at: datetime
    done_at: datetime | None
    fetched_at: datetime | None


@dataclass(frozen=True, slots=True)
class LineInfo:
    """A line of a return, and what it did; None while it is not applied. `title`: of our invoice, as the bank has it."""

    id: int
    told: ReturnLine
    did: Did | None
    request: RequestInfo | None


@dataclass(frozen=True, slots=True)
class Report:
    """What a return did, by kind, and what of it is not applied yet; money of lines that are."""

    did: Mapping[Did, int]
    left: int
    paid: Money
    fees: Money


def digest(content: bytes) -> str:
    """The same for the same file with other line ends, or without the blanks at the ends of its lines."""
    found, ends = sha256(), 0
    for part in BytesIO(content.removesuffix(b"\x1a")):
        for line in part.splitlines():
            if said := line.rstrip():
                found.update(b"\n" * ends + said)
                ends = 0
            ends += 1
    return found.hexdigest()


# Remittances


def keep_remittance(
    *,
    gateway: str,
    number: int,
    made: Remittance,
    orders: Sequence[tuple[RequestInfo, Order]],
    actor: str,
    real: datetime,
) -> FileInfo:
    """It is as it was made from now on, and its orders are asked."""
    row = BankFile.objects.create(
        direction=Direction.REMITTANCE.value,
        gateway=gateway,
        number=number,
        name=made.name,
        digest=digest(made.content),
        content=compress(made.content, _QUICKLY),
        lines=len(orders),
        actor=actor,
        at=real,
        done_at=real,
    )
    bank_orders.keep(row, [(info.id, order.act) for info, order in orders])
    _note(
        "bank_file.written",
        row,
        actor=actor,
        at=real,
        acts=Counter(order.act.value for _info, order in orders),
    )
    return _info(row)


def note_fetched(file_id: UUID, *, actor: str, real: datetime) -> bool:
    """Somebody downloads a remittance, to send it to its bank. Returns whether they are the first."""
    mine = BankFile.objects.filter(id=file_id, direction=Direction.REMITTANCE.value, fetched_at=None)
    if not mine.update(fetched_at=real):
        return False
    _note("bank_file.fetched", BankFile.objects.defer("content").get(id=file_id), actor=actor, at=real)
    return True


# Returns


def keep_return(
    *, gateway: str, name: str, content: bytes, told: ReturnFile, actor: str, real: datetime
) -> tuple[FileInfo, bool]:
    """Write down all that it says as it is read, to be applied line by line from now on. Returns the file, and whether it is new:
    the same one again changes nothing. Raises BankFileKnown for another one with the day and the number of one that was taken,
    and BadFile as `told` does, when nothing of it may stay."""
    said = digest(content)
    mine = BankFile.objects.filter(gateway=gateway, direction=Direction.RETURN.value)
    numbered = mine.filter(made_on=told.made_on, number=told.number, number__gt=0).exclude(digest=said)
    if told.made_on is not None and numbered.exists():
        deque(told.lines, maxlen=0)  # what is wrong in it comes first
        raise BankFileKnown(str(told.number), told.made_on.isoformat())
    row, new = mine.get_or_create(
        gateway=gateway,
        direction=Direction.RETURN.value,
        digest=said,
        defaults={
            "number": told.number,
            "made_on": told.made_on,
            "name": name[:100],
            "content": compress(content, _QUICKLY),
            "lines": 0,
            "actor": actor,
            "at": real,
        },
    )
    if new:
        happenings = Counter[str]()
        for some in batched(told.lines, TOGETHER):
            _write(row, some)
            agenda.note(APPLY, subject=row.id, key=str(some[0].line), due_at=real, now=real)
            happenings.update(line.happening.value for line in some)
        row.lines = happenings.total()
        row.done_at = None if row.lines else real
        row.save(update_fields=["lines", "done_at"])
        _note("bank_file.taken", row, actor=actor, at=real, happenings=happenings)
    return _info(row), new


def open_lines(file_id: UUID, first: int) -> list[LineInfo]:
    """Those of a worker's part of a file that are not applied, in their order."""
    after = BankLine.objects.filter(file_id=file_id, line__gte=first).order_by("line")
    of_others = next(iter(after.values_list("line", flat=True)[TOGETHER : TOGETHER + 1]), None)
    return [_line(row) for row in after.filter(did="", **given(line__lt=of_others))]


def find_slip(gateway: str, number: str) -> RequestInfo | None:
    """By the bank's number of it."""
    row = PaymentRequest.objects.select_related("invoice").filter(gateway=gateway, reference=number).first()
    return None if row is None else requests.info(row)


def note_done(line: LineInfo, did: Did, *, request: RequestInfo | None) -> None:
    """What became of it, once."""
    BankLine.objects.filter(id=line.id, did="").update(
        did=did.value, request_id=None if request is None else request.id
    )


def note_whole(file_id: UUID, *, real: datetime) -> None:
    """Where nothing of it is left to be applied, it says so from now on."""
    mine = BankFile.objects.filter(id=file_id, done_at=None)
    left = BankLine.objects.filter(file_id=file_id, did="").order_by("line").values("id")
    if left.first() is not None or not mine.update(done_at=real):
        return
    row = BankFile.objects.defer("content").get(id=file_id)
    did = {what.value: count for what, count in report(row.id).did.items()}
    _note("bank_file.applied", row, actor="system", at=real, did=did)


# Reading


def get(file_id: UUID) -> FileInfo:
    """Raises NoSuchBankFile."""
    row = sole(BankFile.objects.defer("content").filter(id=file_id))
    if row is None:
        raise NoSuchBankFile()
    return _info(row)


def content(file_id: UUID) -> bytes:
    """As it went or came, whenever it is asked for. Raises NoSuchBankFile."""
    found = BankFile.objects.filter(id=file_id).values_list("content", flat=True).first()
    if found is None:
        raise NoSuchBankFile()
    return decompress(found)


def newest(*, before: UUID | None = None, limit: int = 50) -> list[FileInfo]:
    """Files of both directions, newest first."""
    found = BankFile.objects.defer("content").filter(**given(id__lt=before)).order_by("-id")
    return [_info(row) for row in found[:limit]]


def newest_remittance(gateway: str) -> FileInfo | None:
    """The last one of an account."""
    mine = BankFile.objects.defer("content").filter(gateway=gateway, direction=Direction.REMITTANCE.value)
    row = mine.order_by("-number").first()
    return None if row is None else _info(row)


def report(file_id: UUID) -> Report:
    """Of a return."""
    lines = BankLine.objects.filter(file_id=file_id)
    counts = dict(lines.order_by().values_list("did").annotate(Count("id")))
    booked = Q(did__in=[Did.PAID.value, Did.KEPT.value])
    sums = lines.aggregate(paid=Sum("amount_minor", filter=booked), fees=Sum("fee_minor", filter=booked))
    return Report(
        did={did: counts[did.value] for did in Did if did.value in counts},
        left=counts.get("", 0),
        paid=Money(sums["paid"] or 0, CURRENCY),
        fees=Money(sums["fees"] or 0, CURRENCY),
    )


def lines(
    file_id: UUID, *, did: Did | None = None, number: str = "", after: int = 0, limit: int = 100
) -> list[LineInfo]:
    """Of a return, in their order; only those that did this, or whose slip or invoice has this number."""
    found = BankLine.objects.filter(
        file_id=file_id, line__gt=after, **given(did=None if did is None else did.value)
    )
    if number:
        found = found.filter(Q(reference__endswith=number) | Q(title=number))
    rows = found.select_related("request__invoice").order_by("line")
    return [_line(row) for row in rows[:limit]]


_LINES = Adding(
    "payments_bankline",
    "line integer, happening text, reference text, title text, code text, reasons text, said text, happened_on date, "
    "money text, amount_minor bigint, late_minor bigint, fee_minor bigint, credited_on date, qr text, file_id uuid",
    always={"did": "''"},
)


def _write(file: BankFile, told: Iterable[ReturnLine]) -> None:
    _LINES.add((*_row(one), str(file.id)) for one in told)


def _row(told: ReturnLine) -> tuple[str | None, ...]:
    came = told.received
    return (
        str(told.line),
        told.happening.value,
        told.reference,
        told.title,
        told.code,
        " ".join(told.reasons),
        " ".join(told.said),
        _iso(told.happened_on),
        "" if came is None else came.reference,
        None if came is None else str(came.amount.minor),
        None if came is None else _minor(came.late),
        None if came is None else _minor(came.fee),
        None if came is None else _iso(came.credited_on),
        told.qr or "",
    )


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _minor(amount: Money | None) -> str | None:
    return None if amount is None else str(amount.minor)


def _line(row: BankLine) -> LineInfo:
    told = ReturnLine(
        line=row.line,
        happening=Happening(row.happening),
        reference=row.reference,
        title=row.title,
        code=row.code,
        reasons=tuple(row.reasons.split()),
        said=tuple(row.said.split()),
        received=_received(row),
        qr=row.qr or None,
        happened_on=row.happened_on,
    )
    request = None if row.request is None else requests.info(row.request)
    return LineInfo(row.id, told, Did(row.did) if row.did else None, request)


def _received(row: BankLine) -> Received | None:
    if row.amount_minor is None or row.happened_on is None:
        return None
    return Received(
        reference=row.money,
        amount=Money(row.amount_minor, CURRENCY),
        paid_on=row.happened_on,
        credited_on=row.credited_on,
        fee=None if row.fee_minor is None else Money(row.fee_minor, CURRENCY),
        late=None if row.late_minor is None else Money(row.late_minor, CURRENCY),
    )


def _note(name: str, row: BankFile, *, actor: str, at: datetime, **counts: Mapping[str, int]) -> None:
    events.record(
        name=name,
        subject=("bank_file", row.id),
        customer_id=None,
        actor=actor,
        now=at,
        data={"gateway": row.gateway, "number": row.number, "lines": row.lines, **counts},
    )


def _info(row: BankFile) -> FileInfo:
    return FileInfo(
        id=row.id,
        public_id=row.public_id,
        direction=Direction(row.direction),
        gateway=row.gateway,
        number=row.number,
        made_on=row.made_on,
        name=row.name,
        lines=row.lines,
        actor=row.actor,
        at=row.at,
        done_at=row.done_at,
        fetched_at=row.fetched_at,
    )
