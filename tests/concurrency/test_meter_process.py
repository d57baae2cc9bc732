"""The server process may die or be stopped in the middle of load: nothing acknowledged is lost, nothing counts twice."""

from __future__ import annotations

import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from abono.domain.metering.types import Balance
from abono.domain.usage.send_lines import Chosen, every_send
from tests.concurrency.server import Caller, Lost, Server, server
from tests.domain.metering.world import CENT, REAL, World, rows
from tests.entrypoints.meter.client import Tenant, tenant

CALLERS = 32
FIT = 4_000  # SMS at 0.10 in a package of R$ 200 and a limit of R$ 200 again


@pytest.fixture
def padaria(world: World) -> Tenant:
    return tenant(world, "Padaria Sol", value=200)


class Load:
    """Programs that send without pause, single sends and batches, and note what they were told."""

    def __init__(self, padaria: Tenant) -> None:
        self.padaria = padaria
        self.told: dict[str, str] = {}  # by id: held, or the code of the refusal
        self.unclear: list[list[str]] = []  # calls that got no answer
        self.sent_away = 0  # answered 503: nothing was done
        self._lock = threading.Lock()
        self.warm = threading.Event()

    def run(self, number: int, port: int, warm_after: int) -> None:
        """Send until the server goes away."""
        caller = Caller(port, self.padaria.key)
        size = 1 if number % 2 else 7
        for turn in range(1_000_000):
            names = [f"{number}.{turn}.{n}" for n in range(size)]
            try:
                self.send(caller, names)
            except Lost:
                self.unclear.append(names)
                break
            if len(self.told) >= warm_after:
                self.warm.set()
        caller.close()

    def send(self, caller: Caller, names: list[str]) -> None:
        status, answer = caller.post("/v1/holds", {"sends": [self.padaria.sms(name) for name in names]})
        if status == 503:
            self.sent_away += len(names)
            return
        assert status == 200, answer
        with self._lock:
            for result in answer["results"]:
                self.told[result["id"]] = result.get("code", result["status"])

    def until(self, running: Server, end_by: int, warm_after: int) -> None:
        """All programs at once, until the signal ends the server under them."""
        with ThreadPoolExecutor(CALLERS) as pool:
            work = [pool.submit(self.run, n, running.port, warm_after) for n in range(CALLERS)]
            assert self.warm.wait(30)
            running.end(end_by)
            for done in work:
                done.result()


def _balance(padaria: Tenant) -> Balance:
    return padaria.balance()


def _held(padaria: Tenant) -> set[str]:
    sends = list(every_send(Chosen(padaria.contract_id, padaria.balance().cycle.start)))
    return {send.reference for send in sends if send.reference}


@pytest.mark.rule("OPS-1")
@pytest.mark.rule("PKG-6", part="after any crash")
def test_a_server_killed_under_load_loses_nothing_that_it_acknowledged(padaria: Tenant):
    load = Load(padaria)
    with server() as running:
        load.until(running, signal.SIGKILL, warm_after=500)
    held = {name for name, told in load.told.items() if told == "held"}
    assert held
    assert held <= _held(padaria)
    balance = _balance(padaria)
    assert balance.held_micro == rows("metering_send") * 10 * CENT <= balance.ceiling_micro

    # A new process; each program repeats what got no answer, then all go on past the limit.
    with server() as again:
        caller = Caller(again.port, padaria.key)
        for names in load.unclear:
            load.send(caller, names)
        for first in range(0, 2 * FIT, 1_000):
            load.send(caller, [f"more {n}" for n in range(first, first + 1_000)])
        caller.close()
        again.end(signal.SIGTERM)
    held = {name for name, told in load.told.items() if told == "held"}
    assert held == _held(padaria)  # what was told is what is booked, to the last send
    assert len(held) == rows("metering_send") == FIT
    balance = _balance(padaria)
    assert (balance.held_micro, balance.left_micro) == (400 * REAL, 0)
    assert balance.blocked_at is not None


@pytest.mark.rule("OPS-1")
def test_a_server_that_is_stopped_answers_everything_that_it_accepted(padaria: Tenant):
    load = Load(padaria)
    with server() as running:
        load.until(running, signal.SIGTERM, warm_after=500)
        assert running.process.returncode in (0, -signal.SIGTERM)
        assert not [line for line in running.log if "Traceback" in line]
    held = {name for name, told in load.told.items() if told == "held"}
    # Whoever got no answer had not been taken in: nothing is booked that was not told.
    assert held == _held(padaria)
