"""How often somebody may ask: evenly, with a minute's worth at once (API-3).

Kept in the database, so that all processes of an installation count together: a row for each asker, in a table that is
not logged, because after a crash everybody may begin anew.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from abono.platform.running import purge

MINUTE = timedelta(minutes=1)

# `until` is when all that was asked would be done, one by one. One statement, so that of many at once none is let in
# twice; who is over the limit changes nothing.
_COUNT = """
INSERT INTO platform_rate AS kept (who, until) VALUES (%(who)s, %(now)s + %(each)s)
ON CONFLICT (who) DO UPDATE SET until = greatest(kept.until, %(now)s) + %(each)s
WHERE greatest(kept.until, %(now)s) + %(each)s <= %(now)s + %(minute)s
"""


def wait_s(who: UUID, *, per_minute: int, now: datetime) -> int:
    """Count a request. Returns 0 when it may go on, else the whole seconds to wait; then it counts nothing.

    per_minute   so many at once, and as many again each minute, evenly; 0: any number
    """
    if not per_minute:
        return 0
    each = MINUTE / per_minute
    values: dict[str, Any] = {"who": who, "now": now, "each": each, "minute": MINUTE}
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, values)
        if cursor.rowcount:
            return 0
        cursor.execute("SELECT until FROM platform_rate WHERE who = %s", [who])
        over: timedelta = cursor.fetchone()[0] + each - now - MINUTE
    return max(1, -(-over // timedelta(seconds=1)))


def forget_old(*, now: datetime) -> int:
    """Who has been quiet for a minute counts from nothing. Returns how many."""
    return purge.by_statement(
        "askers",
        "DELETE FROM platform_rate WHERE who IN (SELECT who FROM platform_rate WHERE until < %(now)s LIMIT %(most)s)",
        {"now": now},
    )
