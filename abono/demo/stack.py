"""The parts of a running installation: where each listens, how it is started, and when it is ready."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg
import urllib3

from abono.demo import bank
from abono.demo.ports import HOST, free
from abono.demo.processes import Process

SIMULATOR_PORT, INBOX_PORT, SMTP_PORT, WEB_PORT = 8010, 8025, 1025, 8000
_LOOK_S = 2.0
_http = urllib3.PoolManager(retries=False, timeout=_LOOK_S)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Ports of this machine, all different."""

    web: int
    simulator: int
    inbox: int
    smtp: int

    @property
    def web_url(self) -> str:
        return f"http://{HOST}:{self.web}"

    @property
    def simulator_url(self) -> str:
        return f"http://{HOST}:{self.simulator}"

    @property
    def inbox_url(self) -> str:
        return f"http://{HOST}:{self.inbox}"


def choose(*, web: int, simulator: int, inbox: int, smtp: int) -> tuple[Addresses, list[str]]:
    """The wanted ports, or the next free ones. Returns with them a sentence for each that was taken.

    Raises NoFreePort.
    """
    given: dict[str, int] = {}
    moved = []
    for name, wanted in (("web", web), ("simulator", simulator), ("inbox", inbox), ("smtp", smtp)):
        given[name] = free(wanted, but=given.values())
        if given[name] != wanted:
            moved.append(f"Port {wanted} is taken: {name} is on {given[name]}.")
    return Addresses(**given), moved


@dataclass(frozen=True, slots=True)
class Stack:
    """One set of processes on one database. `folder` has the book of the simulator, the mail and the logs."""

    addresses: Addresses
    dsn: str
    folder: Path
    secret: str  # shared with the simulator
    given: Mapping[str, str]  # further environment

    @property
    def environment(self) -> dict[str, str]:
        """What every process is told; the rest is inherited."""
        return {
            **os.environ,
            **self.given,
            "DJANGO_SETTINGS_MODULE": "abono.config.settings",
            "PYTHONUNBUFFERED": "1",
            "ABONO_LOG_FORMAT": "plain",
            "ABONO_PUBLIC_URL": self.addresses.web_url,
            "ABONO_SIMULATOR_URL": self.addresses.simulator_url,
            "ABONO_SIMULATOR_SECRET": self.secret,
            "ABONO_SMTP_HOST": HOST,
            "ABONO_SMTP_PORT": str(self.addresses.smtp),
            "ABONO_SMTP_SECURITY": "none",
            "ABONO_SMTP_USER": "",
            "ABONO_BANK_BOLETO": bank.ACCOUNT,
            "ABONO_SANDBOX": "1",
        }

    def simulator(self) -> Process:
        webhooks = f"{self.addresses.web_url}/inbound/gateways/simulator/"
        store = str(self.folder / "simulator.sqlite3")
        options = [
            "--port",
            str(self.addresses.simulator),
            "--store",
            store,
            "--webhook-url",
            webhooks,
            "--pix-webhook-url",
            f"{self.addresses.web_url}/inbound/gateways/simulator_pix/",
            "--open-levers",
        ]
        health = f"{self.addresses.simulator_url}/health"
        return self._process(
            "simulator", "abono.gateways.simulator", options, lambda: answers(health), "payment simulator on"
        )

    def inbox(self) -> Process:
        ports = ["--port", str(self.addresses.inbox), "--smtp-port", str(self.addresses.smtp)]
        options = [*ports, "--store", str(self.folder / "inbox")]
        return self._process(
            "inbox",
            "abono.demo.inbox",
            options,
            lambda: answers(self.addresses.inbox_url) and _greets(self.addresses.smtp),
            "inbox: http",
        )

    def web(self) -> Process:
        where = ["--host", HOST, "--port", str(self.addresses.web)]
        options = [
            "abono.config.asgi:application",
            *where,
            "--timeout-graceful-shutdown",
            "5",
            "--no-access-log",
            "--no-proxy-headers",
        ]
        page = f"{self.addresses.web_url}/en/plans/"
        return self._process("web", "uvicorn", options, lambda: answers(page), "Uvicorn running on")

    def worker(self) -> Process:
        """Ready once it has written itself down in the database."""
        newest = _newest_worker(self.dsn)
        return self._process("worker", "abono", ["worker"], lambda: _newest_worker(self.dsn) > newest)

    def preparation(self, facts: Path) -> Process:
        """Database, catalog and world; ends by itself, and tells what it does on our screen."""
        return Process("preparation", "abono.demo.prepare", [str(facts)], self.environment, None)

    def traffic(self, facts: Path) -> Process:
        return self._process("traffic", "abono.demo.traffic", [str(facts)])

    def fonts(self) -> Process:
        """Ends by itself; at once, when they are there."""
        return self._process("fonts", "abono.demo.fonts", [])

    def _process(
        self,
        name: str,
        module: str,
        arguments: list[str],
        ready: Callable[[], bool] = lambda: True,
        says: str = "",
    ) -> Process:
        log = self.folder / "logs" / f"{name}.log"
        return Process(name, module, arguments, self.environment, log, ready, says)


def answers(url: str) -> bool:
    """Whether a page is shown there."""
    try:
        return _http.request("GET", url).status == 200
    except urllib3.exceptions.HTTPError:
        return False


def _greets(port: int) -> bool:
    """Whether a mail server says 220."""
    try:
        with socket.create_connection((HOST, port), timeout=_LOOK_S) as line:
            return line.recv(3) == b"220"
    except OSError:
        return False


def _newest_worker(dsn: str) -> int:
    with psycopg.connect(dsn) as connection:
        row = connection.execute("SELECT coalesce(max(id), 0) FROM procrastinate_workers").fetchone()
    return int(row[0]) if row else 0
