"""A worker node may be killed under load: nothing acknowledged is lost, nothing counts twice (see test_server_crash)."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any

import psycopg
import pytest
from django.db import connection
from psycopg.conninfo import make_conninfo

from abono.flows.check_books import check_metering
from tests.citus.on_cluster import URL, WORKER_DATA
from tests.concurrency.server import Server
from tests.concurrency.test_server_crash import CALLERS, VALUE, Load, _ending, _nothing_is_lost
from tests.domain.metering.world import World
from tests.entrypoints.meter.client import Tenant, tenant


class Worker:
    """The PostgreSQL whose data are in CITUS_WORKER_DATA."""

    def __init__(self) -> None:
        self.data = Path(WORKER_DATA)
        _pid, _data, _since, port, *_ = (self.data / "postmaster.pid").read_text().split("\n")
        self.port = int(port)
        self._program = Path((self.data / "postmaster.opts").read_text().split('"')[0].strip()).with_name(
            "pg_ctl"
        )

    def kill(self) -> None:
        """All its processes, the first one first, so that it starts none anew."""
        first = int((self.data / "postmaster.pid").read_text().split("\n")[0])
        with psycopg.connect(make_conninfo(URL, port=self.port, dbname="postgres")) as there:
            pids = [pid for (pid,) in there.execute("SELECT pid FROM pg_stat_activity").fetchall()]
        for pid in (first, *pids):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def start(self) -> None:
        """As the owner of the data. The processes that were killed may need a moment until they are gone."""
        owner = self.data.stat()
        whose: dict[str, Any] = {}
        if os.geteuid() == 0:
            whose = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}
        command = [self._program, "-D", self.data, "-l", self.data / "log", "-w", "start"]
        until = monotonic() + 60
        while subprocess.run(command, check=False, stdout=subprocess.DEVNULL, **whose).returncode:
            assert monotonic() < until, "the worker does not start again"


@pytest.fixture
def worker() -> Worker:
    return Worker()


@pytest.fixture
def padaria(transactional_db: None, worker: Worker) -> Iterator[Tenant]:
    """Padaria Sol, whose rows are on the worker that will be killed."""
    world = World()
    name = 0
    while True:
        found = tenant(world, f"Padaria Sol {name}", value=VALUE)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT nodeport FROM citus_shards WHERE shardid ="
                " get_shard_id_for_distribution_column('metering_cycle', %s)",
                [found.contract_id],
            )
            if cursor.fetchone() == (worker.port,):
                break
        name += 1
    yield found
    assert check_metering() == []


@pytest.mark.timeout(300)
@pytest.mark.rule("PKG-6", "PKG-9", "OPS-1", "OPS-2")
def test_what_was_acknowledged_outlives_a_worker(padaria: Tenant, worker: Worker):
    load = Load(padaria)
    web = Server()
    try:
        load.back(web.port)
        with ThreadPoolExecutor(CALLERS) as pool, _ending(load):
            work = [pool.submit(load.run, n) for n in range(CALLERS)]
            for turn in range(2):
                load.warm_up()
                load.going_down()
                worker.kill()
                try:
                    load.all_parked()
                finally:
                    worker.start()
                connection.close()  # it may have held a line to the worker
                _nothing_is_lost(load, f"turn {turn}")
                load.back(web.port)
            load.warm_up()
        for done in work:
            done.result()
        load.fill()
    finally:
        web.end(signal.SIGKILL)
    assert not load.open
    _nothing_is_lost(load, "at the end")
    balance = padaria.balance()
    assert (balance.total_micro, balance.left_micro) == (balance.ceiling_micro, 0)
