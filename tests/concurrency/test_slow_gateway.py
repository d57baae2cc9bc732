"""A gateway that takes seven seconds to answer, and nine who pay at once: the pages are still there (PAY-7)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from http.client import HTTPConnection
from json import dumps, loads

import pytest

from abono.domain.identity import actions as identity
from abono.flows import due_work
from abono.kernel.ids import public
from abono.platform import clock
from tests.concurrency.payers import customer
from tests.concurrency.server import Server, server
from tests.stand_ins import Simulator
from tests.world import Tenant, load_catalog, quote

PAGES = ("/en/plans/", "/v1/catalog?currency=BRL")
PAYERS = 9
SLOW_MS = 7_000


@pytest.fixture
def running(transactional_db: None, simulator: Simulator) -> Iterator[Server]:
    load_catalog()
    with server() as one:
        yield one


def key_of(tenant: Tenant) -> str:
    _id, text = identity.issue_key(
        name="p",
        customer_id=tenant.customer_id,
        scopes=("read", "write"),
        expires_at=None,
        actor="ana",
        now=clock.now(),
    )
    return text


def ask(port: int, method: str, path: str, body: object = None, **headers: str) -> tuple[int, bytes, float]:
    """Status, body and how long it took, seconds; nobody waits longer than 30."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    began = time.monotonic()
    try:
        connection.request(method, path, None if body is None else dumps(body), headers)
        answer = connection.getresponse()
        return answer.status, answer.read(), time.monotonic() - began
    finally:
        connection.close()


@pytest.mark.rule("CON-4", part="being confirmed")
@pytest.mark.rule("PAY-7", part="never repeated blindly")
def test_nine_payers_at_a_slow_gateway_stop_no_page_and_each_pays_once(
    running: Server, simulator: Simulator
) -> None:
    tenants = [customer(simulator, now=clock.now()) for _ in range(PAYERS)]
    calls = [
        (
            f"/v1/changes/{public('chg', quote(one, package='brl-250', now=clock.now()))}/accept",
            {"Authorization": f"Bearer {key_of(one)}"},
        )
        for one in tenants
    ]  # fmt: skip
    for path in PAGES:  # what a process does once is done
        ask(running.port, "GET", path)
    ask(running.port, "GET", calls[0][0].removesuffix("/accept"), **calls[0][1])
    simulator.pull(answer_delay_ms=SLOW_MS)

    def raise_package(call: tuple[str, dict[str, str]]) -> tuple[int, bytes, float]:
        path, headers = call
        sent = {**headers, "Idempotency-Key": path[-60:], "Content-Type": "application/json"}
        return ask(running.port, "POST", path, {}, **sent)

    with ThreadPoolExecutor(PAYERS) as pool:
        paying = [pool.submit(raise_package, call) for call in calls]
        pages = []
        while wait(paying, timeout=0.2).not_done:  # to ask on and on takes the time of those who pay
            pages += [ask(running.port, "GET", path) for path in PAGES]
        answers = [one.result() for one in paying]

    assert {status for status, _body, _took in pages} == {200}
    assert max(took for _status, _body, took in pages) < SLOW_MS / 1000  # none of them waited for the gateway
    statuses = sorted(status for status, _body, _took in answers)
    assert statuses.count(200) <= 3  # those that waited
    assert statuses.count(202) == PAYERS - statuses.count(200)
    told = {loads(body)["payment"]["state"] for status, body, _took in answers if status == 202}
    assert told == {"unknown"}

    simulator.pull(answer_delay_ms=0)
    due_work.work_off(now=clock.now(), kinds=due_work.REAL)

    assert [one.contract.package_code for one in tenants] == ["brl-250"] * PAYERS
    raises = [entry for entry in simulator.book() if entry["amount_minor"] == 150_00]
    assert len(raises) == len({entry["key"] for entry in raises}) == PAYERS
