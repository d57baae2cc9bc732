"""Processes that the demo and the story start: each in a group of its own, with a log, ready or told why not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PAUSE_S = 0.1  # between two looks
STOP_S = 25.0  # a worker ends the task that it has in hand
TAIL_LINES = 12


class DidNotStart(Exception):
    """A process ended, or did not answer in time; the text has the end of its log."""


@dataclass
class Process:
    """One program as a process: `python -m <module> <arguments>`.

    ready    asked until it says yes; it must not raise
    """

    name: str
    module: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    ready: Callable[[], bool] = lambda: True
    _child: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Start it; what it says goes to its log, and the log before that is kept as `.old`."""
        self._let_go()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".old.log"))
        with self.log.open("wb") as log:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "abono.demo.leash", self.module, *self.arguments],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(self.environment),
                start_new_session=True,  # Ctrl-C in the terminal is ours to pass on, in order
            )

    def wait_until_ready(self, *, within_s: float) -> None:
        """Raises DidNotStart."""
        deadline = time.monotonic() + within_s
        while not self.ready():
            if self.exit_code is not None:
                raise DidNotStart(f"{self.name} ended with {self.how_it_ended()}\n{self.tail()}")
            if time.monotonic() > deadline:
                raise DidNotStart(f"{self.name} did not answer within {within_s:.0f} s\n{self.tail()}")
            time.sleep(PAUSE_S)

    def finish(self, *, within_s: float) -> None:
        """Wait for one that ends by itself. Raises DidNotStart when it does not, or not well."""
        child = self._child
        assert child is not None
        try:
            code = child.wait(timeout=within_s)
        except subprocess.TimeoutExpired:
            raise DidNotStart(f"{self.name} did not end within {within_s:.0f} s\n{self.tail()}") from None
        if code != 0:
            raise DidNotStart(f"{self.name} ended with {self.how_it_ended()}\n{self.tail()}")

    @property
    def pid(self) -> int | None:
        return None if self._child is None else self._child.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; also before it was started."""
        return None if self._child is None else self._child.poll()

    def how_it_ended(self) -> str:
        code = self.exit_code or 0
        return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"

    def ask_to_stop(self) -> None:
        """Send SIGTERM to its group; `stop` waits."""
        if self.exit_code is None:
            self._signal(signal.SIGTERM)

    def stop(self) -> bool:
        """End it and all that it started; False when it had to be killed."""
        child = self._child
        if child is None:
            return True
        in_time = True
        if child.poll() is None:
            self.ask_to_stop()
            try:
                child.wait(timeout=STOP_S)
            except subprocess.TimeoutExpired:
                in_time = False
            self._signal(signal.SIGKILL)  # whoever of the group is left
            child.wait()
        self._let_go()
        return in_time

    def tail(self) -> str:
        """The last lines of its log, indented."""
        try:
            lines = self.log.read_text(errors="replace").splitlines()
        except OSError:
            lines = []
        shown = lines[-TAIL_LINES:] or ["(its log is empty)"]
        return "\n".join(f"      {line}" for line in shown)

    def _let_go(self) -> None:
        """Forget one that has ended, and close the pipe that was its leash."""
        if self._child is not None and self._child.stdin is not None:
            self._child.stdin.close()
        self._child = None

    def _signal(self, number: signal.Signals) -> None:
        if self._child is not None:
            try:
                os.killpg(self._child.pid, number)
            except ProcessLookupError:
                return
