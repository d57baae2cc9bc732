"""The one ASGI callable: the fast lane for metering, Django's pages and REST API for all else.

Django stays on its WSGI handler, in threads: that costs a tenth of its ASGI handler for each request.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from typing import Any

from a2wsgi import WSGIMiddleware

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "abono.config.settings")
os.environ.setdefault("ABONO_STATEMENT_TIMEOUT_MS", "30000")  # no page is worth a longer statement

from django.db import connection

from abono.config.pages import application as django
from abono.entrypoints.meter.app import HOT_PREFIXES, meter, stop
from abono.platform.postgres import durability

type Scope = dict[str, Any]
type Receive = Callable[[], Awaitable[dict[str, Any]]]
type Send = Callable[[dict[str, Any]], Awaitable[None]]

THREADS = 8  # for pages; each holds one database connection

_pages: Any = WSGIMiddleware(django, workers=THREADS)  # type: ignore[arg-type]
_log = logging.getLogger("abono")


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Lifespan is ours, hot paths are the meter's, everything else is Django's."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "http" and scope["path"].startswith(HOT_PREFIXES):
        await meter(scope, receive, send)
    else:
        await _pages(scope, receive, send)


async def _lifespan(receive: Receive, send: Send) -> None:
    """Start only on a database that keeps what it committed; stop only after the last answer."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.shutdown":
            await stop()
            await send({"type": "lifespan.shutdown.complete"})
            return
        try:
            await asyncio.to_thread(_look)
        except Exception as error:  # whatever it is, the server must not start
            _log.critical("not serving: %s", error)
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})


def _look() -> None:
    try:
        durability.require()
    finally:
        connection.close()  # this thread serves nobody afterwards
