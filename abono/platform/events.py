"""Write down that something happened, in the transaction in which it happened (ACC-6: no entry, no act)."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

import msgspec
from django.db.models import QuerySet

from abono.kernel.ids import first_id, made_at, uuid7, uuid7_texts
from abono.platform import use_case
from abono.platform.given import given
from abono.platform.models import Event, PersonalValues
from abono.platform.origin import origin
from abono.platform.postgres import scope
from abono.platform.postgres.adding import Adding
from abono.platform.postgres.scope import Crossing

RARELY = timedelta(hours=1)
_fast = msgspec.json.Encoder().encode  # what many say of themselves is what `record` is told of one
type _Row = tuple[str | None, ...]
type Facts = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Happening:
    """One event as it was recorded.

    actor         `person:<id>`, `key:<prefix>`, `order:<id>` for who contracts without an account yet, or `system`
    origin        the door through which it came
    before, after what changed; None where nothing was, or nothing is any more
    personal_…    the part of it that tells of persons; None where there is none, or it was erased
    data          other facts
    """

    id: UUID
    name: str
    subject: tuple[str, UUID]
    customer_id: UUID | None
    actor: str
    happened_at: datetime
    origin: str
    why: str
    before: dict[str, object] | None
    after: dict[str, object] | None
    personal_before: dict[str, object] | None
    personal_after: dict[str, object] | None
    data: dict[str, object]


_second: ContextVar[str] = ContextVar("second", default="")  # who agreed to what runs now


@contextmanager
def approved_by(actor: str) -> Iterator[None]:
    """All that is recorded inside the block names this second person too, as `approved_by` of its facts (ACC-5)."""
    token = _second.set(actor)
    try:
        yield
    finally:
        _second.reset(token)


@dataclass(frozen=True, slots=True)
class Personal:
    """What an event tells of persons: kept beside it, where it can be erased."""

    before: Facts | None = None
    after: Facts | None = None


def record(
    *,
    name: str,
    subject: tuple[str, UUID],
    customer_id: UUID | None,
    actor: str,
    now: datetime,
    before: Facts | None = None,
    after: Facts | None = None,
    personal: Personal | None = None,
    why: str = "",
    data: Facts | None = None,
) -> UUID:
    """Append one event; facts are JSON. It is written with the others of its transaction. Returns its id.

    before, after  what was and what is of all that changed, without values that tell of persons: those go into
                   `personal`. From where it came is known (`platform.origin`).
    why            the reason that was given, where one was
    """
    came, event_id = origin(), uuid7()
    row: _Row = (
        str(event_id),
        name,
        subject[0],
        str(subject[1]),
        None if customer_id is None else str(customer_id),
        actor,
        now.isoformat(),
        made_at(event_id).isoformat(),
        came.door,
        why,
        None if before is None else json.dumps(dict(before)),
        None if after is None else json.dumps(dict(after)),
        json.dumps({**(data or {}), **({"approved_by": second} if (second := _second.get()) else {})}),
    )
    values = None
    if personal is not None or came.address:
        of = personal or Personal()
        values = PersonalValues(event_id=event_id, before=of.before, after=of.after, address=came.address)
    with _seen_by_nobody() if customer_id is None else nullcontext():
        use_case.gather(_write, (row, values))
    return event_id


class One(NamedTuple):
    """One of many events of one name: of which subject and customer, with facts as in `record`; `before` and `after` are JSON
    already (`text`), as many have the same."""

    subject_id: UUID
    customer_id: UUID
    before: str | None = None
    after: str | None = None
    data: Facts | None = None


def text(facts: Facts) -> str:
    """Facts as JSON."""
    return json.dumps(facts)


def record_each(*, name: str, subject: str, those: Collection[One], actor: str, now: datetime) -> None:
    """Append one event for each of many subjects of a kind, as `record` does it."""
    came, happened_at, second = origin(), now.isoformat(), _second.get()
    more = {"approved_by": second} if second else {}
    rows = []
    for event_id, one in zip(uuid7_texts(len(those)), those, strict=True):
        row: _Row = (
            event_id,
            name,
            subject,
            one.subject_id.hex,
            one.customer_id.hex,
            actor,
            happened_at,
            _recorded(event_id[:13]),
            came.door,
            "",
            one.before,
            one.after,
            _fast({**one.data, **more} if one.data and more else one.data or more).decode(),
        )
        values = PersonalValues(event_id=UUID(event_id), address=came.address) if came.address else None
        rows.append((row, values))
    use_case.gather(_write, *rows)


@lru_cache(maxsize=16)
def _recorded(head: str) -> str:
    """When ids that begin so were made."""
    return made_at(UUID(head.replace("-", "") + "0" * 20)).isoformat()


_EVENTS = Adding(
    "platform_event",
    "id uuid, name text, subject_type text, subject_id uuid, customer_id uuid, actor text, happened_at timestamptz, "
    "recorded_at timestamptz, origin text, why text, before jsonb, after jsonb, data jsonb",
)


@use_case.late
def _write(happened: Sequence[tuple[_Row, PersonalValues | None]]) -> None:
    _EVENTS.add(row for row, _values in happened)
    PersonalValues.objects.bulk_create(values for _row, values in happened if values is not None)


def record_rarely(
    *,
    name: str,
    subject: tuple[str, UUID],
    customer_id: UUID | None,
    actor: str,
    now: datetime,
    data: Facts | None = None,
) -> None:
    """Append an event, unless the subject has one of this name of the last hour: nobody fills the record by trying."""
    if not count_of(name=name, subject_id=subject[1], since=now - RARELY, most=1):
        record(name=name, subject=subject, customer_id=customer_id, actor=actor, now=now, data=data)


def _seen_by_nobody() -> AbstractContextManager[None]:
    """What concerns no customer is written by what looks across: who works for one does not see it."""
    return nullcontext() if scope.wanted() is None else scope.crossing(Crossing.ACCESS)


def count_of(*, name: str, subject_id: UUID, since: datetime, most: int) -> int:
    """How many events of this name a subject has since a moment; not counted beyond `most`."""
    found = _all().filter(subject_id=subject_id, id__gte=first_id(since), name=name)
    return found[:most].count()


def forget_personal(*, customer_id: UUID) -> None:
    """Erase what events of a customer tell of persons; the events stay whole (OPS-6)."""
    PersonalValues.objects.filter(event__in=_all().filter(customer_id=customer_id)).delete()


def between(*, customer_id: UUID, after: UUID | None = None, until: UUID | None = None) -> list[Happening]:
    """A customer's events recorded after one id, or from the first on, and up to another, or up to now, in order."""
    found = _whole().filter(customer_id=customer_id, **given(id__gt=after, id__lte=until))
    return [_happening(row) for row in found.order_by("id")]


def page(
    *,
    customer_id: UUID | None,
    name: str = "",
    subject: UUID | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: UUID | None = None,
    limit: int,
) -> list[Happening]:
    """Events of one customer, or of all, newest first, a page at a time (API-5).

    since, until   recorded in `[since, until)` of real time
    """
    wanted = given(
        customer_id=customer_id,
        name=name or None,
        subject_id=subject,
        id__gte=None if since is None else first_id(since),
        id__lt=None if until is None else first_id(until),
    )
    found = _whole().filter(**wanted).filter(**given(id__lt=before))
    return [_happening(row) for row in found.order_by("-id")[:limit]]


def about(
    subject_id: UUID, *names: str, after: datetime | None = None, until: datetime | None = None
) -> list[Happening]:
    """What of these names happened to something after a moment, up to one, of its own clock, in order."""
    when = given(happened_at__gt=after, happened_at__lte=until)
    found = _whole().filter(subject_id=subject_id, name__in=names, **when)
    return [_happening(row) for row in found.order_by("happened_at", "id")]


def last(*, name: str, subject: tuple[str, UUID], customer_id: UUID | None = None) -> Happening | None:
    """The newest event of this name about something; None when there never was one.

    customer_id   of this customer alone; None: whosever it is
    """
    kind, key = subject
    found = _whole().filter(subject_type=kind, subject_id=key, name=name, **given(customer_id=customer_id))
    row = found.order_by("-id").first()
    return None if row is None else _happening(row)


def _all() -> QuerySet[Event]:
    """With those of the transaction that asks."""
    use_case.write_gathered()
    return Event.objects.all()


def _whole() -> QuerySet[Event]:
    return _all().select_related("personal")


def _happening(row: Event) -> Happening:
    personal = getattr(row, "personal", None)
    return Happening(
        id=row.id,
        name=row.name,
        subject=(row.subject_type, row.subject_id),
        customer_id=row.customer_id,
        actor=row.actor,
        happened_at=row.happened_at,
        origin=row.origin,
        why=row.why,
        before=row.before,
        after=row.after,
        personal_before=None if personal is None else personal.before,
        personal_after=None if personal is None else personal.after,
        data=row.data,
    )
