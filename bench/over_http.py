"""Through the real server process, over sockets: single holds, batches of 1,000, reads; as fast as it goes, and at a fixed rate."""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from itertools import repeat
from threading import Thread
from typing import Any

from bench import load
from bench.report import Measured
from bench.world import COUNTRIES, Contracts, keys

_RUNNING = re.compile(r"running on http://127\.0\.0\.1:(\d+)")
OURS = "abono.config.asgi:application"
BATCHES_A_SECOND = 20  # that come in while reads do, where all arrives at a fixed rate
MOST_SINGLE, MOST_BATCH = 25_000, 120_000  # events per second for which bodies are made beforehand


def single(contracts: Contracts, url: str, seconds: float) -> Measured:
    return _measure("POST /v1/holds, one send, 64 connections", contracts, url, seconds, 64, 1)


def single_hot(contracts: Contracts, url: str, seconds: float) -> Measured:
    how = "the same with 128 connections, all on one contract"
    return _measure(how, contracts.one(), url, seconds, 128, 1)


def open_loop(contracts: Contracts, url: str, seconds: float, rate: float) -> Measured:
    """Single holds that arrive at a fixed rate, whether the ones before are answered or not."""
    with serving(OURS, url) as port:
        wall, took = in_process(_arrive, contracts, port, seconds, rate)
    return Measured(f"single holds, {rate:,.0f} arrive a second", len(took), wall, took)


def batch_1000(contracts: Contracts, url: str, seconds: float) -> Measured:
    return _measure("POST /v1/holds, 1,000 sends, 4 connections", contracts, url, seconds, 4, 1_000)


def balance_read(contracts: Contracts, url: str, seconds: float) -> Measured:
    """Reads of one contract's balance while batches of 1,000 come in as fast as they are answered."""
    with serving(OURS, url) as port, _loading(contracts, port, seconds + 1, 4, 1_000):
        wall, took = load.run(repeat(_read(contracts)), port, seconds=seconds, connections=1, held=0)
    return Measured("GET /v1/balances while batches of 1,000 come in", len(took), wall, took)


def entitlements_read(contracts: Contracts, url: str, seconds: float) -> Measured:
    """The same of what the contract allows, each answered whole: nobody sends a version that is known."""
    with serving(OURS, url) as port, _loading(contracts, port, seconds + 1, 4, 1_000):
        asked = repeat(_read(contracts, "entitlements"))
        wall, took = load.run(asked, port, seconds=seconds, connections=1, held=0)
    return Measured("GET /v1/entitlements likewise", len(took), wall, took)


def balance_read_open_loop(contracts: Contracts, url: str, seconds: float, rate: float) -> Measured:
    """The same at a fixed rate of arrival, of reads and of batches: a server that does these faster has no more of them."""
    reads = [_read(contracts)] * round(rate * seconds)
    with serving(OURS, url) as port, _loading(contracts, port, seconds + 1, 16, 1_000, rate=BATCHES_A_SECOND):
        wall, took = load.run_open(reads, port, rate=rate, connections=64, held=0)
    return Measured(f"the same, {rate:,.0f} arrive a second", len(took), wall, took)


def _measure(
    how: str, contracts: Contracts, url: str, seconds: float, connections: int, size: int
) -> Measured:
    with serving(OURS, url) as port:
        wall, latencies = in_process(_load, contracts, port, seconds, connections, size)
    return Measured(how, size * len(latencies), wall, latencies)


def _load(
    contracts: Contracts, port: int, seconds: float, connections: int, size: int
) -> tuple[float, list[float]]:
    most = MOST_SINGLE if size == 1 else MOST_BATCH
    requests = list(_requests(contracts, size, int(most * seconds)))
    return load.run(iter(requests), port, seconds=seconds, connections=connections, held=size)


def _arrive(contracts: Contracts, port: int, seconds: float, rate: float) -> tuple[float, list[float]]:
    requests = list(_requests(contracts, 1, round(rate * seconds)))
    return load.run_open(requests, port, rate=rate, connections=256, held=1)


def _read(contracts: Contracts, what: str = "balances") -> bytes:
    return (
        f"GET /v1/{what}/{contracts.names[0]} HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: Bearer {contracts.key}\r\n\r\n"
    ).encode()


def _requests(contracts: Contracts, size: int, events: int) -> Iterator[bytes]:
    """Whole requests, made beforehand: the generator shares the machine with what it measures."""
    names, places, sends = contracts.names, contracts.drawn(events, seed=7), keys(events)
    for first in range(0, events, size):
        body = json.dumps(
            {
                "sends": [
                    {
                        "id": sends[n],
                        "contract": names[places[n]],
                        "channel": "sms",
                        "kind": "message",
                        "country": COUNTRIES[places[n] % len(COUNTRIES)],
                    }
                    for n in range(first, first + size)
                ]
            }
        ).encode()
        head = (
            f"POST /v1/holds HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {contracts.key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        yield head.encode() + body


@contextmanager
def serving(application: str, url: str) -> Iterator[int]:
    """An application as ours is served, one process; yields its port."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "uvicorn", application, "--port", "0", "--no-access-log"),
            *(
                "--timeout-keep-alive",
                "120",
            ),  # callers at a fixed rate do not use each connection every few seconds
        ],
        env={**os.environ, "DATABASE_URL": url},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    said, lately = iter(process.stderr), deque[str](maxlen=200)
    reader = Thread(target=lately.extend, args=[said])  # a pipe that nobody reads would stop whoever writes
    try:
        for line in said:
            lately.append(line)
            if running := _RUNNING.search(line):
                reader.start()
                yield int(running[1])
                break
        else:
            raise RuntimeError(f"the server did not start:\n{''.join(lately)}")
    finally:
        process.terminate()
        ended = process.wait()
        if reader.ident is not None:
            reader.join()
        print("".join(lately) if ended not in (0, -15) else "", end="", file=sys.stderr)
        process.stderr.close()


def in_process[T](work: Callable[..., T], *arguments: Any) -> T:
    """The result of `work`, or its exception, from a process of its own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as process:
        return process.submit(work, *arguments).result()


@contextmanager
def _loading(
    contracts: Contracts, port: int, seconds: float, connections: int, size: int, rate: float | None = None
) -> Iterator[None]:
    """While the block runs, another process writes, as fast as it is answered or so many requests a second."""
    context = multiprocessing.get_context("fork")
    ready = context.Event()

    def work() -> None:
        events = MOST_BATCH * seconds if rate is None else rate * seconds * size
        requests = list(_requests(contracts, size, int(events)))
        ready.set()
        if rate is None:
            load.run(iter(requests), port, seconds=seconds, connections=connections, held=size)
        else:
            load.run_open(requests, port, rate=rate, connections=connections, held=size)

    process = context.Process(target=work)
    process.start()
    ready.wait()
    yield
    process.join()
