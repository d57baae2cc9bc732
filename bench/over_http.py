"""Through the real server process, over sockets: single holds with 64 connections, batches of 1,000 with 4."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any

from bench.report import Measured
from bench.world import COUNTRIES, Contracts, keys

_RUNNING = re.compile(r"running on http://127\.0\.0\.1:(\d+)")
MOST_SINGLE, MOST_BATCH = 20_000, 100_000  # events per second for which bodies are made beforehand


def single(contracts: Contracts, url: str, seconds: float) -> Measured:
    return _measure("POST /v1/holds, one send, 64 connections", contracts, url, seconds, 64, 1, MOST_SINGLE)


def batch_1000(contracts: Contracts, url: str, seconds: float) -> Measured:
    return _measure(
        "POST /v1/holds, 1,000 sends, 4 connections", contracts, url, seconds, 4, 1_000, MOST_BATCH
    )


def _measure(
    how: str, contracts: Contracts, url: str, seconds: float, connections: int, size: int, most: int
) -> Measured:
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()
    with _server(url) as port:
        load = context.Process(
            target=_load, args=(contracts, port, seconds, connections, size, int(most * seconds), answers)
        )
        load.start()
        wall, latencies = answers.get()
        load.join()
    return Measured(how, size * len(latencies), wall, latencies)


def _load(
    contracts: Contracts, port: int, seconds: float, connections: int, size: int, events: int, answers: Any
) -> None:
    requests = list(_requests(contracts, size, events))
    answers.put(asyncio.run(_run(requests, port, seconds, connections, size)))


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


async def _run(
    requests: list[bytes], port: int, seconds: float, connections: int, size: int
) -> tuple[float, list[float]]:
    loop = asyncio.get_running_loop()
    run = _Run(requests, size)
    callers = [
        (await loop.create_connection(lambda: _Caller(run), "127.0.0.1", port))[1] for _ in range(connections)
    ]
    run.end = perf_counter() + seconds
    begun = perf_counter()
    for caller in callers:
        caller.next()
    await asyncio.gather(*(caller.done for caller in callers))
    return perf_counter() - begun, run.took


class _Run:
    def __init__(self, requests: list[bytes], size: int) -> None:
        self.left, self.size = iter(requests), size
        self.took: list[float] = []
        self.end = 0.0


class _Caller(asyncio.Protocol):
    """One connection: sends the next request when the answer to the last is whole."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def next(self) -> None:
        request = next(self._run.left, None) if perf_counter() < self._run.end else None
        if request is None:
            self._transport.close()
            self.done.set_result(None)
            return
        self._sent_at = perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head = self._received.find(b"\r\n\r\n")
        if head < 0:
            return
        length = int(self._received.split(b"content-length: ", 1)[1].split(b"\r\n", 1)[0])
        if len(self._received) < head + 4 + length:
            return
        held = self._received.count(b'"held"')
        assert held == self._run.size, self._received[:500]
        self._run.took.append(perf_counter() - self._sent_at)
        self._received = b""
        self.next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or ConnectionError("the server closed the connection"))


@contextmanager
def _server(url: str) -> Iterator[int]:
    """The application as it is served, one process; yields its port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "abono.config.asgi:application", "--port", "0", "--no-access-log"],
        env={**os.environ, "DATABASE_URL": url},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        seen = ""
        for line in process.stderr:
            seen += line
            if running := _RUNNING.search(line):
                yield int(running[1])
                break
        else:
            raise RuntimeError(f"the server did not start:\n{seen}")
    finally:
        process.terminate()
        print("".join(process.stderr) if process.wait() not in (0, -15) else "", end="", file=sys.stderr)
        process.stderr.close()
