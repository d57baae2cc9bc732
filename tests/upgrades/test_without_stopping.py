"""A newer version takes over while programs work: none of them is refused anything or waits long (OPS-5)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from time import monotonic

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection

from abono import __version__
from abono.domain.contracts.models import Contract
from abono.domain.identity import actions as identity
from abono.flows.check_books import check_books
from abono.kernel.ids import public
from abono.platform import clock
from tests.concurrency.server import Caller, Server
from tests.work import renew_due

NEWER = {"DJANGO_SETTINGS_MODULE": "tests.upgrades.later.settings"}


@dataclass
class Load:
    """Programs of Padaria Sol: one holds and settles, one reads, both again and again, at whichever server is the right one.

    In between they leave a breath, so that servers which begin get more of the machine than those who call.
    """

    contract: str
    key: str
    port: int = 0
    answered: int = 0
    wrong: list[object] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._moved = {self._send: 0, self._read: 0}  # at which port each is
        self._threads = [threading.Thread(target=self._work, args=[turn]) for turn in self._moved]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self.over.set()
        for thread in self._threads:
            thread.join(60)

    def goes_on(self) -> None:
        """Until each has been answered by the server that is the right one now."""
        so_far, until = self.answered, monotonic() + 60
        while set(self._moved.values()) != {self.port} or self.answered < so_far + 20:
            assert monotonic() < until, self.wrong
            self.over.wait(0.02)

    def _work(self, turn) -> None:
        caller, n = Caller(self.port, self.key), 0
        at = self.port
        try:
            while not self.over.is_set():
                if at != self.port:
                    caller.close()
                    caller, at = Caller(self.port, self.key), self.port
                n += 1
                turn(caller, n)
                self.answered += 1
                self._moved[turn] = at
                self.over.wait(0.01)
        except Exception as trouble:
            self.wrong.append(trouble)
        caller.close()

    def _send(self, caller: Caller, n: int) -> None:
        send = {
            "id": f"s{n}",
            "contract": self.contract,
            "channel": "sms",
            "kind": "message",
            "country": "BR",
        }
        self._right("held", *caller.post("/v1/holds", {"sends": [send]}))
        end = {"id": f"s{n}", "contract": self.contract, "outcome": "sent"}
        self._right("settled", *caller.post("/v1/settlements", {"settlements": [end]}))

    def _right(self, wanted: str, status: int, answer) -> None:
        if status != 200 or answer["results"][0]["status"] != wanted:
            self.wrong.append(answer)

    def _read(self, caller: Caller, n: int) -> None:
        for path in (f"/v1/contracts/{self.contract}", f"/v1/balances/{self.contract}"):
            status, answer = caller.get(path)
            if status != 200:
                self.wrong.append(answer)


@pytest.mark.rule("OPS-5", part="without stopping")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("installation", [__version__], indirect=True)
def test_a_newer_version_takes_over_while_programs_work(installation: str) -> None:
    call_command("migrate", interactive=False, verbosity=0)
    renew_due(now=clock.now())
    padaria = Contract.objects.get(customer__legal_name="Padaria Sol Ltda.")
    load = Load(public("ctr", padaria.id), _key(padaria))
    older, newer = Server(), None
    try:
        load.port = older.port
        load.start()
        load.goes_on()
        said = _migrate(installation, load)
        assert "a table is in use" in said
        load.goes_on()
        newer = Server(**NEWER)
        load.port = newer.port
        load.goes_on()
        older.end(signal.SIGTERM)
        load.goes_on()
    finally:
        load.stop()
        for server in (older, newer):
            if server is not None:
                server.end(signal.SIGKILL)
    assert load.wrong == []
    assert check_books() == []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(remark), 'later_contract_state'::regclass IS NOT NULL FROM metering_send"
        )
        assert cursor.fetchone()[1]


def _migrate(dsn: str, load: Load) -> str:
    """`abono migrate` of the newer version, while somebody reads sends for a while; what it said."""
    with psycopg.connect(dsn) as reader:
        reader.execute("SELECT FROM metering_send LIMIT 1")
        migrating = subprocess.Popen(
            [sys.executable, "-m", "abono", "migrate", "--no-input"],
            env={**os.environ, **NEWER, "DATABASE_URL": dsn},
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert migrating.stderr is not None
        said = migrating.stderr.readline()
        load.goes_on()  # nobody waits behind it while it waits
    out, more = migrating.communicate(timeout=120)
    assert migrating.returncode == 0, out + said + more
    return said + more


def _key(padaria: Contract) -> str:
    scopes = ("read", "write", "meter")
    whose = {"name": "p", "customer_id": padaria.customer_id, "actor": "ana"}
    _id, text = identity.issue_key(**whose, scopes=scopes, expires_at=None, now=clock.now())
    return text
