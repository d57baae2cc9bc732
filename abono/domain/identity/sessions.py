"""Sessions of people: where somebody is signed in, since when, and ending it (ACC-3).

The rows are allauth's; beside each stands Django's own session, which is what lets a browser in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session

from abono.platform import events
from abono.platform.models import CacheEntry
from abono.platform.running import purge
from abono.platform.use_case import use_case

NOWHERE = "0.0.0.0"  # noqa: S104 - of a session that did not begin over the network
_LETTERS_OF_AGENT = 200


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """One place where a person is signed in. `name` tells sessions apart and lets nobody in."""

    name: str
    began_at: datetime
    seen_at: datetime
    address: str
    agent: str  # what the browser says of itself
    current: bool


def begin(*, person_id: UUID, key: str, address: str, agent: str, now: datetime) -> None:
    """Note that a session of this person began."""
    UserSession.objects.update_or_create(
        session_key=key,
        defaults={
            "user_id": person_id,
            "ip": address or NOWHERE,
            "user_agent": agent[:_LETTERS_OF_AGENT],
            "created_at": now,
            "last_seen_at": now,
        },
    )


def touch(*, key: str, address: str, now: datetime) -> None:
    """Note that the session was used, and from where."""
    UserSession.objects.filter(session_key=key).update(last_seen_at=now, ip=address or NOWHERE)


def follow(*, old: str, new: str) -> None:
    """The session goes on under another key."""
    UserSession.objects.filter(session_key=old).update(session_key=new)


def of(person_id: UUID, *, current: str, now: datetime) -> list[SessionInfo]:
    """Sessions of a person that still let somebody in, the one with the key `current` first, then the last used."""
    rows = [
        SessionInfo(
            name=name(row.session_key),
            began_at=row.created_at,
            seen_at=row.last_seen_at,
            address="" if row.ip == NOWHERE else row.ip,
            agent=row.user_agent,
            current=row.session_key == current,
        )
        for row in _living(person_id, now)
    ]
    return sorted(rows, key=lambda one: (one.current, one.seen_at), reverse=True)


@use_case
def end(*, person_id: UUID, named: str, actor: str, now: datetime) -> bool:
    """End the session of this name, at once. Returns whether there was one."""
    return (
        _end(
            person_id, (one for one in _living(person_id, now) if name(one.session_key) == named), actor, now
        )
        > 0
    )


@use_case
def end_others(*, person_id: UUID, keep: str, actor: str, now: datetime) -> int:
    """End all sessions of a person but the one with the key `keep`; "" keeps none. Returns how many ended."""
    return _end(person_id, (one for one in _living(person_id, now) if one.session_key != keep), actor, now)


def forget(*, key: str) -> None:
    """The session ended: its person signed out, or left it idle."""
    UserSession.objects.filter(session_key=key).delete()


def forget_ended(*, now: datetime) -> None:
    """Sessions that are over, what remained of them, and codes that nobody could use again anyway."""
    purge.rows("codes that were used", CacheEntry.objects.filter(expires__lt=now))
    purge.rows("sessions", Session.objects.filter(expire_date__lt=now))
    gone = UserSession.objects.exclude(session_key__in=Session.objects.values("session_key"))
    purge.rows("sessions of people", gone)


def name(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def _living(person_id: UUID, now: datetime) -> list[UserSession]:
    living = Session.objects.filter(expire_date__gt=now).values("session_key")
    return list(UserSession.objects.filter(user_id=person_id, session_key__in=living))


def _end(person_id: UUID, rows: Iterable[UserSession], actor: str, now: datetime) -> int:
    ended = list(rows)
    for row in ended:
        events.record(
            name="session.ended",
            subject=("person", person_id),
            customer_id=None,
            actor=actor,
            now=now,
            data={"session": name(row.session_key)},
        )
    keys = [row.session_key for row in ended]
    Session.objects.filter(session_key__in=keys).delete()
    UserSession.objects.filter(session_key__in=keys).delete()
    return len(ended)
