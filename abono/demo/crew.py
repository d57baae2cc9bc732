"""The processes of a running demo, watched: one that ends by itself is told of and started again, within bounds."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from abono.demo.processes import Process
from abono.demo.screen import doing, say

LOOK_S = 0.5  # between two looks
READY_S = 60.0
BESIDE_S = 300.0
RESTARTS = 5  # of one process within FORGIVEN_S; then it is given up
FORGIVEN_S = 600.0


@contextmanager
def beside(process: Process) -> Iterator[None]:
    """Let one that ends by itself do its work meanwhile, and wait for it in the end. Raises DidNotStart."""
    process.start()
    try:
        yield
        with doing(f"Waiting for the {process.name}"):
            process.finish(within_s=BESIDE_S)
    finally:
        process.stop()


@dataclass
class Crew:
    """Groups of processes in the order in which they were started."""

    pause: Callable[[float], None] = time.sleep  # seconds
    _groups: list[tuple[Process, ...]] = field(default_factory=list)
    _crashes: dict[str, deque[float]] = field(default_factory=dict)

    def start(self, *processes: Process) -> None:
        """Start them together and wait until each is ready. Raises DidNotStart."""
        self._groups.append(processes)
        for process in processes:
            process.start()
        for process in processes:
            process.wait_until_ready(within_s=READY_S)

    def watch(self) -> int:
        """Watch until somebody stops us by an exception; 1 when one of them cannot be kept alive."""
        while True:
            for group in self._groups:
                for process in group:
                    if process.exit_code is not None and not self._revive(process):
                        return 1
            self.pause(LOOK_S)

    def stop(self) -> None:
        """End all of them, those started last first."""
        while self._groups:
            group = self._groups.pop()
            for process in group:
                process.ask_to_stop()
            for process in group:
                if not process.stop():
                    say(f"  {process.name} did not end by itself and was killed.")

    def _revive(self, process: Process) -> bool:
        """Start one again that ended; False when it ended too often."""
        say(f"\n  {process.name} ended with {process.how_it_ended()}. The end of {process.log}:")
        say(process.tail())
        now = time.monotonic()
        crashes = self._crashes.setdefault(process.name, deque())
        crashes.append(now)
        while crashes[0] < now - FORGIVEN_S:
            crashes.popleft()
        if len(crashes) > RESTARTS:
            say(f"  It ended {len(crashes)} times within {FORGIVEN_S / 60:.0f} minutes: giving up.")
            return False
        self.pause(len(crashes) - 1)
        process.start()
        say(f"  {process.name} was started again ({len(crashes)} of {RESTARTS}).")
        return True
