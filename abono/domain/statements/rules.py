"""What makes a movement the same in two statements."""

from __future__ import annotations

from hashlib import sha256

from abono.kernel.ofx import Entry


def key(entry: Entry) -> str:
    """Of what it has in common with itself, wherever it is told (`Entry.known_by`)."""
    return sha256("\n".join(entry.known_by).encode()).hexdigest()
