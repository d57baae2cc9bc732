"""`abono worker` as a process of its own, on the database that the test runs on."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.concurrency.server import database_url


class Worker:
    """`log` has every line that it said."""

    def __init__(self, **env: str) -> None:
        self.log: list[str] = []
        self._said = threading.Condition()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "abono", "worker"],
            env={**os.environ, "DATABASE_URL": database_url(), **env},
            stderr=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def end(self, signal: int) -> int:
        """Send the signal, wait until the process is gone, and tell its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal)
        code = self.process.wait(40)
        self._reader.join()
        return code

    def says(self, words: str, *, within_s: float = 60) -> None:
        """Wait until it has said so."""
        with self._said:
            found = self._said.wait_for(lambda: any(words in line for line in self.log), within_s)
        assert found, "".join(self.log)

    def _read(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as lines:
            for line in lines:
                with self._said:
                    self.log.append(line)
                    self._said.notify_all()


@contextmanager
def worker(**env: str) -> Iterator[Worker]:
    running = Worker(**env)
    try:
        yield running
    finally:
        running.end(9)
