from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import Q, QuerySet

from abono.domain.customers.queries import PEOPLE
from abono.domain.identity import queries, sessions
from abono.domain.identity.addresses import shown
from abono.domain.identity.errors import AddressTaken, KeyMadeBefore, NoSuchKey
from abono.domain.identity.keys import digest
from abono.domain.identity.models import ApiKey, Membership, Person
from abono.domain.identity.types import Profile
from abono.kernel import key_text
from abono.kernel.ids import uuid7
from abono.kernel.written import one_form
from abono.platform import agenda, events
from abono.platform.lookups import CHANGED
from abono.platform.queue import Lane
from abono.platform.use_case import forget, use_case

KEY_ENDS = agenda.Kind("key_ends", Lane.UPKEEP, real=True)  # programs of a sandbox live by real time, too
DAYS_BEFORE_KEY_ENDS = (14, 3)


def ensure_person(*, email: str, name: str, language: str, now: datetime) -> tuple[Person, bool]:
    """The person with this e-mail, made without a password when new. Returns (person, is new).

    Whoever is known stays as they are: an account is touched only with its owner's consent (CON-9).
    """
    address = one_form(email)
    person = Person(email=address, name=name, language=language, created_at=now)
    person.set_unusable_password()
    Person.objects.bulk_create([person], ignore_conflicts=True)  # somebody is known, or faster
    kept = Person.objects.get(email=address)
    return kept, kept.id == person.id


def add_member(*, person_id: UUID, customer_id: UUID, profile: Profile, actor: str, now: datetime) -> None:
    """Make the person a member; a second call changes nothing but the profile."""
    Membership.objects.bulk_create(
        [Membership(person_id=person_id, customer_id=customer_id, profile=profile.value, since=now)],
        update_conflicts=True,
        unique_fields=["person", "customer"],
        update_fields=["profile", "deactivated_at"],
    )
    forget(PEOPLE)
    events.record(
        name="member.added",
        subject=("person", person_id),
        customer_id=customer_id,
        actor=actor,
        now=now,
        after={"profile": profile.value},
    )


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
    addresses: Sequence[str] = (),
) -> tuple[UUID, str]:
    """Make an API key. Returns its id and its text, which nobody can see again (ACC-4). Raises KeyMadeBefore.

    addresses   from where it may come, as `addresses.read` gives them; from anywhere without any
    """
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
        addresses=list(addresses),
    )
    for days in DAYS_BEFORE_KEY_ENDS:
        if expires_at is not None and (at := expires_at - timedelta(days=days)) > now:
            agenda.note(KEY_ENDS, subject=key.id, key=str(days), customer_id=customer_id, due_at=at, now=now)
    events.record(
        name="key.issued",
        subject=("key", key.id),
        customer_id=customer_id,
        actor=actor,
        now=now,
        after={
            "scopes": list(scopes),
            "expires_at": None if expires_at is None else expires_at.isoformat(),
            "addresses": list(addresses),
        },
        data={"prefix": key.prefix},
    )
    return key.id, text


def bind_key(
    *, key_id: UUID, addresses: Sequence[str], actor: str, now: datetime
) -> tuple[tuple[str, ...], bool]:
    """Let a key come from these addresses alone, or from anywhere without any; at once, everywhere. Returns what held before,
    and whether this is another. Raises NoSuchKey.
    """
    found = ApiKey.objects.filter(id=key_id, revoked_at=None)
    key = found.first()
    if key is None:
        raise NoSuchKey()
    before = [shown(network) for network in key.addresses]
    if set(before) == set(addresses):
        return tuple(before), False
    if not found.filter(addresses=before).update(addresses=list(addresses)):  # somebody was faster
        return bind_key(key_id=key_id, addresses=addresses, actor=actor, now=now)
    _tell_processes(key)
    events.record(
        name="key.bound",
        subject=("key", key.id),
        customer_id=key.customer_id,
        actor=actor,
        now=now,
        before={"addresses": before},
        after={"addresses": list(addresses)},
        data={"prefix": key.prefix},
    )
    return tuple(before), True


def end_key_at(*, key_id: UUID, at: datetime, actor: str, now: datetime) -> None:
    """Let a key work until `at` and no longer than it would have; processes that cache it are told."""
    found = ApiKey.objects.filter(id=key_id, revoked_at=None)
    if not found.filter(Q(expires_at=None) | Q(expires_at__gt=at)).update(expires_at=at):
        return
    _ends("key.ends", found.get(), actor=actor, now=now, after={"expires_at": at.isoformat()})


@use_case
def revoke_key(*, key_id: UUID, actor: str, now: datetime) -> None:
    """End a key at once, everywhere: processes that cache it are told. Raises NoSuchKey."""
    ended = ApiKey.objects.filter(id=key_id, revoked_at=None).update(revoked_at=now)
    key = ApiKey.objects.filter(id=key_id).first()
    if key is None:
        raise NoSuchKey()
    if ended:
        _ends("key.revoked", key, actor=actor, now=now, before={"scopes": key.scopes})


def _ends(
    name: str,
    key: ApiKey,
    *,
    actor: str,
    now: datetime,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
) -> None:
    """Written down, told to every process that remembers the key, and nobody is warned of it any more."""
    for days in DAYS_BEFORE_KEY_ENDS:
        agenda.withdraw(KEY_ENDS, subject=key.id, key=str(days))
    _tell_processes(key)
    events.record(
        name=name,
        subject=("key", key.id),
        customer_id=key.customer_id,
        actor=actor,
        now=now,
        before=before,
        after=after,
        data={"prefix": key.prefix},
    )


def _tell_processes(key: ApiKey) -> None:
    """Those that remember it ask again."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANGED, str(key.id)])


@use_case
def choose_password(*, person_id: UUID, password: str, keep: str, actor: str, now: datetime) -> None:
    """The person chose a password: by the link in their mail, or signed in. Their other sessions end.

    keep   key of the session that goes on; "" for none
    """
    before = Person.objects.get(id=person_id).has_usable_password()
    set_password(person_id=person_id, password=password)
    note(name="password.changed" if before else "password.set", person_id=person_id, actor=actor, now=now)
    sessions.end_others(person_id=person_id, keep=keep, actor=actor, now=now)


@use_case
def change_email(
    *, person_id: UUID, before: str, after: str, keep: str, actor: str, now: datetime
) -> UUID | None:
    """The person showed that the address is theirs, and signs in with it from now on. Their other sessions end.

    keep   key of the session that goes on

    Returns the change, by which it is taken back. None, and nothing done, where the address is not `before` any more.
    Raises AddressTaken.
    """
    if not _readdress(Person.objects.filter(id=person_id, email=before), after):
        return None
    change = _note_email(queries.CHANGED, person_id, before, after, actor, now)
    sessions.end_others(person_id=person_id, keep=keep, actor=actor, now=now)
    return change


@use_case
def take_back_email(*, person_id: UUID, address: str, change: UUID, actor: str, now: datetime) -> bool:
    """Whoever has the address from before says that it was not them: it is the account's again, and whoever knew the
    password knows it in vain. All sessions end.

    change   with which the address went, and from then on all that is undone

    Returns False, and does nothing, where it is the account's already, or the change is undone. Raises AddressTaken.
    """
    person = Person.objects.get(id=person_id)
    before = person.email
    person.set_unusable_password()
    own = Person.objects.filter(id=person_id, email=before)
    # Looked at after the address: who takes it back at the same moment either finds another one there, or is seen here.
    if before == address or queries.is_undone(person_id, change):
        return False
    if not _readdress(own, address, password=person.password):
        return False
    _note_email(queries.TAKEN_BACK, person_id, before, address, actor, now, change=str(change))
    sessions.end_others(person_id=person_id, keep="", actor=actor, now=now)
    return True


def _readdress(who: QuerySet[Person], address: str, **also: str) -> bool:
    try:
        with transaction.atomic():
            forget(PEOPLE)
            return who.update(email=address, **also) > 0
    except IntegrityError:
        raise AddressTaken() from None


def _note_email(
    name: str, person_id: UUID, before: str, after: str, actor: str, now: datetime, **data: str
) -> UUID:
    return events.record(
        name=name,
        subject=("person", person_id),
        customer_id=None,
        actor=actor,
        now=now,
        personal=events.Personal(before={"email": before}, after={"email": after}),
        data=data,
    )


def note(
    *,
    name: str,
    person_id: UUID,
    actor: str,
    now: datetime,
    data: dict[str, object] | None = None,
    why: str = "",
) -> None:
    """Write down what somebody did to sign in, or tried to (ACC-6); from where is known."""
    events.record(
        name=name,
        subject=("person", person_id),
        customer_id=None,
        actor=actor,
        now=now,
        why=why,
        data=data or {},
    )
