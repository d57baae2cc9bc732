"""How many threads may wait for gateways at once, so that a slow one never stops all pages.

Only a process that serves pages sets a limit (`limit`); workers wait as long as their lane lets them.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Busy(Exception):
    """Every place is taken: whoever would wait now comes back later, or lets somebody else do it."""


class Places:
    """Places in which to wait; without a limit there are always more."""

    def __init__(self) -> None:
        self._free: threading.BoundedSemaphore | None = None

    def limit(self, most: int | None) -> None:
        """At most so many at once from now on; None: as many as come. Call it before anybody waits."""
        self._free = None if most is None else threading.BoundedSemaphore(most)

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place while the block waits for a gateway. Raises Busy at once when there is none."""
        free = self._free
        if free is None:
            yield
            return
        if not free.acquire(blocking=False):
            raise Busy
        try:
            yield
        finally:
            free.release()


CHARGES = Places()  # charges, and questions about them
CARDS = Places()  # card fields and checks of cards


def limit(threads: int) -> None:
    """Of so many threads that serve pages at most five eighths wait for gateways: the rest serve."""
    CHARGES.limit(max(1, threads * 3 // 8))
    CARDS.limit(max(1, threads // 4))
