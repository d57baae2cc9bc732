"""Holds, settlements, interactions and balances, with the code of the fast lane.

Where the ASGI callable serves, the fast lane answers these addresses before Django hears of them; these routes
are for every other deployment. Both are described by `entrypoints/meter/protocol.openapi`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from ninja import Router

from abono.domain.usage import minutes
from abono.entrypoints.api.auth import METER, READ, ApiKey, ApiRequest
from abono.entrypoints.meter.protocol import at_once, operations, readiness, reading, wire
from abono.entrypoints.meter.protocol.callers import Caller, Engine
from abono.entrypoints.meter.protocol.campaign_reports import settle_campaigns
from abono.entrypoints.meter.protocol.counting import count
from abono.entrypoints.meter.protocol.sends import receipt
from abono.kernel.ids import uuid7
from abono.platform import clock

router = Router()
_log = logging.getLogger("abono.api")

PROCESS = uuid7()  # under which this one counts what it answers


@router.post("/holds", auth=ApiKey(METER), include_in_schema=False)
def hold(request: ApiRequest) -> HttpResponse:
    """Set package value aside before sending (PKG-5, PKG-7)."""
    return _each(request, wire.HOLDS, operations.hold)


@router.post("/settlements", auth=ApiKey(METER), include_in_schema=False)
def settle(request: ApiRequest) -> HttpResponse:
    """Say how sends ended (PKG-4)."""
    return _each(request, wire.SETTLEMENTS, operations.settle)


@router.post("/interactions", auth=ApiKey(METER), include_in_schema=False)
def observe(request: ApiRequest) -> HttpResponse:
    """Tell of events between contacts and customers (INT-2)."""
    return _each(request, wire.INTERACTIONS, operations.observe)


@router.post("/campaign-settlements", auth=ApiKey(METER), include_in_schema=False)
def settle_campaign_sends(request: ApiRequest) -> HttpResponse:
    """Say how sends of campaigns ended (PKG-4, PKG-5)."""
    return _each(request, wire.CAMPAIGN_SETTLEMENTS, settle_campaigns)


@router.get("/sends/{contract}/{path:name}", auth=ApiKey(READ, METER), include_in_schema=False)
def send(request: ApiRequest, contract: str, name: str) -> HttpResponse:
    """The receipt of one send (PKG-8)."""
    found = at_once.run(receipt(at_once.ENGINE, _caller(request), contract, name))
    return _json(wire.encode_answer(found))


@router.get("/health", auth=None, include_in_schema=False)
def health(request: HttpRequest) -> HttpResponse:
    """Whether this process can serve."""
    return _json(wire.encode_answer(readiness.look()))


@router.get("/balances/{contract}", auth=ApiKey(READ, METER), include_in_schema=False)
def balance(request: ApiRequest, contract: str) -> HttpResponse:
    """What the present cycle has left."""
    found = at_once.run(operations.balance(at_once.ENGINE, _caller(request), contract))
    return _json(wire.encode_answer(found))


def _each[One: msgspec.Struct](
    request: ApiRequest,
    reader: wire.Body[One, Any],
    work: Callable[[Engine, Caller, list[One]], Coroutine[Any, Any, list[wire.Result]]],
) -> HttpResponse:
    """Have every event of the body answered by itself."""
    if request.content_type == wire.LINES:
        raise reading.no_streams()
    events, many, malformed = reading.read(reader, request.body)
    results = at_once.run(work(at_once.ENGINE, _caller(request), events))
    if malformed:
        results = reading.whole(results, malformed)
    _count(request.path.rpartition("/")[2], results)
    return _json(wire.encode(results, many=many))


def _count(operation: str, results: list[wire.Result]) -> None:
    """For the seller to look at; the answer stands, whatever becomes of it."""
    try:
        minutes.add(process=PROCESS, counts=count(operation, results), at=clock.now())
    except DatabaseError as error:
        _log.warning("figures for the seller were not written: %s", error)


def _caller(request: ApiRequest) -> Caller:
    key = request.auth
    return Caller(key.customer_id, frozenset(key.scopes), None)


def _json(body: bytes) -> HttpResponse:
    return HttpResponse(body, content_type="application/json")
