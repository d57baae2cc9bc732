"""The fast lane: a bare ASGI callable beside Django, for the few addresses that programs call all the time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg

from abono.entrypoints.meter import problems as ours
from abono.entrypoints.meter.engine import Engine
from abono.entrypoints.meter.lanes import Busy, Unavailable
from abono.flows.meter_usage import answers, operations, wire
from abono.flows.meter_usage.callers import Caller
from abono.kernel.ids import uuid7
from abono.platform import clock, problems
from abono.platform.problems import Problem

type Scope = dict[str, Any]
type Receive = Callable[[], Awaitable[dict[str, Any]]]
type Send = Callable[[dict[str, Any]], Awaitable[None]]
type Work = Callable[[Engine, Caller, list[Any]], Awaitable[list[wire.Result]]]

HOT_PREFIXES = ("/v1/holds", "/v1/settlements", "/v1/interactions", "/v1/balances/")

_POSTS: dict[str, tuple[wire.Body[Any, Any], Work]] = {
    "/v1/holds": (wire.HOLDS, operations.hold),
    "/v1/settlements": (wire.SETTLEMENTS, operations.settle),
    "/v1/interactions": (wire.INTERACTIONS, operations.observe),
}
_BALANCES = "/v1/balances/"
_WRITE, _READ = "meter", "read"  # scopes

_log = logging.getLogger("abono.meter")
_engine: Engine | None = None
_starting: asyncio.Task[Engine] | None = None


async def stop() -> None:
    """Answer all that was accepted, then close. The first request opens it all, as does one after this."""
    global _engine, _starting
    engine, _engine, _starting = _engine, None, None
    if engine is not None:
        await engine.stop()


async def meter(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve one request to HOT_PREFIXES."""
    headers = dict(scope["headers"])
    try:
        body = await _answer(scope, headers, receive)
        status, sent = 200, {"content-type": "application/json"}
    except Problem as problem:
        body = ours.body(problem, headers.get(b"accept-language", b"").decode("latin-1"))
        status, sent = problem.status.value, problem.headers
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                *((name.lower().encode(), value.encode()) for name, value in sent.items()),
                (b"content-length", str(len(body)).encode()),
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})


async def _answer(scope: Scope, headers: dict[bytes, bytes], receive: Receive) -> bytes:
    """The body of the answer. Raises Problem."""
    path, method = scope["path"], scope["method"]
    try:
        engine = _engine or await _started()
        if path in _POSTS:
            _allow(method, "POST")
            caller = await _caller(engine, headers, _WRITE)
            reader, work = _POSTS[path]
            events, many = answers.read(reader, await _read(headers, receive))
            return wire.encode(await work(engine, caller, events), many=many)
        if path.startswith(_BALANCES):
            _allow(method, "GET")
            caller = await _caller(engine, headers, _READ, _WRITE)
            return wire.encode_balance(await operations.balance(engine, caller, path.removeprefix(_BALANCES)))
    except Busy:
        raise ours.busy() from None
    except (Unavailable, psycopg.OperationalError):
        raise problems.unavailable() from None
    except Problem:
        raise
    except Exception as error:
        incident = uuid7().hex[-12:].upper()
        _log.exception("incident %s: %s %s", incident, method, path)
        raise problems.broken(incident) from error
    raise problems.not_found()


async def _started() -> Engine:
    """The engine, started once by whoever comes first; a start that failed is tried again."""
    global _engine, _starting
    if _starting is None:
        _starting = asyncio.create_task(Engine.start())
    starting = _starting
    try:
        engine = await asyncio.shield(starting)
    except Exception:
        if _starting is starting:
            _starting = None
        raise
    if _starting is starting:
        _engine = engine
    return engine


def _allow(method: str, allowed: str) -> None:
    if method != allowed:
        raise problems.wrong_method(allowed)


async def _caller(engine: Engine, headers: dict[bytes, bytes], *scopes: str) -> Caller:
    """Who asks. Raises Problem without a usable key (401), or one that may not (403)."""
    scheme, _, key = headers.get(b"authorization", b"").partition(b" ")
    if scheme.lower() != b"bearer" or not key:
        raise problems.no_key()
    caller = await engine.known.caller(key.strip())
    if caller is None or (caller.expires_at is not None and caller.expires_at <= clock.now()):
        raise problems.no_key()
    if caller.scopes.isdisjoint(scopes):
        raise problems.no_scope(scopes[0])
    return caller


async def _read(headers: dict[bytes, bytes], receive: Receive) -> bytes:
    """The whole body. Raises Problem (413) as soon as it is known to be too large."""
    declared = headers.get(b"content-length", b"0")
    if not declared.isdigit() or len(declared) > 10 or int(declared) > wire.MAX_BODY:
        raise problems.too_large(wire.MAX_BODY)
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise problems.not_json()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > wire.MAX_BODY:
            raise problems.too_large(wire.MAX_BODY)
        more = message.get("more_body", False)
    return parts[0] if len(parts) == 1 else b"".join(parts)
