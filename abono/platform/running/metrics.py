"""What a process counts of itself, in the format of Prometheus, at a port of its own (OPS-4, ADR 32).

On this machine alone: whoever looks from elsewhere goes through a proxy of theirs. Nothing in it tells of persons or customers.
"""

from __future__ import annotations

import errno
import logging
from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import accumulate
from threading import Thread
from time import perf_counter
from wsgiref.simple_server import WSGIServer

from prometheus_client import REGISTRY, Counter, Histogram, start_http_server
from prometheus_client.core import HistogramMetricFamily

HOST = "127.0.0.1"
PORTS = 16  # processes on one machine: each takes the first that is free
BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

REQUESTS = Histogram(
    "abono_request_seconds", "Pages and REST API", ["door", "method", "status"], buckets=BOUNDS_S
)
CARDS = Counter("abono_cards", "Cards that were looked at, and charges that were decided", ["act", "answer"])
SIGN_INS = Counter("abono_sign_ins", "Passwords that were typed to sign in", ["answer", "bound"])
JOBS = Histogram("abono_job_seconds", "Jobs of the worker", ["task", "outcome"], buckets=BOUNDS_S)
_log = logging.getLogger("abono")


class Spread:
    """How long things took, by labels, for one thread: an addition or two, and no lock."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, ...], list[int]] = {}
        self._sums: dict[tuple[str, ...], float] = {}

    def note(self, seconds: float, *labels: str) -> None:
        row = self._rows.get(labels)
        if row is None:
            row = self._rows[labels] = [0] * (len(BOUNDS_S) + 1)
            self._sums[labels] = 0.0
        row[bisect_left(BOUNDS_S, seconds)] += 1
        self._sums[labels] += seconds

    def family(self, name: str, about: str, labels: list[str]) -> HistogramMetricFamily:
        found = HistogramMetricFamily(name, about, labels=labels)
        bounds = [*map(str, BOUNDS_S), "+Inf"]
        for label, row in self._rows.items():
            buckets = list(zip(bounds, map(float, accumulate(row)), strict=True))
            found.add_metric(label, buckets, self._sums[label])
        return found


@contextmanager
def timed(histogram: Histogram, of: str) -> Iterator[None]:
    """One thing of that label; its outcome is `done` or `failed`."""
    began, outcome = perf_counter(), "failed"
    try:
        yield
        outcome = "done"
    finally:
        histogram.labels(of, outcome).observe(perf_counter() - began)


def serve(port: int) -> Callable[[], None]:
    """Let it be read at the first free one of `PORTS` ports from this one on; 0: nowhere. Returns what ends it.

    Raises OSError when none is free.
    """
    if not port:
        return lambda: None
    server, thread = _server(port, left=PORTS - 1)
    _log.info("metrics at http://%s:%s/metrics", *server.server_address)

    def end() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return end


def _server(port: int, *, left: int) -> tuple[WSGIServer, Thread]:
    try:
        return start_http_server(port, addr=HOST, registry=REGISTRY)
    except OSError as error:
        if error.errno != errno.EADDRINUSE or not left:
            raise
    return _server(port + 1, left=left - 1)
