"""`abono worker` as a process of its own, on the database that the test runs on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.concurrency.server import Process


class Worker(Process):
    def __init__(self, **env: str) -> None:
        super().__init__("-m", "abono", "worker", **env)


@contextmanager
def worker(**env: str) -> Iterator[Worker]:
    running = Worker(**env)
    try:
        yield running
    finally:
        running.end(9)
