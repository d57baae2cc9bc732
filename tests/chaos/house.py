"""The processes of a small installation, each killed now and then, each started anew as systemd would."""

from __future__ import annotations

import random
import signal
import threading
from contextlib import suppress
from pathlib import Path

from abono.platform import postgres
from tests.concurrency.own_database import kill_postgresql
from tests.concurrency.server import Server
from tests.concurrency.worker_process import Worker

PARTS = ("web", "worker", "postgresql")
PAUSE_S = (2.0, 8.0)  # between two kills
DOWN_S = (0.0, 2.0)  # before it is started anew


class House:
    """`kills` counts by part; `port` is that of the web process, which changes with each of its lives."""

    def __init__(self, home: Path, dice: random.Random, **env: str) -> None:
        self._home, self._dice, self._env = home, dice, env
        self.kills = dict.fromkeys(PARTS, 0)
        self.log: list[str] = []
        self._web = Server(**env)
        self._worker = Worker(**env)

    @property
    def port(self) -> int:
        return self._web.port

    def kill_at_random(self, over: threading.Event) -> None:
        """Until told that it is over; then everything stands."""
        while not over.wait(self._dice.uniform(*PAUSE_S)):
            part = self._dice.choice(PARTS)
            self.kills[part] += 1
            if part == "web":
                self._web.end(signal.SIGKILL)
            elif part == "worker":
                self._worker.end(signal.SIGKILL)
            else:
                kill_postgresql(self._home)
            over.wait(self._dice.uniform(*DOWN_S))
            if part == "postgresql":
                postgres.start(self._home)
            self._start_what_is_gone()
        self._start_what_is_gone()

    def _start_what_is_gone(self) -> None:
        if self._worker.process.poll() is not None:
            self.log += self._worker.log
            self._worker = Worker(**self._env)
        while self._web.process.poll() is not None:  # it does not start before the database answers
            self.log += self._web.log
            with suppress(AssertionError):
                self._web = Server(**self._env)

    def close(self) -> None:
        self._web.end(signal.SIGTERM)
        self._worker.end(signal.SIGTERM)
        self.log += [*self._web.log, *self._worker.log]
