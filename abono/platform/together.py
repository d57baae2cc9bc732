"""Entries of the agenda that are taken many at once, of all that live by real time: see `agenda.Kind.together`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import connection
from django.db.models.functions import Now

from abono.platform import agenda, use_case
from abono.platform.agenda import LEASE, Entry, Kind
from abono.platform.models import Due

_SOON_AGAIN = timedelta(hours=1)  # longer than the pauses after the first tries
_ALONE = 2  # what was in hand so often is taken by itself: it may be what ended those who had it
_LEFT = """
SELECT count(*) FILTER (WHERE due_at <= %s AND parked_at IS NULL),
       count(*) FILTER (WHERE due_at > %s AND parked_at IS NULL AND tries > 0),
       count(*) FILTER (WHERE parked_at IS NOT NULL)
  FROM (SELECT due_at, parked_at, tries FROM platform_due
         WHERE parked_at IS NULL AND due_at <= %s AND kind = %s AND NOT own_clock
        UNION ALL
        SELECT due_at, parked_at, tries FROM platform_due
         WHERE parked_at IS NOT NULL AND kind = %s AND NOT own_clock) d
"""
_CLAIM = """
UPDATE platform_due d
   SET lease = %s, tries = d.tries + 1, held_until = statement_timestamp() + make_interval(secs => %s)
 WHERE d.id = ANY(ARRAY(
    SELECT id FROM platform_due
     WHERE kind = %s AND due_at <= %s AND parked_at IS NULL AND NOT own_clock AND tries < %s
       AND (lease IS NULL OR held_until <= statement_timestamp())
     ORDER BY due_at LIMIT %s FOR UPDATE SKIP LOCKED))
RETURNING d.kind, d.subject, d.key, d.customer_id, d.own_clock, d.due_at, d.tries, d.lease
"""


@dataclass(frozen=True, slots=True)
class Left:
    """Of one kind, what is not done of all that live by real time: due or in hand; failed, and tried again within minutes;
    tried no more."""

    due: int
    again: int
    parked: int


def left(kind: Kind, *, now: datetime) -> Left:
    """How much of a kind is left of all that live by real time."""
    with connection.cursor() as cursor:
        cursor.execute(_LEFT, [now, now, now + _SOON_AGAIN, kind.name, kind.name])
        return Left(*cursor.fetchone())


def claim(kind: Kind, *, now: datetime, limit: int) -> list[Entry]:
    """Take up to so many of a kind of all that live by real time, those first that are due longest; see `agenda.claim`. Nobody waits for
    anybody: several who claim at once have different ones. They have one lease together: `keep` makes it longer.

    What was in the hands of somebody who ended, again and again, comes alone.
    """
    use_case.write_gathered()
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [uuid4(), LEASE.total_seconds(), kind.name, now, _ALONE, limit])
        taken = [Entry(*row) for row in cursor.fetchall()]
    if taken:
        return taken
    alone = agenda.claim(now=now, kinds=[kind])
    return [] if alone is None else [alone]


def keep(entry: Entry) -> None:
    """Whoever has it in hand is still at it: the lease begins anew, of all that were claimed with it."""
    Due.objects.filter(lease=entry.lease).update(held_until=Now() + LEASE)
