"""The one ASGI callable: the fast lane for metering, Django's pages and REST API for all else.

Django stays on its WSGI handler, in threads: that costs a tenth of its ASGI handler for each request. Threads are
few, so a body is read before one is taken: whoever sends slowly, or never, keeps nobody else from the pages.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import threading
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

from a2wsgi import WSGIMiddleware
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "abono.config.settings")
os.environ.setdefault("ABONO_STATEMENT_TIMEOUT_MS", "30000")  # no page is worth a longer statement
if not settings.configured:  # by whoever has us in a process of its own kind, as tests do
    os.environ["ABONO_DATABASE_ROLE"] = "web"
if collects := gc.isenabled():
    gc.disable()  # while a million things are loaded that stay: a seventh of the time until it serves

from django.db import connection

from abono.config import forwarded, https, suppliers, unsafe
from abono.config.pages import application as django
from abono.config.settings import ENV
from abono.domain.payments import waiting
from abono.entrypoints.meter.admission import Admission
from abono.entrypoints.meter.app import HOT_PREFIXES, meter, stop, stop_streams
from abono.entrypoints.meter.bodies import Incoming
from abono.entrypoints.site.bodies import REFUSED
from abono.platform.postgres import durability, roles, schema
from abono.platform.postgres.roles import Role
from abono.platform.running import metrics
from abono.platform.web.asgi import Receive, Scope, Send
from abono.platform.web.problems import Problem

if collects:
    gc.freeze()  # nor is rubbish looked for among them later
    gc.enable()

THREADS = 8  # for pages; each holds one database connection

_pages: Any = WSGIMiddleware(django, workers=THREADS)  # type: ignore[arg-type]
_admission = Admission()  # of bodies for them
_BODY = frozenset([b"content-length", b"transfer-encoding"])  # one of them is there where a body is
_log = logging.getLogger("abono")


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Lifespan is ours, hot paths are the meter's, everything else is Django's."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
        return
    scope = forwarded.as_seen(scope, proxies=ENV.proxies)
    if ENV.secure and scope["type"] == "http" and https.is_open(scope):
        await https.send_there(scope, send, public_url=ENV.public_url)
    elif scope["type"] == "http" and scope["path"].startswith(HOT_PREFIXES):
        await meter(scope, receive, send)
    else:
        await _page(scope, receive, send)


async def _page(scope: Scope, receive: Receive, send: Send) -> None:
    """Read the body whole, in chunks or with a length, then let a thread answer; 408, 413 or 503 when that fails."""
    headers = dict(scope["headers"])
    if _BODY.isdisjoint(headers):
        await _pages(scope, receive, send)
        return
    incoming, entered = Incoming(receive, _admission), False
    try:
        try:
            _admission.enter()
            entered = True
            body = await incoming.read(headers)
        except Problem as problem:
            body, scope = b"", {**scope, REFUSED: problem}
            await incoming.pass_over(headers)
        kept = [(name, value) for name, value in scope["headers"] if name not in _BODY]
        sized = {**scope, "headers": [*kept, (b"content-length", str(len(body)).encode())]}
        await _pages(sized, _again(body, receive), send)
    finally:
        if entered:
            _admission.leave(incoming.size)


def _again(body: bytes, receive: Receive) -> Receive:
    """As if the body came now; what follows it is asked of the server."""
    first = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_message() -> dict[str, Any]:
        return first.pop() if first else await receive()

    return next_message


async def _lifespan(receive: Receive, send: Send) -> None:
    """Start only where it is safe to serve; stop only after the last answer."""
    end_metrics = None
    while True:
        message = await receive()
        if message["type"] == "lifespan.shutdown":
            await stop()
            if end_metrics is not None:
                await asyncio.to_thread(end_metrics)
            await send({"type": "lifespan.shutdown.complete"})
            return
        try:
            await asyncio.to_thread(_look)
            end_metrics = metrics.serve(settings.METRICS_PORT)
        except Exception as error:  # whatever it is, the server must not start
            _log.critical("not serving: %s", error)
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        _hear_the_end()
        await send({"type": "lifespan.startup.complete"})


def _hear_the_end() -> None:
    """The server waits for open requests before it tells us that it stops; streams have to hear it at once."""
    loop = asyncio.get_running_loop()
    if threading.current_thread() is not threading.main_thread():  # signals come to the main one alone
        return
    for number in (signal.SIGTERM, signal.SIGINT):
        of_the_server = signal.getsignal(number)
        if callable(of_the_server):
            signal.signal(number, partial(_end, loop, of_the_server))


def _end(
    loop: asyncio.AbstractEventLoop, of_the_server: Callable[..., Any], number: int, frame: FrameType | None
) -> None:
    loop.call_soon_threadsafe(stop_streams)
    of_the_server(number, frame)


def _look() -> None:
    """What must be right before anybody is served. From then on few of the threads may wait for gateways."""
    waiting.limit(THREADS)
    try:
        if settings.DATABASE_ROLE:
            roles.require(Role.WEB)
        durability.require()
        schema.require()
        unsafe.require(ENV)
        suppliers.require(ENV)
    finally:
        connection.close()  # this thread serves nobody afterwards
