"""Holds, settlements, interactions and balances, with the code of the fast lane.

Where the ASGI callable serves, the fast lane answers these addresses before Django hears of them; these routes
are for every other deployment. Both are described by `flows.meter_usage.openapi`.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import msgspec
from django.http import HttpResponse
from ninja import Router

from abono.entrypoints.api.auth import METER, READ, ApiKey, ApiRequest
from abono.flows.meter_usage import answers, at_once, operations, wire
from abono.flows.meter_usage.callers import Caller, Engine

router = Router()


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


@router.get("/balances/{contract}", auth=ApiKey(READ, METER), include_in_schema=False)
def balance(request: ApiRequest, contract: str) -> HttpResponse:
    """What the present cycle has left."""
    found = at_once.run(operations.balance(at_once.ENGINE, _caller(request), contract))
    return _json(wire.encode_balance(found))


def _each[One: msgspec.Struct](
    request: ApiRequest,
    reader: wire.Body[One, Any],
    work: Callable[[Engine, Caller, list[One]], Coroutine[Any, Any, list[wire.Result]]],
) -> HttpResponse:
    """Have every event of the body answered by itself."""
    events, many = answers.read(reader, request.body)
    results = at_once.run(work(at_once.ENGINE, _caller(request), events))
    return _json(wire.encode(results, many=many))


def _caller(request: ApiRequest) -> Caller:
    key = request.auth
    return Caller(key.customer_id, frozenset(key.scopes), None)


def _json(body: bytes) -> HttpResponse:
    return HttpResponse(body, content_type="application/json")
