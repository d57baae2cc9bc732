"""Holds and pages while a billing run goes on: `python -m bench.beside_run`, or QUICK=1 for 3,000 contracts instead of 30,000.

One process serves; single holds and pages arrive at a fixed rate each, whatever is answered, first with nothing else, then
while another process, or two (`WORKERS=2`), renew a book (`bench/book.py`), as nice as a worker is (`NICE=0`: not at all). A latency counts from the moment at which its request was
due. The last line is JSON: p50 and p99 in milliseconds alone and beside, how many times as long p99 is, and renewals a second meanwhile.
"""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from time import perf_counter, sleep

from django.db import connection

from abono.config.settings import ENV
from abono.domain.contracts.models import Contract
from abono.domain.identity import actions as identity
from abono.flows.billing.run import run
from abono.kernel.ids import public, uuid7
from abono.platform import clock, postgres
from bench import book, load, world
from bench.collecting import PAGE, page
from bench.over_http import OURS, in_process, serving
from bench.report import Measured

CONTRACTS, QUICK = 30_000, 3_000
HOLDS, PAGES = 100, 5  # that arrive a second
NICE = 10  # as in deploy/abono-worker.service
_WHOSE = 1_000  # contracts whose holds they are
_SECONDS = 15.0

type Requests = dict[str, list[bytes]]


def beside_run(
    url: str, *, contracts: int = CONTRACTS, seconds: float = _SECONDS, workers: int = 1, nice: int = NICE
) -> dict[str, float]:
    """In a database that `world.empty` made."""
    logging.getLogger("abono").setLevel(logging.WARNING)
    book.make(contracts)
    key, opened = _key(), page()
    with serving(OURS, url) as port:
        _arrive(_requests(key, opened, 3), port)  # what a process looks up once
        alone = _arrive(_requests(key, opened, seconds), port)
        requests = _requests(key, opened, seconds)
        with _running(workers, nice):
            begun, before = perf_counter(), _billed()
            beside = _arrive(requests, port)
            rate = (_billed() - before) / (perf_counter() - begun)
        left = contracts - _billed()
    if not left:
        print("the run was over before they were: more CONTRACTS", file=sys.stderr)
    return {
        **{
            f"{what}_{when}_p{part}_ms": one.percentile_ms(part / 100)
            for when, found in (("alone", alone), ("beside", beside))
            for what, one in found.items()
            for part in (50, 99)
        },
        **{
            f"{what}_p99_ratio": round(beside[what].percentile_ms(0.99) / alone[what].percentile_ms(0.99), 2)
            for what in alone
        },
        "renewals_meanwhile_per_s": round(rate),
    }


def _requests(key: str, opened: bytes, seconds: float) -> Requests:
    """Whole, made beforehand: whoever sends them shares the machine with what is measured."""
    found = Contract.objects.order_by("id").values_list("id", flat=True)
    names = [public("ctr", one) for one in found[:: max(1, len(found) // _WHOSE)]]
    holds = [_hold(key, names[n % len(names)]) for n in range(int(HOLDS * seconds))]
    connection.close()  # processes fork
    return {"holds": holds, "pages": [opened] * int(PAGES * seconds)}


def _hold(key: str, contract: str) -> bytes:
    send = {
        "id": str(uuid7()),
        "contract": contract,
        "channel": "email",
        "kind": "message",
        "country": "BR",
    }
    body = json.dumps({"sends": [send]})
    return (
        f"POST /v1/holds HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def _key() -> str:
    _id, key = identity.issue_key(
        name="bench", customer_id=None, scopes=("meter",), expires_at=None, actor="bench", now=clock.now()
    )
    return key


def _arrive(requests: Requests, port: int) -> dict[str, Measured]:
    """Both at once, each from a process of its own."""
    with ThreadPoolExecutor(2) as both:
        holds = both.submit(in_process, _send, requests["holds"], port, HOLDS, load.HELD)
        pages = both.submit(in_process, _send, requests["pages"], port, PAGES, b"200 OK")
        found = {"holds": ("POST /v1/holds", holds.result()), "pages": (PAGE, pages.result())}
    return {what: Measured(name, len(took), wall, took) for what, (name, (wall, took)) in found.items()}


def _send(requests: list[bytes], port: int, rate: float, word: bytes) -> tuple[float, list[float]]:
    return load.run_open(requests, port, rate=rate, connections=64, held=1, word=word)


@contextmanager
def _running(workers: int, nice: int) -> Iterator[None]:
    """Meanwhile others renew, until there is nothing left or the block ends."""
    context = multiprocessing.get_context("fork")
    over = context.Event()

    def work() -> None:
        os.nice(nice)
        run(now=clock.now(), stop=over.is_set)

    processes = [context.Process(target=work) for _ in range(workers)]
    for one in processes:
        one.start()
    try:
        while not _billed():  # it begins
            sleep(0.1)
        yield
    finally:
        over.set()
        for one in processes:
            one.join()


def _billed() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM invoicing_invoice WHERE billing_run_id IS NOT NULL")
        (found,) = cursor.fetchone()
    connection.close()
    return int(found)


def main() -> int:
    quick = os.environ.get("QUICK", "") not in ("", "0")
    workers, nice = (int(os.environ.get(name, told)) for name, told in (("WORKERS", "1"), ("NICE", NICE)))
    server = nullcontext() if ENV.database_url else postgres.running(ENV.home)
    with server, world.empty() as url:
        found = beside_run(
            url,
            contracts=QUICK if quick else CONTRACTS,
            seconds=_SECONDS / 5 if quick else _SECONDS,
            workers=workers,
            nice=nice,
        )
        print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
