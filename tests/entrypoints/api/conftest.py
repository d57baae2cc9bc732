"""Padaria Sol and Ferretería Luna, and programs that call the API with their keys."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.http import HttpResponse
from django.test import Client

from abono.domain.identity import actions as identity
from abono.domain.identity import keys
from abono.entrypoints.api.protocol import openapi
from abono.kernel.ids import public
from abono.platform import clock
from tests.entrypoints.meter.client import Program as FastLane
from tests.entrypoints.meter.client import program as fast_lane
from tests.fakes import FakeGateway
from tests.processes import ROOT
from tests.remembered import lately
from tests.world import Tenant, load_catalog, make_luna, make_padaria

EVERY = keys.SCOPES
# The OpenAPI document as it is committed, which one test compares with the code: to make it takes two seconds of a core.
DOCUMENT = json.loads((ROOT / openapi.FILE).read_text())


def issue(
    customer_id: UUID | None, scopes: tuple[str, ...] = EVERY, expires_at: datetime | None = None
) -> tuple[UUID, str]:
    return identity.issue_key(
        name="a program",
        customer_id=customer_id,
        scopes=scopes,
        expires_at=expires_at,
        actor="test",
        now=clock.now(),
    )


@dataclass(frozen=True)
class Program:
    """Calls /v1 with a key."""

    key: str
    language: str = "en"

    def get(self, path: str, **query: Any) -> HttpResponse:
        answer: HttpResponse = Client().get(f"/v1{path}", query_params=query, headers=self._headers())
        return answer

    def post(
        self, path: str, body: Any = b"", *, once: str | None = None, content_type: str = "application/json"
    ) -> HttpResponse:
        headers = self._headers() | ({} if once is None else {"Idempotency-Key": once})
        answer: HttpResponse = Client(enforce_csrf_checks=True).post(
            f"/v1{path}", body, content_type=content_type, headers=headers
        )
        return answer

    def put(self, path: str, body: Any, *, once: str | None = None) -> HttpResponse:
        headers = self._headers() | ({} if once is None else {"Idempotency-Key": once})
        answer: HttpResponse = Client(enforce_csrf_checks=True).put(
            f"/v1{path}", body, content_type="application/json", headers=headers
        )
        return answer

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}", "Accept-Language": self.language}


def quoted(it: Program, tenant: Tenant, **wanted: str | int) -> str:
    """The path that accepts a change of the tenant's contract, as it was quoted."""
    wanted = wanted or {"package": "brl-250"}
    answer = it.post(f"/contracts/{contract_id(tenant)}/changes", wanted, once=str(uuid4()))
    assert answer.status_code == 201, answer.content
    return f"/changes/{answer.json()['id']}/accept"


def program(customer_id: UUID | None, *scopes: str) -> Program:
    return Program(issue(customer_id, scopes or EVERY)[1])


@pytest.fixture
def padaria(db: None, gateway: FakeGateway) -> Tenant:
    load_catalog()
    return make_padaria(now=lately())


@pytest.fixture
def luna(padaria: Tenant) -> Tenant:
    return make_luna(now=lately())


@pytest.fixture
def cast(padaria: Tenant, request: pytest.FixtureRequest) -> None:
    """All whom the test wants are there before one of them has a key, so that they can be remembered."""
    if "luna" in request.fixturenames:
        request.getfixturevalue("luna")


@pytest.fixture
def sol(cast: None, padaria: Tenant) -> Program:
    """Padaria Sol's own program."""
    return program(padaria.customer_id)


@pytest.fixture
def seller(cast: None, padaria: Tenant) -> Program:
    return program(None)


def contract_id(tenant: Tenant) -> str:
    return public("ctr", tenant.contract_id)


@pytest.fixture
def lane(transactional_db: None, sol: Program) -> Iterator[FastLane]:
    """Padaria Sol's program at the fast lane, which sees what is committed."""
    with fast_lane() as running:
        running.key = sol.key
        yield running


def walk(it: Program, path: str, **query: Any) -> list[dict[str, Any]]:
    """Every item of a list, page by page."""
    items, cursor = [], {}
    for _ in range(100):
        said = it.get(path, **query, **cursor).json()
        items += said["items"]
        if said["next_cursor"] is None:
            return items
        assert len(said["items"]) == query["limit"]
        cursor = {"cursor": said["next_cursor"]}
    raise AssertionError("the list does not end")
