"""The processes of an installation, small or large, each killed now and then, each started anew as systemd would."""

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
    """`kills` counts by part; `port` is that of one of the web processes, another with each of their lives."""

    def __init__(self, home: Path, dice: random.Random, *, webs: int, workers: int, **env: str) -> None:
        self._home, self._dice, self._env = home, dice, env
        self.kills = dict.fromkeys(PARTS, 0)
        self.log: list[str] = []
        self._webs = [Server(**env) for _ in range(webs)]
        self._workers = [Worker(**env) for _ in range(workers)]

    @property
    def port(self) -> int:
        return random.choice(self._webs).port

    def kill_at_random(self, over: threading.Event) -> None:
        """Until told that it is over; then everything stands."""
        while not over.wait(self._dice.uniform(*PAUSE_S)):
            part = self._dice.choice(PARTS)
            self.kills[part] += 1
            if part == "web":
                self._dice.choice(self._webs).end(signal.SIGKILL)
            elif part == "worker":
                self._dice.choice(self._workers).end(signal.SIGKILL)
            else:
                kill_postgresql(self._home)
            over.wait(self._dice.uniform(*DOWN_S))
            if part == "postgresql":
                postgres.start(self._home)
            self._start_what_is_gone()
        self._start_what_is_gone()

    def _start_what_is_gone(self) -> None:
        for n, worker in enumerate(self._workers):
            if worker.process.poll() is not None:
                self.log += worker.log
                self._workers[n] = Worker(**self._env)
        for n, web in enumerate(self._webs):
            if web.process.poll() is not None:
                self.log += web.log
                self._webs[n] = self._web()

    def _web(self) -> Server:
        while True:  # it does not start before the database answers
            with suppress(AssertionError):
                return Server(**self._env)

    def close(self) -> None:
        for one in (*self._webs, *self._workers):
            one.end(signal.SIGTERM)
            self.log += one.log
