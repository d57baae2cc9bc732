"""How many renewals a second a billing run does, beside one by one and beside bare inserts of the same rows (INV-1).

`python -m bench.billing`, or QUICK=1 for a book of 5,000 instead of 100,000. All in one book (`bench/book.py`): some are renewed
one by one, all others by a run, and what the run wrote is inserted once more into empty tables with the same indexes and
foreign keys, 500 contracts in a transaction. A book of a tenth is billed before it, and after it one of half the contracts by two
processes at once, whose rows two clients insert bare. The last line is JSON: contracts/s, how many times as long the run takes for ten
times the contracts, and the ratios by time of processors, which a busy machine changes less.
"""

from __future__ import annotations

import gc
import json
import logging
import multiprocessing
import os
import resource
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from time import perf_counter, process_time
from uuid import UUID

from django.db import connection, transaction

from abono.config.settings import ENV
from abono.domain.invoicing import keys
from abono.flows.billing.renew import renew
from abono.flows.billing.run import CHUNK, run
from abono.flows.check_books import check_books
from abono.kernel.ids import uuid7
from abono.platform import clock, postgres
from bench import book, world

CONTRACTS, QUICK = 100_000, 5_000
_ONE_BY_ONE = 6  # copies of the mix: 300 contracts
_WARM = 2  # copies before them, for what a process looks up once
_LIMIT = 20_000  # contracts at most whose rows are inserted bare

# How the rows that a run wrote are found, and whose they are.
_BY_CONTRACT = "t.contract_id = w.contract_id"
_BY_CUSTOMER = "t.customer_id = w.customer_id"
_OF_INVOICE = "t.invoice_id IN (SELECT id FROM invoicing_invoice i WHERE i.contract_id = w.contract_id AND i.id > %(since)s)"
_WRITTEN = {
    "invoicing_invoice": f"{_BY_CONTRACT} AND t.id > %(since)s",
    "invoicing_invoiceline": _OF_INVOICE,
    "journal_entry": f"{_BY_CONTRACT} AND t.id > %(since)s",
    "journal_posting": "t.entry_id IN (SELECT id FROM journal_entry e"
    " WHERE e.contract_id = w.contract_id AND e.id > %(since)s)",
    "platform_event": f"{_BY_CUSTOMER} AND t.id > %(since)s",
    "platform_due": f"{_BY_CUSTOMER} AND t.id > %(due)s",
    "notices_notice": f"{_BY_CUSTOMER} AND t.id > %(since)s",
    "notices_email": "t.notice_id IN (SELECT id FROM notices_notice n"
    " WHERE n.customer_id = w.customer_id AND n.id > %(since)s)",
    "metering_cycle": f"{_BY_CONTRACT} AND t.cycle_start > %(now)s",
    "metering_use_border": f"{_BY_CONTRACT} AND t.cycle_start > %(now)s",
}


@dataclass(frozen=True, slots=True)
class Spent:
    """What a way took for so many contracts: seconds, and of processors ours and those of the server's process, which are told
    where it runs on this machine (0 elsewhere)."""

    contracts: int
    seconds: float
    ours: float
    servers: float = 0.0

    @property
    def rate(self) -> float:
        return self.contracts / self.seconds

    @property
    def cpu_ms(self) -> float:
        """Of both, for one contract."""
        return 1000 * (self.ours + self.servers) / self.contracts

    def __str__(self) -> str:
        each = [1000 * one / self.contracts for one in (self.ours, self.servers)]
        return f"{self.rate:,.1f}/s of {self.contracts:,}; of processors {each[0]:.2f} ms ours and {each[1]:.2f} ms the server's each"


def billing(*, contracts: int = CONTRACTS) -> dict[str, float]:
    """Contracts/s of each way, and how the time of a run grows; each book in a database of its own."""
    logging.getLogger("abono").setLevel(logging.WARNING)
    with world.empty():
        few, *_beside = _book(contracts // 10)
    with world.empty():
        many, alone, bare = _book(contracts, beside=True)
    with world.empty():
        two, _alone, two_bare = _book(contracts // 2, workers=2)
    return figures(one_by_one=alone, few=few, run=many, limit=bare) | {
        "billing_run_two": round(two.rate),
        "billing_limit_two": round(two_bare.rate),
        "billing_run_two_cpu_of_limit": round(two_bare.cpu_ms / two.cpu_ms, 2),
    }


def figures(*, one_by_one: Spent, few: Spent, run: Spent, limit: Spent) -> dict[str, float]:
    """As they are printed; `few` is a run of a tenth of the contracts."""
    return {
        "billing_one_by_one": round(one_by_one.rate, 1),
        "billing_run": round(run.rate),
        "billing_limit": round(limit.rate),
        "billing_growth_ratio": round(10 * few.rate / run.rate, 2),
        "billing_run_cpu_x_one_by_one": round(one_by_one.cpu_ms / run.cpu_ms, 1),
        "billing_run_cpu_of_limit": round(limit.cpu_ms / run.cpu_ms, 2),
    }


_NOTHING = Spent(0, 1, 0)


def _book(contracts: int, *, beside: bool = False, workers: int = 1) -> tuple[Spent, Spent, Spent]:
    """What a run of a book took; `beside`: one by one and bare inserts, too; bare inserts also where several processes work."""
    _say(f"a book of {contracts:,} …")
    book.make(contracts)
    _right("before")
    now, alone, bare, done = clock.now(), _NOTHING, _NOTHING, 0
    if beside:
        _each(book.of_copies(0, _WARM - 1), now)
        some = book.of_copies(_WARM, _WARM + _ONE_BY_ONE - 1)
        done = len(some) + _WARM * book.LIVED
        alone = _spent(len(some), [partial(_each, some, now)])
        _say(f"one by one: {alone}")
    before: dict[str, UUID | int | datetime] = {
        "since": uuid7(),
        "due": _one("SELECT max(id) FROM platform_due"),
        "now": now,
    }
    took = _spent(contracts - done, [partial(run, now=now)] * workers)
    peak = resource.getrusage(resource.RUSAGE_SELF if workers == 1 else resource.RUSAGE_CHILDREN).ru_maxrss
    _say(f"in a run by {workers}: {took}; {peak / 1024:,.0f} MiB at most")
    billed_once(contracts)
    if beside or workers > 1:
        bare = _limit(before, clients=workers)
        _say(f"bare inserts by {workers}: {bare}")
    _right("after")
    return took, alone, bare


def _each(contract_ids: list[UUID], now: datetime) -> int:
    """Renew them one by one. Returns how many."""
    return sum(renew(contract_id=one, now=now) is not None for one in contract_ids)


def _spent(contracts: int, works: list[Callable[[], int]]) -> Spent:
    """What work took that renews so many: one here, several in processes of their own at once."""
    began = perf_counter()
    if len(works) == 1:
        found = [_measured(works[0])]
    else:
        connection.close()  # processes fork
        with ProcessPoolExecutor(len(works), mp_context=multiprocessing.get_context("fork")) as processes:
            found = list(processes.map(_measured, works))
    took = perf_counter() - began
    renewed, ours, servers = (sum(those) for those in zip(*found, strict=True))
    assert renewed == contracts, f"{renewed} of {contracts} were renewed"
    return Spent(contracts, took, ours, servers)


def _measured(work: Callable[[], int]) -> tuple[int, float, float]:
    """How many it renewed, and seconds of processors: ours, and those of the server's process."""
    connection.ensure_connection()
    server = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")

    def servers() -> float:
        return int(server.read_text().split()[0]) / 1e9 if server.exists() else 0.0

    busy, theirs = process_time(), servers()
    return work(), process_time() - busy, servers() - theirs


def _limit(before: dict[str, UUID | int | datetime], *, clients: int) -> Spent:
    """What inserting what a run wrote took, and nothing else."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE bench_whose AS SELECT c.id AS contract_id, c.customer_id,"
            " ((row_number() OVER (ORDER BY i.number) - 1) / %s)::integer AS chunk"
            " FROM invoicing_invoice i JOIN contracts_contract c ON c.id = i.contract_id"
            " WHERE i.billing_run_id IS NOT NULL ORDER BY i.number LIMIT %s",
            [CHUNK, _LIMIT],
        )
        cursor.execute("CREATE INDEX ON bench_whose (chunk)")
        cursor.execute("ANALYZE")
    for table, which in _WRITTEN.items():
        _prepare(table, which, before)
    contracts, chunks = (
        _one("SELECT count(*) FROM bench_whose"),
        _one("SELECT max(chunk) + 1 FROM bench_whose"),
    )
    statements = [_inserting(table) for table in _WRITTEN]

    return _spent(
        contracts, [partial(_insert, statements, range(n, chunks, clients)) for n in range(clients)]
    )


def _insert(statements: list[str], chunks: range) -> int:
    """Returns the contracts whose rows these are."""
    for chunk in chunks:
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement, [chunk])
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM bench_whose WHERE chunk = ANY(%s)", [list(chunks)])
        return int(cursor.fetchone()[0])


def _prepare(table: str, which: str, before: dict[str, UUID | int | datetime]) -> None:
    """Lay ready what was written into a table, by chunk, and a table like it."""
    bare, laid = f"bench_bare_{table}", f"bench_from_{table}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TABLE {laid} AS SELECT w.chunk AS bench_chunk, t.* FROM bench_whose w"  # noqa: S608
            f" JOIN {table} t ON {which} ORDER BY w.chunk",
            before,
        )
        cursor.execute(f"CREATE INDEX ON {laid} (bench_chunk)")
        cursor.execute(f"ANALYZE {laid}")
        cursor.execute(f"CREATE TABLE {bare} (LIKE {table} INCLUDING ALL)")
        cursor.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' AND conrelid = %s::regclass",
            [table],
        )
        for (held,) in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {bare} ADD {held}")
    _say(f"  {table}: {_one(f'SELECT count(*) FROM {laid}'):,} rows")  # noqa: S608


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
        f" SELECT {columns} FROM bench_from_{table} WHERE bench_chunk = %s"
    )


def billed_once(contracts: int) -> None:
    """Each is in its next cycle, with one invoice for it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM contracts_contract WHERE cycle_number = %s),"
            " (SELECT count(*) FROM invoicing_invoice WHERE key = %s AND number IS NOT NULL)",
            [book.CYCLES, keys.renewal(book.CYCLES)],
        )
        entered, billed = cursor.fetchone()
    assert (entered, billed) == (contracts, contracts), f"{entered} entered, {billed} billed of {contracts}"


def _right(when: str) -> None:
    began = perf_counter()
    wrong = check_books()
    _say(f"the books were checked {when} in {perf_counter() - began:.0f} s")
    if wrong:
        raise SystemExit(f"the books are wrong {when}: {len(wrong)}, {wrong[:3]}")


def _one(query: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return int(cursor.fetchone()[0])


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def main() -> int:
    quick = os.environ.get("QUICK", "") not in ("", "0")
    server = nullcontext() if ENV.database_url else postgres.running(ENV.home)
    gc.freeze()  # as `abono` does once it is loaded
    with server:
        print(json.dumps(billing(contracts=QUICK if quick else CONTRACTS)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
