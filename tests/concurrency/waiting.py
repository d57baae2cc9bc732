"""Wait until other connections wait for a lock: then all of them have read, and none has written."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

from django.db import connection

# Another worker's tests wait in a database of their own, on the same server.
WAITING = """
SELECT count(DISTINCT w.pid) FROM pg_locks w
  JOIN pg_locks mine ON mine.pid = w.pid
  JOIN pg_database d ON d.oid = mine.database AND d.datname = current_database()
 WHERE NOT w.granted"""


def until_all_wait(answers: Sequence[Future[Any]]) -> None:
    """Raises AssertionError when one of them is done before."""
    with connection.cursor() as cursor:
        for _ in range(100_000):
            cursor.execute(WAITING)
            if cursor.fetchone()[0] >= len(answers):
                return
            for answer in answers:
                assert not answer.done(), answer.result()
    raise AssertionError("not everybody waits")
