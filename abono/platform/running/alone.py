"""Work that one caller at a time does, and whose end everybody notices: also when its process was killed."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, connection

_ours: set[int] = set()  # what this process is at: to the database all of a connection is one caller
_guard = threading.Lock()


@contextmanager
def alone(what: str) -> Iterator[bool]:
    """Whether nobody else is at `what` now; if so, it is ours until the block ends, or our process does.

    It is a lock of PostgreSQL that belongs to the connection and outlives its transactions. Who loses the connection
    loses it too, and may go on beside the next one: what must not happen twice is held by tables, never by this.
    """
    key = int.from_bytes(hashlib.sha256(what.encode()).digest()[:8], signed=True)
    with _guard:
        mine = key not in _ours
        if mine:
            _ours.add(key)
    if not mine:
        yield False
        return
    try:
        if _ask("SELECT pg_try_advisory_lock(%s)", key):
            try:
                yield True
            finally:
                _leave(key)
        else:
            yield False
    finally:
        with _guard:
            _ours.discard(key)


def _leave(key: int) -> None:
    try:
        _ask("SELECT pg_advisory_unlock(%s)", key)
    except DatabaseError:  # the connection is lost, and the lock with it, or else goes now
        if not connection.in_atomic_block:
            connection.close()


def _ask(statement: str, key: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement, [key])
        return bool(cursor.fetchone()[0])
