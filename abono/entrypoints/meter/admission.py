"""How much the fast lane takes on at once, so that its memory has a bound: beyond it, callers are sent away."""

from __future__ import annotations

from abono.platform import problems

MAX_OPEN = 4_096  # requests
MAX_BYTES = 32 * 1024 * 1024  # of bodies that are being read or worked on
MAX_STREAMS = 32  # each reads ahead a quarter of a megabyte and works on one chunk


class Admission:
    """What is open in this process."""

    def __init__(self) -> None:
        self.requests = self.bytes = self.streams = 0

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

    def begin_stream(self) -> None:
        """Raises Problem (503)."""
        if self.streams >= MAX_STREAMS:
            raise problems.busy()
        self.streams += 1

    def end_stream(self) -> None:
        self.streams -= 1
