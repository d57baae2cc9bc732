from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Q

from abono.domain.identity import sessions
from abono.domain.identity.errors import KeyMadeBefore, NoSuchInvitation, NoSuchKey
from abono.domain.identity.keys import digest
from abono.domain.identity.models import ApiKey, Invitation, Membership, Person
from abono.domain.identity.types import Profile
from abono.kernel import key_text
from abono.kernel.ids import uuid7
from abono.kernel.written import one_form
from abono.platform import events
from abono.platform.lookups import CHANGED
from abono.platform.use_case import use_case


def ensure_person(*, email: str, name: str, language: str, now: datetime) -> tuple[Person, bool]:
    """The person with this e-mail, made without a password when new. Returns (person, is new).

    Whoever is known stays as they are: an account is touched only with its owner's consent (CON-9).
    """
    address = one_form(email)
    found = Person.objects.filter(email=address).first()
    if found is not None:
        return found, False
    person = Person(email=address, name=name, language=language, created_at=now)
    person.set_unusable_password()
    Person.objects.bulk_create([person], ignore_conflicts=True)  # somebody may be faster
    kept = Person.objects.get(email=address)
    return kept, kept.id == person.id


def add_member(*, person_id: UUID, customer_id: UUID, profile: Profile, actor: str, now: datetime) -> None:
    """Make the person a member; a second call changes nothing but the profile."""
    Membership.objects.update_or_create(
        person_id=person_id,
        customer_id=customer_id,
        defaults={"profile": profile.value, "deactivated_at": None},
        create_defaults={"profile": profile.value, "since": now},
    )
    events.record(
        name="member.added",
        subject=("person", person_id),
        customer_id=customer_id,
        actor=actor,
        now=now,
        after={"profile": profile.value},
    )


def invite(*, person_id: UUID, customer_id: UUID, profile: Profile, actor: str, now: datetime) -> UUID:
    """Let a membership wait for the person's consent (CON-9). Returns the invitation's id.

    A second call while the first waits gives the same one.
    """
    invitation, new = Invitation.objects.get_or_create(
        person_id=person_id,
        customer_id=customer_id,
        answered_at=None,
        defaults={"profile": profile.value, "created_at": now},
    )
    if new:
        events.record(
            name="member.invited",
            subject=("person", person_id),
            customer_id=customer_id,
            actor=actor,
            now=now,
            after={"profile": profile.value},
        )
    return invitation.id


@use_case
def answer_invitation(*, invitation_id: UUID, person_id: UUID, accept: bool, now: datetime) -> UUID:
    """The person becomes a member, or refuses. Returns the customer. Raises NoSuchInvitation."""
    own = Invitation.objects.filter(
        id=invitation_id,
        person_id=person_id,
        answered_at=None,
        person__is_active=True,
        person__is_staff=False,
    )
    invitation = own.first()
    if invitation is None or not own.update(answered_at=now, accepted=accept):  # of two answers one counts
        raise NoSuchInvitation()
    actor = f"person:{person_id}"
    if accept:
        add_member(
            person_id=person_id,
            customer_id=invitation.customer_id,
            profile=Profile(invitation.profile),
            actor=actor,
            now=now,
        )
    else:
        events.record(
            name="member.refused",
            subject=("person", person_id),
            customer_id=invitation.customer_id,
            actor=actor,
            now=now,
            before={"profile": invitation.profile},
        )
    return invitation.customer_id


def set_password(*, person_id: UUID, password: str) -> None:
    """Replace the person's password, for whoever makes a world; people themselves `choose_password`."""
    person = Person.objects.get(id=person_id)
    person.set_password(password)
    person.save(update_fields=["password"])


def set_language(*, person_id: UUID, language: str) -> None:
    Person.objects.filter(id=person_id).update(language=language)


@use_case
def issue_key(
    *,
    name: str,
    customer_id: UUID | None,
    scopes: tuple[str, ...],
    expires_at: datetime | None,
    actor: str,
    now: datetime,
    key_id: UUID | None = None,
) -> tuple[UUID, str]:
    """Make an API key. Returns its id and its text, which nobody can see again (ACC-4). Raises KeyMadeBefore."""
    if key_id is not None and ApiKey.objects.filter(id=key_id).exists():
        raise KeyMadeBefore()
    text = key_text.new()
    key = ApiKey.objects.create(
        id=key_id or uuid7(),
        name=name,
        prefix=text[:12],
        hash=digest(text),
        customer_id=customer_id,
        created_by=actor,
        scopes=list(scopes),
        created_at=now,
        expires_at=expires_at,
    )
    events.record(
        name="key.issued",
        subject=("key", key.id),
        customer_id=customer_id,
        actor=actor,
        now=now,
        after={"scopes": list(scopes), "expires_at": None if expires_at is None else expires_at.isoformat()},
        data={"prefix": key.prefix},
    )
    return key.id, text


def end_key_at(*, key_id: UUID, at: datetime, actor: str, now: datetime) -> None:
    """Let a key work until `at` and no longer than it would have; processes that cache it are told."""
    found = ApiKey.objects.filter(id=key_id, revoked_at=None)
    if not found.filter(Q(expires_at=None) | Q(expires_at__gt=at)).update(expires_at=at):
        return
    key = found.get()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANGED, str(key_id)])
    events.record(
        name="key.ends",
        subject=("key", key.id),
        customer_id=key.customer_id,
        actor=actor,
        now=now,
        after={"expires_at": at.isoformat()},
        data={"prefix": key.prefix},
    )


@use_case
def revoke_key(*, key_id: UUID, actor: str, now: datetime) -> None:
    """End a key at once, everywhere: processes that cache it are told. Raises NoSuchKey."""
    ended = ApiKey.objects.filter(id=key_id, revoked_at=None).update(revoked_at=now)
    key = ApiKey.objects.filter(id=key_id).first()
    if key is None:
        raise NoSuchKey()
    if ended:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, %s)", [CHANGED, str(key_id)])
        events.record(
            name="key.revoked",
            subject=("key", key.id),
            customer_id=key.customer_id,
            actor=actor,
            now=now,
            before={"scopes": key.scopes},
            data={"prefix": key.prefix},
        )


@use_case
def choose_password(*, person_id: UUID, password: str, keep: str, actor: str, now: datetime) -> None:
    """The person chose a password: by the link in their mail, or signed in. Their other sessions end.

    keep   key of the session that goes on; "" for none
    """
    person = Person.objects.get(id=person_id)
    before = person.has_usable_password()
    person.set_password(password)
    person.save(update_fields=["password"])
    note(name="password.changed" if before else "password.set", person_id=person_id, actor=actor, now=now)
    sessions.end_others(person_id=person_id, keep=keep, actor=actor, now=now)


def note(
    *, name: str, person_id: UUID, actor: str, now: datetime, data: dict[str, object] | None = None
) -> None:
    """Write down what somebody did to sign in, or tried to (ACC-6); from where is known."""
    events.record(
        name=name, subject=("person", person_id), customer_id=None, actor=actor, now=now, data=data or {}
    )
