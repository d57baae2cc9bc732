"""Whether this process was told to stop: what goes through many things looks here between two of them.

What it leaves stands where it came from, and whoever runs next goes on with it.
"""

from __future__ import annotations

import threading

_told = threading.Event()


def tell() -> None:
    """Nothing new is begun from now on."""
    _told.set()


def told() -> bool:
    return _told.is_set()


def forget() -> None:
    """Whoever was told has stopped."""
    _told.clear()
