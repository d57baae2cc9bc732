"""Web processes and PostgreSQL itself may be killed under load: nothing acknowledged is lost, nothing counts twice."""

from __future__ import annotations

import random
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection

from abono.domain.metering.types import Outcome
from abono.domain.usage.send_lines import Chosen, every_send
from abono.flows.check_books import check_metering
from abono.platform import postgres
from tests.concurrency.own_database import kill_postgresql
from tests.concurrency.server import Caller, Lost, Server
from tests.domain.metering.world import CENT, World
from tests.entrypoints.meter.client import Tenant, tenant
from tests.examples import first_by_day

CALLERS = 12
WARM = 300  # calls that are answered between two crashes
OUTCOMES = ("sent", "sent", "rejected", None)  # how a program's sends end; None: nobody says
VALUE = 300  # reais, and as much again: 6,000 SMS at 0.10


@pytest.fixture
def padaria(own_database: Path) -> Tenant:
    return tenant(World(), "Padaria Sol", value=VALUE)


class Load:
    """Programs that hold and settle without pause. Whoever gets no answer asks again when the servers are back."""

    def __init__(self, padaria: Tenant) -> None:
        self.padaria = padaria
        self.ports: list[int] = []  # of the web processes, among which programs are spread
        self.held: set[str] = set()  # told so
        self.ended: dict[str, str] = {}  # by id: how it was told to have ended
        self.open: set[str] = set()  # asked for or told of, and not answered
        self.stop = False  # after the answer that one waits for
        self.over = False  # at once: the test has failed
        self._answered = 0
        self._parked = 0
        self._down = False
        self._changed = threading.Condition()

    def run(self, number: int) -> None:
        """One program, until `stop`."""
        size = 1 if number % 2 else 7
        caller = self._caller()
        turn = 0
        while not self.stop:
            names = [f"{number}.{turn}.{n}" for n in range(size)]
            turn += 1
            results, caller = self._ask(caller, "holds", [self.padaria.sms(name) for name in names])
            held = [result["id"] for result in results if result["status"] == "held"]
            with self._changed:
                self.held.update(held)
            ends = {name: OUTCOMES[(turn + n) % len(OUTCOMES)] for n, name in enumerate(held)}
            told = [self.padaria.settlement(name, end) for name, end in ends.items() if end]
            if told:
                results, caller = self._ask(caller, "settlements", told)
                assert all(result["status"] == "settled" for result in results), results
                with self._changed:
                    self.ended |= {one["id"]: one["outcome"] for one in told}
        caller.close()

    def fill(self) -> None:
        """Ask for more until nothing more fits."""
        caller = self._caller()
        turn = 0
        held = [""]
        while held:
            turn += 1
            names = [f"more {turn}.{n}" for n in range(1_000)]
            results, caller = self._ask(caller, "holds", [self.padaria.sms(name) for name in names])
            held = [result["id"] for result in results if result["status"] == "held"]
            self.held.update(held)
        caller.close()

    def warm_up(self) -> None:
        with self._changed:
            goal = self._answered + WARM
            assert self._changed.wait_for(lambda: self._answered >= goal, 60)

    def going_down(self) -> None:
        with self._changed:
            self._down = True

    def all_parked(self) -> None:
        """Until every program has found out that nobody answers: from then on nothing happens."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._parked == CALLERS, 60)

    def back(self, ports: list[int]) -> None:
        with self._changed:
            self.ports, self._down, self._parked = ports, False, 0
            self._changed.notify_all()

    def _caller(self) -> Caller:
        return Caller(random.choice(self.ports), self.padaria.key)

    def _ask(self, caller: Caller, what: str, events: list[dict[str, str]]) -> tuple[list[dict], Caller]:
        """The same call again and again, until it is answered."""
        ids = {event["id"] for event in events}
        with self._changed:
            self.open |= ids
        while True:
            try:
                key = "sends" if what == "holds" else what
                status, answer = caller.post(f"/v1/{what}", {key: events})
            except Lost:
                status, answer = 503, None
            assert status in (200, 503), answer
            with self._changed:
                if status == 200:
                    self.open -= ids
                    self._answered += 1
                    self._changed.notify_all()
                    return answer["results"], caller
                if self._down:
                    self._parked += 1
                    self._changed.notify_all()
                    assert self._changed.wait_for(lambda: not self._down, 60)
            caller.close()
            if self.over:
                raise Lost
            caller = self._caller()


@pytest.mark.rule("PKG-9")
@pytest.mark.rule("OPS-1", part="killed at any moment")
@pytest.mark.rule("OPS-1", part="small and large")
@pytest.mark.rule("OPS-2", part="after faults")
@pytest.mark.rule("PKG-6", part="after any crash")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("killed", first_by_day(["web, postgresql", "web, postgresql, web and postgresql"]))
def test_what_was_acknowledged_outlives_web_processes_and_postgresql(
    home: Path, padaria: Tenant, killed: str
):
    load = Load(padaria)
    webs = [Server()]  # a small installation; the next ones are of a large one
    try:
        load.back([web.port for web in webs])
        with ThreadPoolExecutor(CALLERS) as pool, _ending(load):
            work = [pool.submit(load.run, n) for n in range(CALLERS)]
            for victims in killed.split(", "):
                load.warm_up()
                load.going_down()
                if "postgresql" in victims:
                    kill_postgresql(home)
                if "web" in victims:
                    for web in webs:
                        web.end(signal.SIGKILL)
                load.all_parked()
                if "postgresql" in victims:
                    postgres.start(home)
                else:
                    _nobody_is_connected()
                _nothing_is_lost(load, victims)
                if "web" in victims:
                    webs = [Server(), Server()]
                load.back([web.port for web in webs])
            load.warm_up()
        for done in work:
            done.result()
        load.fill()
    finally:
        for web in webs:
            web.end(signal.SIGKILL)
    _nobody_is_connected()
    assert not load.open
    _nothing_is_lost(load, "at the end")
    balance = padaria.balance()
    assert (balance.total_micro, balance.left_micro) == (balance.ceiling_micro, 0)


def _nothing_is_lost(load: Load, when: str) -> None:
    """What was told is stored, what is stored was told or is still being asked for, and the sums are right."""
    sends = list(every_send(Chosen(load.padaria.contract_id, load.padaria.balance().cycle.start)))
    stored = {send.reference: send.outcome for send in sends}
    assert len(stored) == len(sends), when
    assert load.held <= stored.keys(), when
    assert stored.keys() - load.held <= load.open, when
    ended = {name: outcome for name, outcome in stored.items() if outcome}
    assert {name: Outcome[end.upper()] for name, end in load.ended.items()}.items() <= ended.items(), when
    assert ended.keys() - load.ended.keys() <= load.open, when
    balance = load.padaria.balance()
    gone = sum(outcome is Outcome.REJECTED for outcome in ended.values())
    assert balance.total_micro == (len(sends) - gone) * 10 * CENT <= balance.ceiling_micro, when
    assert check_metering() == [], when


def _nobody_is_connected() -> None:
    """What a dead process had under way may still commit: wait until the database has noticed its end."""
    with connection.cursor() as cursor:
        others = 1
        while others:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
            (others,) = cursor.fetchone()


@contextmanager
def _ending(load: Load) -> Iterator[None]:
    """No program waits for ever, whatever became of the test."""
    try:
        yield
    except BaseException:
        load.over = True
        raise
    finally:
        load.stop = True
        load.back(load.ports)
