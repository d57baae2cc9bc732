"""How often somebody may ask, or all together: evenly, with a minute's worth at once (API-3).

Kept in the database, so that all processes of an installation count together: a row for each asker, in a table that is
not logged, because after a crash everybody may begin anew.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.db import connection

from abono.platform.running import purge

MINUTE = timedelta(minutes=1)
EVERYBODY = UUID(int=0)

# `until` is when all that was asked would be done, one by one. One statement, so that of many at once none is let in
# twice; who is over the limit changes nothing.
_COUNT = """
INSERT INTO platform_rate AS kept (who, until) VALUES (%(who)s, %(now)s + %(each)s)
ON CONFLICT (who) DO UPDATE SET until = greatest(kept.until, %(now)s) + %(each)s
WHERE greatest(kept.until, %(now)s) + %(each)s <= %(now)s + %(minute)s
"""


def asking_for(what: str, who: UUID = EVERYBODY) -> UUID:
    """Who asks, where `what` is counted by itself: `files` of a person, `passwords` of everybody together."""
    return uuid5(who, what)


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


def give_back(who: UUID, *, per_minute: int) -> None:
    """The last request of this asker does not count."""
    with connection.cursor() as cursor:
        values: dict[str, Any] = {"who": who, "each": MINUTE / per_minute}
        cursor.execute("UPDATE platform_rate SET until = until - %(each)s WHERE who = %(who)s", values)


def forget_old(*, now: datetime) -> int:
    """Who has been quiet for a minute counts from nothing. Returns how many."""
    return purge.by_statement(
        "askers",
        "DELETE FROM platform_rate WHERE who IN (SELECT who FROM platform_rate WHERE until < %(now)s LIMIT %(most)s)",
        {"now": now},
    )
