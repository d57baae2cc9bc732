"""Collections beside a gateway that takes two seconds: whether as many are under way at once as a worker may have, and whether
pages notice (`python -m bench.collecting`, or QUICK=1 for a quarter of the time).

A thousand renewals of a book (`bench/book.py`) wait for their cards. One process works as `abono worker` does, with a gateway in memory
that answers each charge after two seconds; another serves pages, to one reader who opens one after the other. The last line is
JSON: the most charges that were under way at once, beside how many the worker was told to have, charges a second, and pages' p50
and p99 in milliseconds, alone and meanwhile.
"""

from __future__ import annotations

import asyncio
import json
import logging
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from itertools import repeat
from threading import Event, Thread

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.test import Client

from abono.config.settings import ENV
from abono.domain.identity.models import Membership
from abono.domain.payments import registry
from abono.domain.payments.ports.port import ChargeReply, ChargeRequest
from abono.entrypoints.site import sessions
from abono.flows.billing.run import run
from abono.platform import agenda, clock, postgres
from abono.platform.running import worker
from bench import book, load, world
from bench.over_http import OURS, serving
from bench.report import Measured
from tests.fakes import FakeGateway

COLLECTIONS = 1_000
AT_ONCE = 4  # what `abono worker` has where nobody says otherwise
SECONDS, QUICK = 40.0, 10.0
TAKES_S = 2.0
PAGE = "/en/settings/financial/"
_SLOW = {"simulator": {"adapter": f"{__name__}.SlowGateway", "options": {}}}


class SlowGateway(FakeGateway):
    """Whose answers take their time, one as well as many."""

    def charge(self, request: ChargeRequest) -> ChargeReply:
        time.sleep(TAKES_S)
        return super().charge(request)


def collecting(url: str, *, seconds: float = SECONDS, at_once: int = AT_ONCE) -> dict[str, float]:
    """In a database that `world.empty` made."""
    book.make(COLLECTIONS)
    run(now=clock.now())
    with connection.cursor() as cursor:  # nothing else waits for the worker
        cursor.execute("DELETE FROM procrastinate_jobs")
        cursor.execute("UPDATE notices_email SET sent_at = now() WHERE sent_at IS NULL")
        cursor.execute("VACUUM ANALYZE")
    request = page()
    connection.close()  # processes fork
    with serving(OURS, url) as port:
        _opened(request, port, seconds=3)  # what a process looks up once
        alone = _opened(request, port, seconds=seconds / 2)
        with _working(at_once), _counting() as most:
            agenda.call_workers(now=clock.now())
            while not max(most):  # the worker begins
                time.sleep(0.1)
            beside = _opened(request, port, seconds=seconds)
            done = _one(
                "SELECT count(*) FROM payments_attempt WHERE decided_at > now() - make_interval(secs => %s)",
                seconds,
            )
    pages = {"alone": alone, "beside": beside}
    return {
        "collections_at_once": max(most),
        "collections_at_once_told": at_once,
        "collections_per_s": round(done / seconds, 2),
        **{
            f"collections_page_{name}_p{part}_ms": one.percentile_ms(part / 100)
            for name, one in pages.items()
            for part in (50, 99)
        },
    }


def _opened(request: bytes, port: int, *, seconds: float) -> Measured:
    wall, took = load.run(repeat(request), port, seconds=seconds, connections=1, held=1, word=b"200 OK")
    return Measured(PAGE, len(took), wall, took)


@contextmanager
def _working(at_once: int) -> Iterator[None]:
    """Another process is a worker of so many jobs at a time, whose gateway is slow."""

    def work() -> None:
        settings.GATEWAYS = _SLOW
        registry.gateway.cache_clear()
        settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
        logging.getLogger("abono").setLevel(logging.WARNING)
        asyncio.run(worker.run(concurrency=at_once))

    process = multiprocessing.get_context("fork").Process(target=work, daemon=True)
    process.start()
    try:
        yield
    finally:
        process.kill()
        process.join()


@contextmanager
def _counting() -> Iterator[list[int]]:
    """How many charges are under way, ten times a second."""
    found, over = [0], Event()

    def count() -> None:
        while not over.wait(0.1):
            found.append(_one("SELECT count(*) FROM payments_attempt WHERE state = 'created'"))
        connection.close()

    counter = Thread(target=count)
    counter.start()
    try:
        yield found
    finally:
        over.set()
        counter.join()


def page() -> bytes:
    """A page as an Administrator opens it who is signed in."""
    person = Membership.objects.order_by("id").values_list("person_id", flat=True)[0]
    client = Client(HTTP_HOST="localhost")
    client.force_login(Membership.objects.select_related("person").get(person_id=person).person)
    request = HttpRequest()
    request.session = client.session
    sessions.begin(request, person)
    request.session.save()
    cookie = f"{settings.SESSION_COOKIE_NAME}={request.session.session_key}"
    return f"GET {PAGE} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n".encode()


def _one(query: str, *values: float) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return int(cursor.fetchone()[0])


def main() -> int:
    quick = os.environ.get("QUICK", "") not in ("", "0")
    server = nullcontext() if ENV.database_url else postgres.running(ENV.home)
    with server, world.empty() as url:
        print(json.dumps(collecting(url, seconds=QUICK if quick else SECONDS)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
