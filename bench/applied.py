"""How fast the lines of a bank's return are applied; a part of `bench.returns`.

Contracts of a book (`bench/book.py`) are billed, and their invoices asked for by slips of an account at Itaú. The simulator's bank
answers the remittance by a file that registers all of them and one that settles them. Of both some lines are applied one by
one, half of the others as one job does it, and half by as many threads as a worker has for gateways; then the rows that those wrote are
inserted once more, bare.
"""

from __future__ import annotations

import gc
import logging
import re
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from time import perf_counter, process_time
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from abono.domain.invoicing.models import Invoice
from abono.domain.payments import registry
from abono.domain.payments.files import bank_files
from abono.domain.payments.files.bank_files import TOGETHER, FileInfo
from abono.domain.payments.ports.push import Payer
from abono.domain.payments.pushed import requests
from abono.domain.payments.pushed.asked import RequestInfo
from abono.domain.payments.states import Did, RequestState
from abono.domain.payments.tables.requested import PaymentRequest
from abono.flows.bank_files import apply
from abono.flows.bank_files.remit import remit
from abono.flows.bank_files.take import take
from abono.flows.billing.run import run
from abono.flows.check_books import check_books
from abono.gateways.simulator import slip_files
from abono.gateways.simulator.slip_bank import answers
from abono.kernel.due import Means
from abono.kernel.ids import uuid7
from abono.platform import clock
from abono.platform.use_case import one_transaction
from bench import book, world
from tests.pushes import slips_by_files

_PAYER = Payer("Padaria Sol", "11222333000181", "Avenida Paulista, 1000", "São Paulo", "SP", "01310100")
AT_ONCE = 4  # what `abono worker` has where nobody says otherwise
FLAT = 10_000, 100_000  # lines of the files of which the memory is compared
_OF_A_BOOK = 3, 4  # of its contracts pay in BRL: no slip is in another currency
_BARE = {
    "platform_event": "id > %(since)s",
    "platform_due": "id > %(due)s",
    "notices_notice": "id > %(since)s",
    "notices_email": "id > %(since)s",
    "payments_receipt": "id > %(since)s",
    "journal_entry": "id > %(since)s",
    "journal_posting": "entry_id IN (SELECT id FROM journal_entry WHERE id > %(since)s)",
}


@dataclass(frozen=True, slots=True)
class _Spent:
    lines: int
    seconds: float
    processor: float
    server: float  # the processor time of its process that serves this connection
    mb: float  # that the process grew

    @property
    def rate(self) -> int:
        return round(self.lines / self.seconds)

    @property
    def cpu_rate(self) -> int:
        return round(self.lines / self.processor)

    def cpu_us(self, lines: int = 0) -> tuple[int, int]:
        """Of a line: of our process, and of the server's."""
        each = (lines or self.lines) / 1e6
        return round(self.processor / each), round(self.server / each)


def applied(lines: int) -> dict[str, float]:
    """Lines/s of each way, of registrations and of settlements, and how many times as fast the worker's is."""
    logging.getLogger("abono").setLevel(logging.WARNING)
    with world.empty():
        made = _remittance(lines)
        _as_in_a_worker()
        real, found = clock.now(), dict[str, float]()
        contents = answers(made, real.date(), 1)
        for what, content in zip(("registered", "paid"), contents, strict=True):
            found |= _file(what, content, real=real)
        wrong = check_books()
        assert not wrong, wrong[:3]
    return found


def flat(titles: int) -> dict[str, float]:
    """MB by which a process grows while it takes in a file of so many lines, and while it applies them. The file registers the same
    titles over and over: those that are registered are known, which is read and noted as well."""
    logging.getLogger("abono").setLevel(logging.WARNING)
    found = dict[str, float]()
    with world.empty():
        sheet = slip_files.read(_remittance(titles))
        _as_in_a_worker()
        day, real = clock.now().date(), clock.now()
        _taken_and_applied(_registering(sheet, titles, day, 1), real)  # what a process looks up once
        for number, lines in enumerate(FLAT, start=2):
            content = _registering(sheet, lines, day, number)
            taking, applying = _taken_and_applied(content, real)
            of = f"{lines // 1_000}k"
            found |= {
                f"file_mb_{of}": round(len(content) / 1e6, 1),
                f"taking_grew_mb_{of}": round(taking.mb, 1),
            }
            found[f"applying_grew_mb_{of}"] = round(applying.mb, 1)
            _say(f"{lines:,} lines: taken in {taking.seconds:.1f} s, applied in {applying.seconds:.1f} s")
    return found


def _registering(sheet: slip_files.Sheet, lines: int, day: date, number: int) -> bytes:
    orders = islice(cycle(sheet.orders), lines)
    return slip_files.write(sheet, (slip_files.Told(one, "02", day) for one in orders), day, number)


def _taken_and_applied(content: bytes, real: datetime) -> tuple[_Spent, _Spent]:
    taking = _spent(1, lambda: take(name="flat.ret", content=content, actor="bench", real=real))
    (file,) = bank_files.newest(limit=1)
    return taking, _spent(1, partial(_apply, file, real, range(2, file.lines + 2, TOGETHER)))


def _file(what: str, content: bytes, *, real: datetime) -> dict[str, float]:
    read = _spent(1, lambda: take(name=f"{what}.ret", content=content, actor="bench", real=real))
    (file,) = bank_files.newest(limit=1)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute(
            "SELECT line FROM payments_bankline WHERE file_id = %s ORDER BY line",
            [file.id],
        )
        first = [line for (line,) in cursor.fetchall()][::TOGETHER]
    naive = _alone(file, first[0], real=real)
    since: dict[str, UUID | int] = {
        "since": uuid7(),
        "due": _one("SELECT coalesce(max(id), 0) FROM platform_due"),
    }
    half, left = len(first) // 2, file.lines - naive.lines
    in_half = half * TOGETHER - naive.lines
    many = _spent(in_half, partial(_apply, file, real, first[:half]))
    threads = _spent(left - in_half, partial(_apply_at_once, file, real, first[half:]))
    report = bank_files.report(file.id)
    assert report.did == {Did(what): file.lines}, report
    bare = _limit(left, since)
    takes, applies = read.cpu_us(file.lines), many.cpu_us()
    _say(
        f"{what}: µs of a line, process and server: taking it in {takes}, applying it {applies}; one by one {naive.rate:,}/s, {naive.cpu_rate:,} a processor second;"
        f" by a worker {many.rate:,}/s, {many.cpu_rate:,}, by its {AT_ONCE} threads {threads.rate:,}/s; bare inserts"
        f" {bare:,.0f}/s; it grew by {many.mb:.1f} MB"
    )
    return {
        f"applied_{what}_per_s": many.rate,
        f"applied_{what}_per_cpu_s": many.cpu_rate,
        f"applied_{what}_cpu_us": sum(applies),
        f"applied_{what}_read_and_applied_cpu_us": sum(applies) + sum(takes),
        f"applied_{what}_at_once_per_s": threads.rate,
        f"applied_{what}_one_by_one": naive.rate,
        f"applied_{what}_limit": round(bare),
        f"applied_{what}_read_and_applied_per_s": round(
            in_half / (many.seconds + read.seconds * in_half / file.lines)
        ),
        f"applied_{what}_x_one_by_one": round(many.rate / naive.rate, 1),
        f"applied_{what}_of_limit": round(many.rate / bare, 2),
        f"applied_{what}_grew_mb": round(many.mb, 1),
    }


def _apply(file: FileInfo, real: datetime, first: Sequence[int]) -> None:
    for one in first:
        apply.apply_lines(file_id=file.id, first=one, real=real)


def _apply_at_once(file: FileInfo, real: datetime, first: Sequence[int]) -> None:
    def job(one: int) -> None:
        try:
            _apply(file, real, [one])
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(job, first))


def _alone(file: FileInfo, first: int, *, real: datetime) -> _Spent:
    """Of the first part half a worker's, one by one."""
    some = bank_files.open_lines(file.id, first)[: TOGETHER // 2]
    for line in some[:10]:  # what a process looks up once
        apply.apply_one(file, line, real=real)
    return _spent(len(some), lambda: [apply.apply_one(file, line, real=real) for line in some[10:]], less=10)


def _spent(lines: int, work: Callable[[], object], less: int = 0) -> _Spent:
    Path("/proc/self/clear_refs").write_text("5")  # the most that it held begins anew
    connection.ensure_connection()
    server = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")
    before, served = _status("VmRSS"), _of_server(server)
    began, busy = perf_counter(), process_time()
    work()
    took, spent = perf_counter() - began, process_time() - busy
    served, grew = _of_server(server) - served, _status("VmHWM") - before
    part = (lines - less) / lines
    return _Spent(lines, took / part, spent / part, served / part, grew / 1024)


def _of_server(process: Path) -> float:
    """Its processor time in seconds; none where it runs elsewhere."""
    return int(process.read_text().split()[0]) / 1e9 if process.exists() else 0


def _as_in_a_worker() -> None:
    """Rubbish is not looked for among what was loaded (`abono.__main__`)."""
    gc.collect()
    gc.freeze()


def _status(name: str) -> int:
    """Of this process, in KiB; Linux says it."""
    found = re.search(rf"^{name}:\s+(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1])


def _limit(lines: int, since: dict[str, UUID | int]) -> float:
    """Lines/s of inserting what applying them wrote, 500 in a transaction, and nothing else."""
    batches = max(lines // TOGETHER, 1)
    with connection.cursor() as cursor:
        for table, which in _BARE.items():
            bare, laid = f"bench_bare_{table}", f"bench_from_{table}"
            cursor.execute(f"DROP TABLE IF EXISTS {bare}, {laid}")
            cursor.execute(
                f"CREATE TABLE {laid} AS SELECT (row_number() OVER (ORDER BY id)) %% {batches} AS bench_part, t.*"  # noqa: S608
                f" FROM {table} t WHERE {which}",
                since,
            )
            cursor.execute(f"CREATE INDEX ON {laid} (bench_part)")
            cursor.execute(f"ANALYZE {laid}")
            cursor.execute(f"CREATE TABLE {bare} (LIKE {table} INCLUDING ALL)")
            _say(f"  {table}: {_one(f'SELECT count(*) FROM {laid}'):,} rows")  # noqa: S608
        statements = [_inserting(table) for table in _BARE]
    began = perf_counter()
    for part in range(batches):
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement, [part])
    return lines / (perf_counter() - began)


def _inserting(table: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute"
            " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
            [table],
        )
        (columns,) = cursor.fetchone()
    return (
        f"INSERT INTO bench_bare_{table} ({columns})"  # noqa: S608
        f" SELECT {columns} FROM bench_from_{table} WHERE bench_part = %s"
    )


def _remittance(slips: int) -> bytes:
    """Of so many slips that are asked for, what their bank is sent."""
    part, of = _OF_A_BOOK
    book.make(-(-slips * of // part // book.LIVED) * book.LIVED + book.LIVED)
    account, real = slips_by_files(settings), clock.now()
    run(now=real)
    owing = Invoice.objects.filter(state="pending", currency="BRL", number__gt=0, due_date__isnull=False)
    rows = [_slip(number, one, account) for number, one in enumerate(owing.order_by("id")[:slips], start=1)]
    assert len(rows) == slips, f"{len(rows)} invoices wait for their money"
    PaymentRequest.objects.bulk_create(rows)
    with one_transaction():
        for row in rows:
            requests.look_at(requests.info(row), real + timedelta(minutes=1), real=real)
    return bank_files.content(remit(gateway=account, actor="bench", real=real).id)


def _slip(number: int, invoice: Invoice, account: str) -> PaymentRequest:
    real = clock.now()
    row = PaymentRequest(
        invoice=invoice,
        means=Means.SLIP.value,
        gateway=account,
        number=number,
        amount_minor=invoice.owed_minor,
        currency=invoice.currency,
        state=RequestState.ASKED.value,
        due_date=real.date() + timedelta(days=5),
        until=real + timedelta(days=90),
        payer=asdict(_PAYER),
        fine_percent=2,
        interest_percent=1,
        asked_by="bench",
        asked_at=real,
    )
    info: RequestInfo = requests.info(row)
    made = registry.push_gateway(account).ask(info.for_supplier(invoice.title, real.date()))
    assert made.pay_with
    row.reference, row.pay_with, row.bar_code = made.reference or "", made.pay_with, made.bar_code or ""
    return row


def _one(query: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return int(cursor.fetchone()[0])


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)
