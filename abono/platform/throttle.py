"""Slow answers to guessers: each try counts before it is looked at, and many tries make the next one wait (ACC-3).

Kept in the database, so that all processes count together. Keys are stored as hashes: no address can be read.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from abono.platform.running import purge

FORGOTTEN_AFTER = timedelta(hours=1)  # without a try
FIRST_PAUSE = timedelta(seconds=30)  # doubled by each further try
LONGEST_PAUSE = timedelta(minutes=15)

# One statement, so that a thousand tries at the same moment count as a thousand.
_SPEND = """
INSERT INTO platform_throttle AS kept (key, tries, tried_at, closed_until)
VALUES (%(key)s, 1, %(now)s, NULL)
ON CONFLICT (key) DO UPDATE SET
  tries = CASE
    WHEN kept.closed_until > %(now)s THEN kept.tries
    WHEN kept.tried_at < %(now)s - %(forgotten)s THEN 1
    ELSE kept.tries + 1 END,
  tried_at = CASE WHEN kept.closed_until > %(now)s THEN kept.tried_at ELSE %(now)s END,
  closed_until = CASE
    WHEN kept.closed_until > %(now)s THEN kept.closed_until
    WHEN kept.tried_at >= %(now)s - %(forgotten)s AND kept.tries + 1 >= %(free)s
    THEN %(now)s + LEAST(%(longest)s, %(first)s * power(2, LEAST(kept.tries + 1 - %(free)s, 10)))
    ELSE NULL END,
  refused = COALESCE(kept.closed_until > %(now)s, false)
RETURNING CASE WHEN refused THEN closed_until - %(now)s ELSE interval '0' END
"""


def spend(name: str, *, free: int, now: datetime) -> timedelta:
    """Count one try. Returns zero when it may go on, else how long to wait; a try that must wait counts nothing.

    name    what is tried, by whom: `sign-in:ana@padaria.example:203.0.113.7`
    free    tries before the first pause
    """
    values: dict[str, Any] = {
        "key": _key(name),
        "now": now,
        "free": free,
        "forgotten": FORGOTTEN_AFTER,
        "first": FIRST_PAUSE,
        "longest": LONGEST_PAUSE,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SPEND, values)
        wait: timedelta = cursor.fetchone()[0]
    return wait


def clear(name: str) -> None:
    """Forget the tries: the last one was right."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM platform_throttle WHERE key = %s", [_key(name)])


def give_back(name: str) -> None:
    """Take the last try off the count: it was right, but others under this name may not be."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE platform_throttle SET tries = tries - 1, closed_until = NULL WHERE key = %s", [_key(name)]
        )


def forget_old(*, now: datetime) -> int:
    """Tries that count for nothing any more. Returns how many."""
    return purge.by_statement(
        "tries",
        "DELETE FROM platform_throttle WHERE key IN (SELECT key FROM platform_throttle"
        " WHERE tried_at < %(before)s AND coalesce(closed_until < %(now)s, true) LIMIT %(most)s)",
        {"before": now - FORGOTTEN_AFTER, "now": now},
    )


def _key(name: str) -> bytes:
    return hashlib.sha256(name.encode(errors="replace")).digest()
