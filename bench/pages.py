"""What the walls cost pages: `python -m bench.pages`, some four minutes, on this machine's server (docs/adr/0028).

One organization of the demo, and its Administrator, who opens each page in turns on two kept connections of one
process: everything as the owner, and served as the web is, under the policies. The time is that of processors, the
program's and that of the server's process together, for the machine may be busy.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import process_time_ns

from django.conf import settings
from django.db import connection, connections
from django.http import HttpRequest
from django.test import Client

from abono.config.settings import ENV
from abono.demo import world as demo
from abono.demo.cards import Simulator
from abono.demo.cast import ANA, PASSWORD, TENANTS
from abono.demo.preparation import CATALOG_SINCE
from abono.domain.catalog import actions as catalog
from abono.domain.catalog import reader
from abono.domain.identity import queries as people
from abono.entrypoints.site import sessions
from abono.platform import clock, postgres
from abono.platform.postgres import roles
from abono.platform.postgres.engine.base import SERVED
from bench import world

PAGES = (
    "home",
    "usage",
    "campaigns",
    "settings/contracts",
    "settings/financial",
    "settings/wallet",
    "settings/keys",
    "notices",
)
ROUNDS, WARM = 60, 8

type Cost = tuple[int, int]  # nanoseconds of a processor: the program's, the server's


class Way:
    """A kept connection of its own, with or without walls, and what its server's process took of a processor."""

    def __init__(self, *, walled: bool) -> None:
        self.kept = connection.copy()
        self.kept.settings_dict = {
            **connection.settings_dict,
            "CONN_MAX_AGE": None,
            "CONN_HEALTH_CHECKS": False,
        }
        if walled:
            self.kept.settings_dict[SERVED] = roles.served(settings.DATABASE_ROLES, outside="none")
        self.kept.ensure_connection()
        self._spent = Path(f"/proc/{self.kept.connection.info.backend_pid}/schedstat")

    def ns(self) -> int:
        return int(self._spent.read_text().split()[0])

    def open(self, client: Client, address: str) -> Cost:
        connections["default"] = self.kept
        program, server = process_time_ns(), self.ns()
        answer = client.get(address)
        spent = process_time_ns() - program, self.ns() - server
        assert answer.status_code == 200, (address, answer.status_code)
        return spent


@contextmanager
def simulator(folder: str) -> Iterator[Simulator]:
    """The process that stands in for a payment gateway."""
    options = [
        "--port",
        "0",
        "--store",
        f"{folder}/book",
        "--secret",
        settings.SIMULATOR_SECRET,
        "--open-levers",
    ]
    command = [sys.executable, "-m", "abono.gateways.simulator", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().rpartition(" on ")[2].strip()
        settings.GATEWAYS["simulator"]["options"].update(base_url=url, public_url=url)
        try:
            yield Simulator(url, settings.SIMULATOR_SECRET)
        finally:
            process.terminate()


def signed_in() -> Client:
    client = Client(HTTP_HOST="127.0.0.1")
    assert client.login(username=ANA.email, password=PASSWORD)
    request = HttpRequest()
    request.session = client.session
    ana = people.find_person(ANA.email)
    assert ana is not None
    sessions.begin(request, ana.pk)
    request.session.save()
    return client


def main() -> int:
    settings.PASSWORD_HASHERS = ["abono.demo.passwords.Quick"]
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    logging.getLogger("abono.request").setLevel(logging.WARNING)
    server = nullcontext() if ENV.database_url else postgres.running(ENV.home)
    with server, world.empty() as _url, tempfile.TemporaryDirectory() as folder, simulator(folder) as gateway:
        catalog.apply(catalog=reader.read(reader.SHIPPED), actor="bench", now=CATALOG_SINCE)
        tenant = replace(TENANTS[0], package="brl-100")
        demo.make([tenant], simulator=gateway, now=clock.now())
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        client, before = signed_in(), connections["default"]
        ways = Way(walled=False), Way(walled=True)
        try:
            for page in PAGES:
                show(page, *in_turns(ways, client, f"/en/{page}/"))
        finally:
            connections["default"] = before
            for way in ways:
                way.kept.close()
    return 0


def in_turns(ways: tuple[Way, Way], client: Client, address: str) -> tuple[list[Cost], list[Cost]]:
    """What each opening of the page cost, as the owner and under the walls; pairs stand at the same place."""
    spent: tuple[list[Cost], list[Cost]] = ([], [])
    for turn in range(WARM + ROUNDS):
        for n in (0, 1) if turn % 2 else (1, 0):
            cost = ways[n].open(client, address)
            if turn >= WARM:
                spent[n].append(cost)
    return spent


def show(page: str, plain: list[Cost], walled: list[Cost]) -> None:
    ratios = sorted(sum(after) / sum(before) for before, after in zip(plain, walled, strict=True))
    server = [median(cost[1] for cost in way) / 1e6 for way in (plain, walled)]
    whole = [median(sum(cost) for cost in way) / 1e6 for way in (plain, walled)]
    print(
        f"{page:20} whole {whole[0]:7.2f} {whole[1]:7.2f} ms  server {server[0]:6.2f} {server[1]:6.2f} ms"
        f"  in pairs {median(ratios):.3f} ({ratios[len(ratios) // 4]:.3f}..{ratios[3 * len(ratios) // 4]:.3f})",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
