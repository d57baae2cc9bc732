"""What is due, when and for whom: a row that is written in the transaction which makes it due.

An entry is taken with a lease that ends, so that what a killed worker had in hand comes back, and taken out once it
is done; what fails is tried again after growing pauses, and at last parked with its reason for a person to look at.
Who writes the same kind, subject and key again moves the entry. Leases run by the database's clock, `due_at` by the
customer's where that is a sandbox (TIM-2), else by real time.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.db.models import Count, Min, Q, QuerySet
from django.db.models.functions import Now

from abono.platform import queue, use_case
from abono.platform.given import given
from abono.platform.models import Due
from abono.platform.postgres.adding import Adding, beside
from abono.platform.postgres.arrays import Uuids, columns
from abono.platform.queue import Lane
from abono.platform.running import logs

LEASE = timedelta(minutes=2)  # longer than any single piece of work takes
SOON = timedelta(minutes=1)  # what is due sooner does not wait for the sweep, which comes once a minute
_CALLED = timedelta(minutes=10)  # until the sweep calls for a worker once more
MAX_TRIES = 10
_LOOKED_AT = 20  # entries at a time, most of which may be for nobody to try again
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)

type _Place = tuple[str, str, str]  # kind, subject and key
type _Row = tuple[str | None, ...]

BACKLOG = """
SELECT (SELECT min(due_at) FROM platform_due WHERE parked_at IS NULL AND NOT own_clock AND due_at <= %s),
       (SELECT count(*) FROM platform_due WHERE parked_at IS NOT NULL)
"""
# How many workers were heard of in the last half minute.
WORKERS = "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '30 seconds'"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of work.

    real       by real time for sandboxes too, because it concerns others than us: gateways, programs
    together   of all that live by real time many are taken at once (`platform.together`): no worker is called for each of them
    """

    name: str
    lane: Lane
    real: bool = False
    together: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that is due, as it was found or taken; `lease` is ours from `take` or `claim` on."""

    kind: str
    subject: UUID
    key: str
    customer_id: UUID | None
    own_clock: bool
    due_at: datetime | None
    tries: int
    lease: UUID | None


@dataclass(frozen=True, slots=True)
class Failed:
    """A try that did not work: which it was, from 1, and why."""

    kind: str
    subject: UUID
    key: str
    tries: int
    reason: str


@dataclass(frozen=True, slots=True)
class Backlog:
    """How the work gets on: since when the oldest waits that is due, and how much nobody tries any more."""

    oldest_at: datetime | None
    parked: int


def note(
    kind: Kind,
    *,
    subject: UUID,
    key: str = "",
    customer_id: UUID | None = None,
    sandbox: bool = False,
    due_at: datetime | None,
    now: datetime,
    at_once: bool = True,
) -> None:
    """Write down that something is due, with all else of the caller's transaction; what stood there of the same is replaced.

    due_at   None: it waits for somebody rather than for a moment, see `wake`
    now      on the clock that `due_at` is on. What is due by then, or soon, a worker is called for.
    at_once  False where it is one of so many that the next sweep may call for it
    """
    wait = None if due_at is None else due_at - now
    soon = wait is not None and at_once and wait < SOON and (sandbox or not kind.together)
    held = max(wait or timedelta(), timedelta()) + _CALLED
    held_s = str(held.total_seconds()) if soon else None
    row = _row(kind, customer_id, sandbox, None if due_at is None else due_at.isoformat(), held_s)
    use_case.gather(_write, ((kind.name, subject.hex, key), row))
    if soon and wait is not None:
        called = {"kind": kind.name, "subject": str(subject), "key": key}
        if asked := logs.request_id():
            called["request_id"] = asked  # so that the lines of the job can be found by it
        queue.defer(queue.WORK, lane=kind.lane, in_s=wait.total_seconds(), **called)


def note_each(
    kind: Kind, those: Iterable[tuple[UUID, UUID, bool, datetime]], *, now: datetime, at_once: bool = True
) -> None:
    """The same of many.

    those   subject, customer, whether that is a sandbox, and when it is due
    """
    rows, texts = [], dict[datetime, str]()
    for subject, customer_id, sandbox, due_at in those:
        if at_once and due_at - now < SOON and (sandbox or not kind.together):
            note(kind, subject=subject, customer_id=customer_id, sandbox=sandbox, due_at=due_at, now=now)
        else:
            due = texts.get(due_at) or texts.setdefault(due_at, due_at.isoformat())
            rows.append(((kind.name, subject.hex, ""), _row(kind, customer_id, sandbox, due, None)))
    use_case.gather(_write, *rows)


def _row(kind: Kind, customer_id: UUID | None, sandbox: bool, due_at: str | None, held_s: str | None) -> _Row:
    own_clock = "true" if sandbox and not kind.real else "false"
    return kind.lane.value, None if customer_id is None else str(customer_id), own_clock, due_at, held_s


def _write(rows: Sequence[tuple[_Place, _Row | None]]) -> None:
    """What was written last of the same stands: an entry, or its place without one."""
    newest = dict(rows)
    if gone := [place for place, row in newest.items() if row is None]:
        kinds, subjects, keys = zip(*gone, strict=True)
        with beside() as cursor:
            if len({*kinds}) == len({*keys}) == 1:  # as many have it: the index is gone along once
                cursor.execute(_GONE_ALIKE, [kinds[0], Uuids(subjects), keys[0]])
            else:
                cursor.execute(_GONE, columns(gone))
    entries = [(subject, kind, key, *row) for (kind, subject, key), row in newest.items() if row is not None]
    if entries:
        _ENTRIES.add(entries)


_GONE_ALIKE = "DELETE FROM platform_due WHERE kind = %s AND subject = ANY(%s) AND key = %s"
_GONE = """
DELETE FROM platform_due d
 USING (SELECT unnest(%s::text[]) AS kind, unnest(%s::uuid[]) AS subject, unnest(%s::text[]) AS key) g
 WHERE (d.kind, d.subject, d.key) = (g.kind, g.subject, g.key)
"""
# An entry that was there begins anew: in nobody's hands, not tried yet.
_ENTRIES = Adding(
    "platform_due",
    "subject uuid, kind text, key text, lane text, customer_id uuid, own_clock boolean, due_at timestamptz, "
    "held_until double precision",
    said={"held_until": "statement_timestamp() + make_interval(secs => {})"},
    always={"tries": "0", "reason": "''"},
    then="""ON CONFLICT (kind, subject, key) DO UPDATE
   SET lane = excluded.lane, customer_id = excluded.customer_id, own_clock = excluded.own_clock, due_at = excluded.due_at,
       held_until = excluded.held_until, tries = 0, reason = '', lease = NULL, parked_at = NULL""",
)


def park(kind: Kind, *, subject: UUID, key: str = "", reason: str) -> None:
    """Write down what no machine can do, for a person to look at, in the caller's transaction."""
    log.error("%s of %s is parked: %s", kind.name, subject, reason)
    use_case.write_gathered()
    Due.objects.create(
        kind=kind.name,
        subject=subject,
        key=key,
        lane=kind.lane.value,
        own_clock=False,
        parked_at=Now(),
        reason=reason[:200],
    )


def withdraw(kind: Kind, *, subject: UUID, key: str = "") -> None:
    """The reason is gone: nothing is due any more. With all else of the caller's transaction."""
    use_case.gather(_write, ((kind.name, subject.hex, key), None))


def withdraw_each(kind: Kind, subjects: Iterable[UUID]) -> None:
    """The same of many."""
    use_case.gather(_write, *(((kind.name, subject.hex, ""), None) for subject in subjects))


def wake(kind: Kind, *, customer_id: UUID, now: datetime) -> None:
    """What the customer had to bring is there: all their entries of the kind are due now, in the caller's transaction."""
    found = _all().filter(kind=kind.name, customer_id=customer_id).select_for_update().order_by("id")
    for row in list(found):
        note(
            kind,
            subject=row.subject,
            key=row.key,
            customer_id=customer_id,
            sandbox=row.own_clock,
            due_at=now,
            now=now,
        )


def find(kind: str, *, subject: UUID, key: str = "") -> Entry | None:
    """The entry as it stands."""
    row = _all().filter(kind=kind, subject=subject, key=key).first()
    return None if row is None else _entry(row)


def next_due(customer_id: UUID) -> datetime | None:
    """When the next thing is due on the own clock of a sandbox; None when nothing is."""
    open_ = _all().filter(customer_id=customer_id, own_clock=True, parked_at=None)
    at: datetime | None = open_.aggregate(at=Min("due_at"))["at"]
    return at


def due_kinds(customer_id: UUID, *, now: datetime) -> list[str]:
    """Kinds of what is due by `now` on the own clock of a sandbox, in order; the same kind once for each entry."""
    found = _due(now).filter(customer_id=customer_id, own_clock=True).order_by("due_at", "id")
    return list(found.values_list("kind", flat=True))


def failed(customer_id: UUID) -> set[Failed]:
    """What did not work when it was tried last on the own clock of a sandbox, whether it is tried again or parked."""
    found = _all().filter(customer_id=customer_id, own_clock=True, lease=None, tries__gt=0)
    return {Failed(row.kind, row.subject, row.key, row.tries, row.reason) for row in found.exclude(reason="")}


def backlog(*, real: datetime) -> Backlog:
    """How the work gets on, as far as it is due by real time."""
    with connection.cursor() as cursor:
        cursor.execute(BACKLOG, [real])
        return Backlog(*cursor.fetchone())


def due_by_kind(*, real: datetime) -> list[tuple[str, int, datetime]]:
    """How much is due by real time, or in hand, and since when the oldest; by kind."""
    found = _due(real).filter(own_clock=False).values_list("kind")
    return list(found.annotate(Count("id"), Min("due_at")).order_by("kind"))


def workers() -> int:
    """How many were heard of in the last half minute; one where nobody says so."""
    with connection.cursor() as cursor:
        cursor.execute(WORKERS)
        return max(int(cursor.fetchone()[0]), 1)


def parked(kind: Kind | None = None, *, limit: int | None = None) -> list[tuple[Entry, datetime, str]]:
    """What nobody tries any more, since when and why, oldest first; of one kind or of all."""
    found = _parked(kind).order_by("parked_at", "id")[:limit]
    return [(_entry(row), row.parked_at, row.reason) for row in found if row.parked_at]


def parked_count(kind: Kind) -> int:
    """How much of a kind nobody tries any more."""
    return _parked(kind).count()


def release_parked(*, real: datetime, kind: Kind | None = None, subject: UUID | None = None) -> int:
    """Let what was parked be tried again from the next sweep on: all of it, or of one kind, or one thing. Returns how much it
    was."""
    found = _parked(kind).filter(**given(subject=subject))
    return found.update(parked_at=None, reason="", tries=0, due_at=real, lease=None, held_until=None)


def _parked(kind: Kind | None) -> QuerySet[Due]:
    return _all().filter(parked_at__isnull=False, **given(kind=None if kind is None else kind.name))


def call_workers(
    *, now: datetime, sandbox: UUID | None = None, but: Collection[Kind] = (), limit: int = 5_000
) -> int:
    """A job for everything that is due and that nobody was called for: by real time, or on a sandbox's clock.

    but   for nothing of these kinds

    Returns how many. This is the sweep: what was due in the far future, what failed, what a killed worker left.
    """
    mine = Q(own_clock=False) if sandbox is None else Q(own_clock=True, customer_id=sandbox)
    wanted = _due(now).filter(mine).exclude(kind__in=[kind.name for kind in but])
    with transaction.atomic():
        due = list(_free(wanted).order_by("due_at", "id")[:limit])
        Due.objects.filter(id__in=[row.id for row in due]).update(lease=None, held_until=Now() + _CALLED)
        for lane in Lane:
            called = [
                {"kind": row.kind, "subject": str(row.subject), "key": row.key}
                for row in due
                if row.lane == lane.value
            ]
            queue.defer_each(queue.WORK, called, lane=lane)
    return len(due)


def take(entry: Entry, *, now: datetime) -> Entry | None:
    """Take this entry if it is due at `now` and in nobody's hands; see `claim`."""
    mine = Q(kind=entry.kind, subject=entry.subject, key=entry.key)
    return _take(_due(now).filter(mine))


def claim(*, now: datetime, kinds: Collection[Kind], customer_id: UUID | None = None) -> Entry | None:
    """Take what is due first, of one customer or of all that live by real time. Nobody else gets it until it is
    done or its lease ends.
    """
    whose = Q(own_clock=False) if customer_id is None else Q(customer_id=customer_id)
    return _take(_due(now).filter(whose, kind__in=[kind.name for kind in kinds]))


def in_hand(*, now: datetime, customer_id: UUID) -> bool:
    """Whether somebody is about to do what is due for this customer."""
    theirs = _all().filter(customer_id=customer_id, own_clock=True, due_at__lte=now)
    return theirs.filter(lease__isnull=False, held_until__gt=Now()).exists()


def finish(entry: Entry) -> None:
    """It is done. What was written down meanwhile of the same stays."""
    _ours(entry).delete()


def sleep(entry: Entry) -> None:
    """It waits for somebody rather than for a moment: see `wake`."""
    _ours(entry).update(due_at=None, lease=None, held_until=None, tries=0)


def fail(entry: Entry, reason: str, *, now: datetime, most: int = MAX_TRIES) -> None:
    """It did not work: again after a pause, at last never, but with the reason.

    most   after so many tries it is parked
    """
    if entry.tries >= most:
        log.error("%s of %s is parked: %s", entry.kind, entry.subject, reason)
        parked_at = Now()
    else:
        parked_at = None
    pause = min(_FIRST_PAUSE * 2 ** (entry.tries - 1), _LONGEST_PAUSE)
    _ours(entry).update(
        due_at=now + pause,
        lease=None,
        held_until=None,
        parked_at=parked_at,
        reason=reason.replace("\x00", "")[:200],
    )


def _all() -> QuerySet[Due]:
    """With those of the transaction that asks."""
    use_case.write_gathered()
    return Due.objects.all()


def _due(now: datetime) -> QuerySet[Due]:
    return _all().filter(due_at__lte=now, parked_at=None)


def _free(found: QuerySet[Due]) -> QuerySet[Due]:
    return found.filter(Q(held_until=None) | Q(held_until__lte=Now())).select_for_update(skip_locked=True)


def _take(found: QuerySet[Due]) -> Entry | None:
    """The first that is in nobody's hands. A worker that was called for it may be slower than we: it finds nothing."""
    with transaction.atomic():
        free = found.filter(Q(lease=None) | Q(held_until__lte=Now()))
        for row in free.select_for_update(skip_locked=True).order_by("due_at", "id")[:_LOOKED_AT]:
            if row.tries < MAX_TRIES:
                row.lease, row.tries, row.held_until = uuid4(), row.tries + 1, Now() + LEASE
                row.save(update_fields=["lease", "tries", "held_until"])
                return _entry(row)
            row.lease, row.parked_at = None, Now()
            row.reason = row.reason or "whoever did it ended in the middle, each time"
            row.save(update_fields=["lease", "parked_at", "reason"])
            log.error("%s of %s is parked: %s", row.kind, row.subject, row.reason)
    return None


def _ours(entry: Entry) -> QuerySet[Due]:
    return Due.objects.filter(kind=entry.kind, subject=entry.subject, key=entry.key, lease=entry.lease)


def _entry(row: Due) -> Entry:
    return Entry(
        row.kind, row.subject, row.key, row.customer_id, row.own_clock, row.due_at, row.tries, row.lease
    )
