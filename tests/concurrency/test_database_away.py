"""While PostgreSQL is away every door says so in its own way, and all of them are back with it (OPS-1, OPS-4)."""

from __future__ import annotations

import json
import signal
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from abono.platform import postgres
from tests.concurrency.own_database import kill_postgresql
from tests.concurrency.server import Server
from tests.domain.metering.world import World
from tests.entrypoints.meter.client import Tenant, tenant
from tests.examples import first_by_day

pytestmark = pytest.mark.timeout(300)

PAGES = {
    "/en/plans/": "We are not reachable for a moment",
    "/es/plans/": "No estamos disponibles por un momento",
    "/pt-br/plans/": "Estamos indisponíveis por um momento",
}


@pytest.fixture
def padaria(own_database: Path) -> Tenant:
    return tenant(World(), "Padaria Sol")


def ask(
    port: int, method: str, path: str, body: object = None, *, key: str = ""
) -> tuple[int, dict[str, str], str]:
    connected = HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {key}"} if key else {})
    try:
        connected.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connected.getresponse()
        return (
            answer.status,
            {name.lower(): value for name, value in answer.getheaders()},
            answer.read().decode(),
        )
    finally:
        connected.close()


def problem(answer: tuple[int, dict[str, str], str]) -> tuple[int, str, Any]:
    status, headers, body = answer
    assert headers["content-type"] == "application/problem+json"
    assert int(headers["retry-after"]) >= 1
    return status, json.loads(body)["code"], json.loads(body).get("failing")


@pytest.mark.rule("OPS-1", part="killed at any moment")
@pytest.mark.rule("OPS-4", part="live, ready")
@pytest.mark.parametrize("how", first_by_day(["killed", "stopped"]))
def test_every_door_says_that_the_database_is_away_and_is_back_with_it(
    home: Path, padaria: Tenant, how: str
) -> None:
    web = Server()
    try:
        for path in PAGES:
            assert ask(web.port, "GET", path)[0] == 200
        assert ask(web.port, "GET", "/v1/ready")[0] == 200
        catalog = ask(web.port, "GET", "/v1/catalog?currency=BRL")[2]
        hold = padaria.sms("a")
        first = json.loads(ask(web.port, "POST", "/v1/holds", hold, key=padaria.key)[2])
        assert first["status"] == "held"

        if how == "stopped":
            connection.close()
            postgres.stop(home)
        else:
            kill_postgresql(home)
        for path, words in PAGES.items():
            status, headers, page = ask(web.port, "GET", path)
            assert (status, headers["retry-after"]) == (503, "2")
            assert words in page
        for path in ("/v1/catalog?currency=BRL", "/v1/contracts"):
            assert problem(ask(web.port, "GET", path, key=padaria.key))[:2] == (503, "unavailable")
        for path in ("/v1/holds", "/inbound/zenvia/"):
            told = ask(web.port, "POST", path, padaria.sms("b"), key=padaria.key)
            assert problem(told)[:2] == (503, "unavailable")
        _looks_again(web.port, 503)
        assert problem(ask(web.port, "GET", "/v1/ready")) == (503, "not_ready", ["database"])
        assert ask(web.port, "GET", "/v1/live")[0] == 200

        postgres.start(home)
        _looks_again(web.port, 200)
        for path in PAGES:
            assert ask(web.port, "GET", path)[0] == 200
        assert ask(web.port, "GET", "/v1/catalog?currency=BRL")[2] == catalog
        again = [ask(web.port, "POST", "/v1/holds", hold, key=padaria.key) for _ in range(2)]
        status, _headers, body = again[1]  # a connection that was cut is found out by whoever comes first
        assert (status, json.loads(body)) == (200, first | {"replayed": True})
        assert not [line for line in web.log if "incident" in line]  # nothing of it is a mistake of ours
    finally:
        web.end(signal.SIGTERM)


def _looks_again(port: int, status: int) -> None:
    """What it said a moment ago is said again for a second; its pools look again within half a minute."""
    end = time.monotonic() + 30
    while ask(port, "GET", "/v1/ready")[0] != status:
        assert time.monotonic() < end
        time.sleep(0.1)
