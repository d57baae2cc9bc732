"""Threads that begin together, each on a connection of its own.

The connections stay for the tests after: each new one costs PostgreSQL and Django what a hundred sends do.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from threading import Barrier

from django.db import connection

_POOL = ThreadPoolExecutor(32)


def together[T](work: Callable[[int], T], threads: int) -> list[T]:
    """What `work(n)` gives in each of so many threads, 32 at most."""
    start = Barrier(threads)

    def run(number: int) -> T:
        connection.close_if_unusable_or_obsolete()
        start.wait()
        return work(number)

    begun = [_POOL.submit(Context().run, run, number) for number in range(threads)]
    return [one.result() for one in begun]
