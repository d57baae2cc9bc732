"""People come in, wait, stay and go, many at once, while what is owned changes and servers die: never one too many, nobody
overtaken, nobody in twice and nobody locked out (LIC-1, LIC-2, LIC-7)."""

from __future__ import annotations

import random
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from abono.domain.licences import queries
from abono.domain.licences.check import LICENCES
from abono.flows.licences.ask import ask_licences
from abono.flows.licences.facts import Beat, Claim, Leave
from abono.flows.licences.said import Said, Word
from abono.platform import clock, postgres
from tests import sql
from tests.concurrency.own_database import kill_postgresql
from tests.concurrency.server import Caller, Lost, Server
from tests.concurrency.test_metering import all_at_once
from tests.domain.licences.office import Office, own
from tests.domain.metering.world import World
from tests.entrypoints.meter import client
from tests.entrypoints.meter.client import Tenant
from tests.examples import by_day
from tests.world import load_catalog, make_luna, make_padaria

THREADS, TURNS, PEOPLE = 16, by_day(10, full=25), 40
LICENCES_OWNED, CALLERS = 500, 8

# What must hold of each row at the moment at which it is written, whoever writes beside it.
WITNESSES = """
CREATE FUNCTION test_came_in() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    own_place licences_place;
BEGIN
    SELECT * INTO own_place FROM licences_place WHERE contract_id = NEW.contract_id AND person = NEW.person;
    IF (SELECT count(*) FROM licences_lease WHERE contract_id = NEW.contract_id)
       + (SELECT count(*) FROM licences_place WHERE contract_id = NEW.contract_id AND set_aside_until IS NOT NULL AND person <> NEW.person)
       > (SELECT owned FROM licences_owned_v1(NEW.contract_id, NEW.since)) THEN
        RAISE EXCEPTION 'one too many: %', NEW.person;
    ELSIF own_place.set_aside_until IS NULL AND EXISTS (
          SELECT FROM licences_place WHERE contract_id = NEW.contract_id AND set_aside_until IS NULL AND person <> NEW.person) THEN
        RAISE EXCEPTION 'somebody who waits was overtaken by %', NEW.person;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER test_came_in AFTER INSERT ON licences_lease FOR EACH ROW EXECUTE FUNCTION test_came_in();
CREATE FUNCTION test_set_aside() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM licences_place WHERE contract_id = NEW.contract_id AND set_aside_until IS NULL AND number < NEW.number) THEN
        RAISE EXCEPTION 'somebody who waits was overtaken by %', NEW.person;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER test_set_aside AFTER UPDATE ON licences_place FOR EACH ROW
    WHEN (OLD.set_aside_until IS NULL AND NEW.set_aside_until IS NOT NULL) EXECUTE FUNCTION test_set_aside();
"""


@pytest.fixture
def office(transactional_db: None, gateway: object) -> Iterator[Office]:
    load_catalog()
    office = Office(make_padaria())
    sql.run(WITNESSES)
    yield office
    sql.run("DROP FUNCTION test_came_in, test_set_aside CASCADE")


@pytest.mark.rule("LIC-1", part="one lease, one person")
@pytest.mark.rule("LIC-2", part="never above what is owned")
@pytest.mark.rule("LIC-7", part="nobody jumps")
def test_threads_that_claim_wait_beat_leave_and_reduce_let_in_nobody_too_many_and_overtake_nobody(
    office: Office,
):
    contract_id = office.tenant.contract_id

    def live(thread: int) -> list[Said]:
        draw, said = random.Random(thread), list[Said]()
        for _ in range(TURNS):
            if thread == 0:
                with (
                    transaction.atomic()
                ):  # each comes in by what is owned then: it does not change within a step
                    sql.run("SELECT FROM licences_pool WHERE contract_id = %s FOR UPDATE", contract_id)
                    own(contract_id, draw.randint(3, 12), at=office.now)
            person = f"p{draw.randrange(PEOPLE):02}"
            act = draw.choice((office.claim, office.wait, office.wait, office.beat, office.leave))
            said.append(act(person))
        return said

    told = [one for said in all_at_once(live, THREADS) for one in said]
    words = Counter(one.word for one in told)
    # Whether one is set aside for somebody is up to who comes when; tests/domain/licences/test_queue.py sees to it.
    assert {Word.GRANTED, Word.WAITING, Word.ALL_IN_USE, Word.RELEASED} <= words.keys()
    assert [(what, row) for what, query in LICENCES.items() for row in sql.run(query)] == []
    in_now = queries.in_use(office.tenant.contract_id, at=office.now)
    assert len(office.people) == len(set(office.people)) == in_now.in_use


@pytest.mark.rule("LIC-2", part="never above what is owned")
def test_batches_of_several_contracts_in_any_order_wait_for_one_another_and_never_for_ever(office: Office):
    offices = [office, Office(make_luna())]
    for one in offices:
        own(one.tenant.contract_id, 6, at=office.now)

    def live(thread: int) -> list[Said]:
        draw, said = random.Random(thread), list[Said]()
        for _ in range(TURNS):
            facts: list[Claim | Beat | Leave] = []
            for one in draw.choices(offices, k=8):
                name = f"p{draw.randrange(PEOPLE):02}"
                act = draw.choice((Claim, Claim, Leave, Leave, Beat))
                facts.append(act(name, one.contract, name))
            said += ask_licences(facts, customer_id=None, now=office.now)
        return said

    words = Counter(one.word for said in all_at_once(live, THREADS) for one in said)
    assert {Word.GRANTED, Word.ALL_IN_USE, Word.RELEASED} <= words.keys()
    assert [(what, row) for what, query in LICENCES.items() for row in sql.run(query)] == []


class Doors:
    """Programs that keep 500 people in without pause; who gets no answer asks again when the servers are back."""

    def __init__(self, padaria: Tenant) -> None:
        self.padaria = padaria
        self.people = [f"p{n:03}" for n in range(LICENCES_OWNED)]
        self.port = 0
        self.stop = False
        self._beats = 0
        self._changed = threading.Condition()

    def run(self, number: int) -> None:
        """One program, whose people send heartbeats, and of whom each now and then signs in anew with the same id."""
        mine = self.people[number::CALLERS]
        for turn in range(1_000_000):
            if self.stop:
                return
            what = "leases" if turn % 5 == 0 else "heartbeats"
            told = self.ask(what, mine)
            assert {one["status"] for one in told} == {"granted"}, told
            with self._changed:
                self._beats += 1
                self._changed.notify_all()

    def ask(self, what: str, people: list[str]) -> list[dict[str, Any]]:
        """The same call again and again, until it is answered."""
        path = {
            "heartbeats": "/v1/lease-heartbeats",
            "leases": "/v1/leases",
            "releases": "/v1/lease-releases",
        }[what]
        named = [{"id": f"{one} 1", "contract": self.padaria.contract, "person": one} for one in people]
        while True:
            caller = Caller(self.port, self.padaria.key)
            try:
                status, answer = caller.post(path, {what: named})
            except Lost:
                status, answer = 503, None
            finally:
                caller.close()
            assert status in (200, 503), answer
            if status == 200:
                results: list[dict[str, Any]] = answer["results"]
                return results
            with self._changed:
                self._changed.wait(0.05)  # nobody is there: the next one listens at another port

    def warm_up(self) -> None:
        with self._changed:
            goal = self._beats + 3 * CALLERS
            assert self._changed.wait_for(lambda: self._beats >= goal, 60)


@pytest.mark.nightly
@pytest.mark.rule("LIC-1", part="one lease, one person")
@pytest.mark.rule("LIC-2", part="never above what is owned")
@pytest.mark.timeout(300)
def test_500_people_stay_in_once_each_while_web_and_postgresql_are_killed(home: Path, own_database: Path):
    doors = Doors(client.office(World(), licences=LICENCES_OWNED))
    web = Server()
    doors.port = web.port
    try:
        assert {one["status"] for one in doors.ask("leases", doors.people)} == {"granted"}
        with ThreadPoolExecutor(CALLERS) as pool:
            work = [pool.submit(doors.run, n) for n in range(CALLERS)]
            try:
                for victims in ("web", "postgresql", "web and postgresql"):
                    doors.warm_up()
                    if "postgresql" in victims:
                        kill_postgresql(home)
                    if "web" in victims:
                        web.end(signal.SIGKILL)
                    killed = clock.now()
                    if "postgresql" in victims:
                        postgres.start(home)
                    _all_in_once(doors, killed)
                    if "web" in victims:
                        web = Server()
                        doors.port = web.port
                doors.warm_up()
            finally:
                doors.stop = True
        for done in work:
            done.result()
        [refused] = doors.ask("leases", ["one more"])
        assert (refused["code"], refused["in_use"], refused["owned"]) == ("all_in_use", 500, 500)
        doors.ask("releases", ["p007"])
        assert doors.ask("leases", ["one more"])[0]["status"] == "granted"
    finally:
        doors.stop = True
        web.end(signal.SIGKILL)


def _all_in_once(doors: Doors, killed: datetime) -> None:
    """Whoever is heard of no more is out five minutes after their last heartbeat, as ever."""
    leases = queries.leases(doors.padaria.contract_id, at=killed, limit=1_000)
    assert [one.person for one in leases] == doors.people
    assert max(one.until for one in leases) <= clock.now() + timedelta(minutes=5)
    assert [(what, row) for what, query in LICENCES.items() for row in sql.run(query)] == []
