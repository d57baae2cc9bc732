"""How much the fast lane takes on at once, so that its memory has a bound: beyond it, callers are sent away."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from abono.platform.web import problems

MAX_OPEN = 4_096  # requests
MAX_BYTES = 32 * 1024 * 1024  # of bodies that are being read or worked on
MAX_STREAMS = 32  # each reads ahead a quarter of a megabyte and works on one chunk
OF_A_KEY_STREAMS, OF_A_KEY_BYTES = 8, 16 * 1024 * 1024  # nobody takes all there is (V-10)


class Admission:
    """What is open in this process."""

    def __init__(self) -> None:
        self.requests = self.bytes = self.streams = 0
        self._streams_of: Counter[UUID] = Counter()
        self._bytes_of: Counter[UUID] = Counter()

    def enter(self, *, anyway: bool = False) -> None:
        """Raises Problem (503) when there are too many, unless it comes in `anyway`."""
        if self.requests >= MAX_OPEN and not anyway:
            raise problems.busy()
        self.requests += 1

    def leave(self, held_bytes: int = 0) -> None:
        """The request is answered; so many bytes of its body were taken."""
        self.requests -= 1
        self.bytes -= held_bytes

    def take(self, size: int) -> None:
        """Room for a part of a body, counted as it comes: what is only announced costs nothing. Raises Problem (503)."""
        if self.bytes + size > MAX_BYTES:
            raise problems.busy()
        self.bytes += size

    def take_of(self, key: UUID, size: int) -> None:
        """The same of one key, for bodies that come in parts: what comes whole is soon gone. Raises Problem (503)."""
        if self._bytes_of[key] + size > OF_A_KEY_BYTES:
            raise problems.busy()
        self._bytes_of[key] += size

    def leave_of(self, key: UUID, size: int) -> None:
        _give_back(self._bytes_of, key, size)

    def begin_stream(self, key: UUID) -> None:
        """Raises Problem (503) when there are too many, of all or of this key."""
        if self.streams >= MAX_STREAMS or self._streams_of[key] >= OF_A_KEY_STREAMS:
            raise problems.busy()
        self.streams += 1
        self._streams_of[key] += 1

    def end_stream(self, key: UUID) -> None:
        self.streams -= 1
        _give_back(self._streams_of, key, 1)


def _give_back(of: Counter[UUID], key: UUID, size: int) -> None:
    of[key] -= size
    if of[key] <= 0:
        del of[key]
