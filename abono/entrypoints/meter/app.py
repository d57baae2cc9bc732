"""The fast lane: a bare ASGI callable beside Django, for the few addresses that programs call all the time."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime
from time import perf_counter
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from msgspec import UNSET

from abono.domain.identity.errors import FromElsewhere
from abono.domain.identity.keys import METER, READ, Key
from abono.entrypoints.meter import health, leases, metrics, versioned
from abono.entrypoints.meter import problems as ours
from abono.entrypoints.meter import stream as streaming
from abono.entrypoints.meter.admission import Admission
from abono.entrypoints.meter.allows import entitlements
from abono.entrypoints.meter.always import ALWAYS
from abono.entrypoints.meter.bodies import Incoming
from abono.entrypoints.meter.engine import Engine
from abono.entrypoints.meter.lanes import Busy, Unavailable
from abono.entrypoints.meter.protocol import health as told
from abono.entrypoints.meter.protocol import reading, wire
from abono.entrypoints.meter.reads import balance, receipt
from abono.kernel import trace
from abono.platform import clock
from abono.platform.running import logs
from abono.platform.web import problems
from abono.platform.web.asgi import Receive, Scope, Send
from abono.platform.web.problems import Problem

type Headers = dict[bytes, bytes]

HOT_PREFIXES = (
    "/v1/holds",
    "/v1/settlements",
    "/v1/interactions",
    "/v1/campaign-settlements",
    "/v1/leases",
    "/v1/lease-heartbeats",
    "/v1/lease-releases",
    "/v1/balances/",
    "/v1/entitlements/",
    "/v1/sends/",
    "/v1/live",
    "/v1/ready",
    "/v1/health",
)

_POSTS: dict[str, tuple[wire.Body[Any, Any], str]] = {  # what is read, and what of engine.LANES takes it
    "/v1/holds": (wire.HOLDS, "holds"),
    "/v1/settlements": (wire.SETTLEMENTS, "settlements"),
    "/v1/interactions": (wire.INTERACTIONS, "interactions"),
    "/v1/campaign-settlements": (wire.CAMPAIGN_SETTLEMENTS, "campaign_settlements"),
}
_READERS: dict[str, wire.Body[Any, Any]] = {
    **{path: reader for path, (reader, _name) in _POSTS.items()},
    **leases.POSTS,
}
_LEASES = "/v1/leases"
_POSTED, _BALANCES, _SENDS, _ENTITLEMENTS = "/v1/", "/v1/balances/", "/v1/sends/", "/v1/entitlements/"
_CLASSES = ("", "1xx", "2xx", "3xx", "4xx", "5xx")
_LIVE, _READY, _HEALTH = _LOOKED_AT = ("/v1/live", "/v1/ready", "/v1/health")
_JSON_TYPE = b"application/json"
_JSON = [(b"content-type", _JSON_TYPE), *ALWAYS]
_TAKEN = f"application/json, {wire.LINES}"

_log = logging.getLogger("abono.meter")
_admission = Admission()
_engine: Engine | None = None
_figures: metrics.Figures | None = None
_starting: asyncio.Task[Engine] | None = None
_streams: set[streaming.Stream] = set()
_stopping = False


async def stop() -> None:
    """Answer all that was accepted, then close. The first request opens it all, as does one after this."""
    global _engine, _figures, _starting, _stopping
    engine, _engine, _starting = _engine, None, None
    _stopping = False
    if engine is not None:
        if _figures is not None:
            _figures.stop()
        _figures = None
        await engine.stop()


def stop_streams() -> None:
    """This process is about to stop: each stream ends after the lines that it has in hand, and says so."""
    global _stopping
    _stopping = True
    for stream in tuple(_streams):
        stream.stop()


async def meter(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve one request to HOT_PREFIXES."""
    headers, began = dict(scope["headers"]), perf_counter()
    incoming = Incoming(receive, _admission)
    try:
        _admission.enter(anyway=scope["path"] in _LOOKED_AT)
        try:
            answer = await _answer(scope, headers, incoming, send)
        finally:
            incoming.leave()
        if answer is None:
            return
        if isinstance(answer, bytes):
            body, status, sent = answer, 200, _JSON
        else:
            body, status, sent = versioned.reply(answer, headers)
    except Problem as problem:
        body = ours.body(problem, _languages(headers))
        status = problem.status.value
        sent = [
            *ALWAYS,
            *((name.lower().encode(), value.encode()) for name, value in problem.headers.items()),
        ]
        if _engine is not None:
            _engine.counts.refused(problem.code)
        await incoming.pass_over(headers)
    if status != versioned.SAME:  # whose length would be that of what is not sent
        sent = [*sent, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": sent})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
    metrics.times.note(perf_counter() - began, _address(scope["path"]), _CLASSES[status // 100])


def _address(path: str) -> str:
    """One of ours: callers put names into the rest."""
    if path in _READERS:
        return path
    return next((prefix for prefix in HOT_PREFIXES if path.startswith(prefix)), "-")


async def _answer(
    scope: Scope, headers: Headers, incoming: Incoming, send: Send
) -> bytes | versioned.Answer | None:
    """The body of the answer, or what has a version; None when it was sent line by line. Raises Problem."""
    path, method, now = scope["path"], scope["method"], clock.now()
    if path == _LEASES and method != "POST":
        pass
    elif scope.get("query_string") and b"authorization" in headers and path not in _LOOKED_AT:
        raise ours.no_parameters(scope["query_string"])
    try:
        engine = _engine or await _started()
        if path in _READERS and not (path == _LEASES and method in ("GET", "HEAD")):
            _allow(method, *(("POST",) if path != _LEASES else ("GET", "HEAD", "POST")))
            key = await _caller(engine, scope, headers, now, METER)
            incoming.whose = key.id
            if _media_type(headers) == streaming.MEDIA_TYPE:
                await _stream(engine, scope, key.id, headers, incoming, send)
                return None
            events, many, malformed = reading.read(_READERS[path], await incoming.read(headers))
            results = await _done(engine, path, events, key, now)
            if malformed:
                results = reading.whole(results, ours.in_words(malformed, _languages(headers)))
            engine.counts.answered(path.removeprefix(_POSTED), results)
            return wire.encode(results, many=many)
        if path.startswith(_ENTITLEMENTS):
            _allow(method, "GET", "HEAD")
            key = await _caller(engine, scope, headers, now, READ, METER)
            return await entitlements(engine, key, path.removeprefix(_ENTITLEMENTS))
        return wire.encode_answer(await _read(engine, scope, headers, now))
    except Busy:
        raise problems.busy() from None
    except (Unavailable, psycopg.OperationalError):
        raise problems.unavailable() from None
    except Problem:
        raise
    except Exception as error:
        raise problems.broken(_incident(method, path, headers)) from error


async def _done(engine: Engine, path: str, events: list[Any], key: Key, now: datetime) -> list[Any]:
    """An answer of the address to each event, in order."""
    if path in leases.POSTS:
        return await leases.take(engine, path, events, key, now)
    return [wire.result(said) for said in await engine.take(_POSTS[path][1], events, key, now)]


def _languages(headers: Headers) -> str:
    return headers.get(b"accept-language", b"").decode("latin-1")


def _media_type(headers: Headers) -> bytes:
    """What the body is said to be: JSON, or a line of it an event. Raises Problem (415) for anything else."""
    said = headers.get(b"content-type", b"")
    if said == _JSON_TYPE:
        return said
    said = said.partition(b";")[0].strip().lower()
    if said not in (_JSON_TYPE, streaming.MEDIA_TYPE):
        raise problems.wrong_content_type(_TAKEN)
    return said


async def _read(engine: Engine, scope: Scope, headers: Headers, now: datetime) -> msgspec.Struct:
    """What a reading address answers. Raises Problem."""
    path, method = scope["path"], scope["method"]
    if path in _LOOKED_AT:
        _allow(method, "GET", "HEAD")
        return await _looked_at(engine, scope, headers, now)
    if path == _LEASES:
        key = await _caller(engine, scope, headers, now, READ, METER)
        return await leases.listed(engine, key, scope.get("query_string", b""), now)
    if path.startswith(_BALANCES):
        _allow(method, "GET", "HEAD")
        key = await _caller(engine, scope, headers, now, READ, METER)
        return await balance(engine, key, path.removeprefix(_BALANCES), now)
    contract, _, name = path.removeprefix(_SENDS).partition("/")
    if not path.startswith(_SENDS) or not name:
        raise problems.not_found()
    _allow(method, "GET", "HEAD")
    return await receipt(engine, await _caller(engine, scope, headers, now, READ, METER), contract, name, now)


async def _looked_at(engine: Engine, scope: Scope, headers: Headers, now: datetime) -> msgspec.Struct:
    """Live, ready, or all that is found: what waits is only for the seller to know. Raises Problem."""
    path = scope["path"]
    if path == _LIVE:
        return told.LiveAnswer()
    if path == _HEALTH and (await _caller(engine, scope, headers, now, READ, METER)).customer_id is not None:
        raise problems.seller_only()
    found = await engine.health.look(_admission)
    if why := health.failing(found):
        raise ours.not_ready(why, found if path == _HEALTH else None)
    return found if path == _HEALTH else told.ReadyAnswer()


async def _stream(
    engine: Engine, scope: Scope, whose: UUID, headers: Headers, incoming: Incoming, send: Send
) -> None:
    """Answer a line with a line. Whatever stops it is said in a line of its own: the status is out already."""

    path = scope["path"]

    async def work(events: list[Any]) -> list[wire.Result]:
        now = clock.now()  # of each chunk: a stream may take hours
        key = await _caller(engine, scope, headers, now, METER)  # it may have been revoked meanwhile
        results = await _done(engine, path, events, key, now)
        engine.counts.answered(path.removeprefix(_POSTED), results)
        return results

    _admission.begin_stream(whose)
    try:
        await send({"type": "http.response.start", "status": 200, "headers": [*streaming.HEADERS, *ALWAYS]})
        stream = streaming.Stream(_READERS[path], work, incoming.receive, send, languages=_languages(headers))
        last = b""
        _streams.add(stream)
        try:
            if _stopping:
                stream.stop()
            await stream.serve()
        except streaming.Gone:
            return
        except Exception as error:
            code = _why(error)
            incident = _incident("POST", path, headers) if code == "internal_error" else UNSET
            last = wire.encode_answer(wire.Stopped("stopped", code, stream.next_line, incident)) + b"\n"
        finally:
            _streams.discard(stream)
        await send({"type": "http.response.body", "body": last})
    finally:
        _admission.end_stream(whose)


def _why(error: Exception) -> str:
    """Why a stream stopped."""
    match error:
        case Busy():
            return "busy"
        case Unavailable() | psycopg.OperationalError():
            return "unavailable"
        case TimeoutError():
            return "idle"
        case streaming.Over():
            return "reopen"
        case Problem():
            return error.code
    return "internal_error"


def _incident(method: str, path: str, headers: Headers) -> str:
    given = trace.read(headers.get(b"traceparent", b"").decode("latin-1"))
    own = logs.usable_id(headers.get(b"x-request-id", b"").decode("latin-1") or given)
    with logs.about(request_id=own), trace.within(given):
        return problems.incident(f"{method} {_address(path)}", log=_log)


async def _started() -> Engine:
    """The engine, started once by whoever comes first; a start that failed is tried again."""
    global _engine, _figures, _starting
    if _starting is None:
        _starting = asyncio.create_task(Engine.start())
    starting = _starting
    try:
        engine = await asyncio.shield(starting)
    except Exception:
        if _starting is starting:
            _starting = None
        raise
    if _starting is starting and _engine is None:
        _engine, _figures = engine, metrics.Figures(engine, _admission)
    return engine


def _allow(method: str, *allowed: str) -> None:
    if method not in allowed:
        raise problems.wrong_method(", ".join(allowed))


async def _caller(engine: Engine, scope: Scope, headers: Headers, now: datetime, *scopes: str) -> Key:
    """Who asks. Raises Problem without a usable key (401), from elsewhere than its list says, or when it has none of the
    scopes (403)."""
    scheme, _, text = headers.get(b"authorization", b"").partition(b" ")
    if scheme.lower() != b"bearer" or not text:
        raise problems.no_key()
    client = scope.get("client")
    address = client[0] if client else ""
    try:
        key = await engine.known.keys.used(text.strip().decode("latin-1"), address=address, now=now)
    except FromElsewhere as refusal:
        raise problems.refused(refusal) from None
    if key is None:
        raise problems.no_key()
    if not key.may(*scopes):
        raise problems.no_scope(scopes[0])
    return key
