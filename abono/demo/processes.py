"""Processes that the demo and the story start: each in a group of its own, with a log, ready or told why not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path

from abono.demo.screen import doing, say

PAUSE_S = 0.1  # between two looks
READY_S = 60.0
BESIDE_S = 300.0
STOP_S = 25.0  # a worker ends the task that it has in hand
TAIL_LINES = 12
LOG_MOST_BYTES = 10_000_000


class Ended(Exception):
    """A process ended although it should run, badly, or not in time; the text has the end of its log."""


@dataclass
class Process:
    """One program as a process: `python -m <module> <arguments>`.

    log      where it writes what it says; None: where we do
    says     what stands in its own log once it listens: whoever else answers at its address is somebody else
    ready    asked until it says yes; it must not raise
    """

    name: str
    module: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    log: Path | None
    ready: Callable[[], bool] = lambda: True
    says: str = ""
    _child: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _begun: int = field(default=0, init=False)  # where in the log its present life begins

    def start(self) -> None:
        if self.log:
            self.log.parent.mkdir(parents=True, exist_ok=True)
            self._begun = _room(self.log)
            self.log.touch(mode=0o600)
            self.log.chmod(0o600)
        with self.log.open("ab") if self.log else nullcontext() as log:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "abono.demo.leash", self.module, *self.arguments],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=dict(self.environment),
                umask=0o077,  # books, mails and logs are nobody else's to read
                start_new_session=True,  # Ctrl-C in the terminal is ours to pass on, in order
            )

    def wait_until_ready(self, *, within_s: float = READY_S) -> None:
        """Raises Ended."""
        deadline = time.monotonic() + within_s
        while not (self._has_said() and self.ready()):
            self.require_running()
            if time.monotonic() > deadline:
                raise Ended(f"{self.name} did not answer within {within_s:.0f} s\n{self._tail()}")
            time.sleep(PAUSE_S)

    def require_running(self) -> None:
        """Raises Ended."""
        if self.exit_code is not None:
            raise Ended(f"{self.name} ended with {self._how_it_ended()}\n{self._tail()}")

    def finish(self, *, within_s: float = BESIDE_S) -> None:
        """Wait for one that ends by itself. Raises Ended when it does not, or not well."""
        assert self._child is not None
        try:
            code = self._child.wait(timeout=within_s)
        except subprocess.TimeoutExpired:
            raise Ended(f"{self.name} did not end within {within_s:.0f} s\n{self._tail()}") from None
        if code != 0:
            self.require_running()

    @property
    def pid(self) -> int | None:
        return None if self._child is None else self._child.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; also before it was started."""
        return None if self._child is None else self._child.poll()

    def ask_to_stop(self) -> None:
        """Send SIGTERM to its group; `stop` waits."""
        if self.exit_code is None:
            self._signal(signal.SIGTERM)

    def stop(self) -> None:
        """End it and all that it started, by force if it must be."""
        if self._child is None:
            return
        self.ask_to_stop()
        try:
            self._child.wait(timeout=STOP_S)
        except subprocess.TimeoutExpired:
            say(f"  {self.name} did not end by itself and was killed.")
        self._signal(signal.SIGKILL)  # whoever of the group is left
        self._child.communicate()  # closes its leash as well
        self._child = None

    def _how_it_ended(self) -> str:
        code = self.exit_code or 0
        return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"

    def _has_said(self) -> bool:
        return not self.says or self.says in self._said()

    def _said(self) -> str:
        """Everything that it said in this life."""
        said = self.log.read_bytes()[self._begun :] if self.log else b"(see above)"
        return said.decode(errors="replace")

    def _tail(self) -> str:
        """The last lines that it said in this life, indented."""
        lines = self._said().splitlines()
        shown = lines[-TAIL_LINES:] or ["(its log is empty)"]
        return "\n".join(f"      {line}" for line in shown)

    def _signal(self, number: signal.Signals) -> None:
        assert self._child is not None
        with suppress(ProcessLookupError):
            os.killpg(self._child.pid, number)


def _room(log: Path) -> int:
    """Where a new life goes on in a log, after what was said before: a restart is when people want to read that. One
    that has grown large is set aside, in place of the one that was set aside before."""
    if log.exists() and log.stat().st_size > LOG_MOST_BYTES:
        log.replace(log.with_suffix(f"{log.suffix}.1"))
    return log.stat().st_size if log.exists() else 0


def run(process: Process, *, within_s: float = BESIDE_S) -> None:
    """Let one that ends by itself do its work. Raises Ended."""
    process.start()
    try:
        process.finish(within_s=within_s)
    finally:
        process.stop()


@contextmanager
def beside(process: Process) -> Iterator[None]:
    """The same while the block runs; in the end it is waited for. Raises Ended."""
    process.start()
    try:
        yield
        with doing(f"Waiting for the {process.name}"):
            process.finish()
    finally:
        process.stop()


class Crew:
    """Processes that end together: when somebody asks, or when one of them ends."""

    def __init__(self) -> None:
        self._groups: list[tuple[Process, ...]] = []

    def start(self, *processes: Process) -> None:
        """Start them together and wait until each is ready. Raises Ended."""
        self._groups.append(processes)
        for process in processes:
            process.start()
        for process in processes:
            process.wait_until_ready()

    def watch(self) -> None:
        """Watch until somebody stops us by an exception. Raises Ended."""
        while True:
            for process in [process for group in self._groups for process in group]:
                process.require_running()
            time.sleep(PAUSE_S)

    def stop(self) -> None:
        """End all of them, those started last first."""
        while self._groups:
            group = self._groups.pop()
            for process in group:
                process.ask_to_stop()
            for process in group:
                process.stop()
