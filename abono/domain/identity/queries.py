from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, QuerySet

from abono.domain.customers import queries as customers
from abono.domain.customers.types import Organization
from abono.domain.identity.addresses import shown
from abono.domain.identity.errors import NoSuchKey
from abono.domain.identity.models import ApiKey, Membership, Person
from abono.domain.identity.types import Member, Profile
from abono.kernel.ids import public
from abono.kernel.written import one_form
from abono.platform import events
from abono.platform.postgres import scope
from abono.platform.postgres.asked import Asked, Slot

CHANGED, TAKEN_BACK = "email.changed", "email.taken_back"
_MOST_TAKEN_BACK = 100  # of an account, that are looked through: each takes a mail and a new password


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """A key as a list shows it; `customer` is the organization's name, None for the seller's own."""

    public_id: str
    name: str
    prefix: str
    customer: str | None
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    addresses: tuple[str, ...] = ()  # from where it may come; from anywhere without any


def find_person(email: str) -> Person | None:
    """The person with this e-mail, whatever its case."""
    return Person.objects.filter(email=one_form(email)).first()


def person(person_id: UUID) -> Person | None:
    return Person.objects.filter(id=person_id).first()


def is_undone(person_id: UUID, change: UUID) -> bool:
    """Whether the account's address was taken back since, from before this change of it: then whoever made the change has
    no say in it any more."""
    found = events.page(customer_id=None, name=TAKEN_BACK, subject=person_id, limit=_MOST_TAKEN_BACK)
    return any(UUID(str(one.data["change"])) < change < one.id for one in found)


def earlier_addresses(person_id: UUID) -> list[str]:
    """With which they signed in before, and that are nobody else's now."""
    found: set[str] = set()
    for name in (CHANGED, TAKEN_BACK):
        with scope.over_all():  # an address concerns no customer
            changes = events.page(customer_id=None, name=name, subject=person_id, limit=_MOST_TAKEN_BACK)
        found.update(str((one.personal_before or {}).get("email", "")) for one in changes)
    others = Person.objects.filter(email__in=found).values_list("email", flat=True)
    return sorted(found.difference(others, {""}))


def memberships(person_id: UUID) -> list[Member]:
    """Every organization in which the person is active, oldest first."""
    return [_member(row) for row in _active(person_id=person_id)]


def is_deactivated(person_id: UUID) -> bool:
    """Whether the person was a member of an organization that may bring them back."""
    return Membership.objects.filter(person_id=person_id, deactivated_at__isnull=False).exists()


def organizations(person_id: UUID) -> list[tuple[Member, Organization]]:
    """The same with each organization, and who administers that."""
    found = _ORGANIZATIONS.all(person=person_id)
    return [(_member(row), customers.organization(row.customer)) for row in found]


def _organizations() -> QuerySet[Membership]:
    who = _active(customer=OuterRef("customer"), profile=Profile.ADMINISTRATOR.value).values("person__name")
    found = _active(person_id=Slot("person")).select_related("person", "customer")
    return found.annotate(administrators=ArraySubquery(who))


_ORGANIZATIONS = Asked(_organizations)


def names(person_ids: Collection[UUID]) -> dict[UUID, str]:
    """Names of people by id; whoever is not known any more is left out."""
    return dict(Person.objects.filter(id__in=person_ids).values_list("id", "name"))


def administrators(customer_id: UUID) -> list[Member]:
    """Active administrators who may still sign in: whoever left is told nothing, and speaks for nobody."""
    return [_member(row) for row in _active(customer_id=customer_id, profile=Profile.ADMINISTRATOR.value)]


def members(customer_id: UUID) -> list[Member]:
    return [_member(row) for row in _active(customer_id=customer_id)]


def opened(customer_id: UUID) -> bool:
    """Whether an administrator of the organization can sign in: until then who paid may look at it (CON-9)."""
    return _opening(customer_id).exists()


def unopened(customer_id: UUID) -> Organization | None:
    """The organization, as long as it is not opened."""
    return customers.find(customer_id, unless=Exists(_opening(OuterRef("id"))))


def _opening(customer_id: UUID | OuterRef) -> QuerySet[Membership]:
    """Administrators who can sign in."""
    rows = _active(customer_id=customer_id, profile=Profile.ADMINISTRATOR.value)
    return rows.exclude(person__password__startswith=UNUSABLE_PASSWORD_PREFIX)


def _active(**which: object) -> QuerySet[Membership]:
    """Memberships of people who may sign in, oldest first."""
    rows = Membership.objects.filter(deactivated_at=None, person__is_active=True, **which)
    return rows.select_related("person").order_by("since", "id")


def key_maker(key_id: UUID) -> str:
    """Who made a key, as events name actors; empty for no key."""
    return ApiKey.objects.filter(id=key_id).values_list("created_by", flat=True).first() or ""


def key_owner(key_id: UUID) -> UUID | None:
    """Whose key it is; None for the seller's. Raises NoSuchKey for none that was not revoked."""
    row = _kept().filter(id=key_id).first()
    if row is None:
        raise NoSuchKey()
    return row.customer_id


def issued_keys() -> list[KeyInfo]:
    """Every key that was not revoked, newest first. None can be read: only its first letters are known."""
    return [_key_info(row) for row in _kept().order_by("-id")]


def keys_of(customer_id: UUID | None) -> list[KeyInfo]:
    """The same, of one customer, or of the seller itself."""
    return [_key_info(row) for row in _kept().filter(customer=customer_id).order_by("-id")]


def keys_made_by(actor: str, *, customer_id: UUID | None, now: datetime) -> list[KeyInfo]:
    """Those of one customer, or of the seller itself, that somebody made, and so has seen, and that still work; newest
    first."""
    rows = _kept().filter(customer=customer_id, created_by=actor).exclude(expires_at__lte=now)
    return [_key_info(row) for row in rows.order_by("-id")]


def key(key_id: UUID, *, customer_id: UUID | None) -> KeyInfo:
    """One of theirs that was not revoked. Raises NoSuchKey."""
    row = _kept().filter(id=key_id, customer=customer_id).first()
    if row is None:
        raise NoSuchKey()
    return _key_info(row)


def _kept() -> QuerySet[ApiKey]:
    return ApiKey.objects.select_related("customer").filter(revoked_at=None)


def _key_info(row: ApiKey) -> KeyInfo:
    return KeyInfo(
        public("key", row.id),
        row.name,
        row.prefix,
        None if row.customer is None else row.customer.legal_name,
        tuple(row.scopes),
        row.created_at,
        row.expires_at,
        row.last_used_at,
        tuple(shown(network) for network in row.addresses),
    )


def _member(row: Membership) -> Member:
    return Member(
        person_id=row.person_id,
        customer_id=row.customer_id,
        name=row.person.name,
        email=row.person.email,
        language=row.person.language,
        profile=Profile(row.profile),
        seen_at=row.seen_at,
        administrators=tuple(getattr(row, "administrators", ())),
    )
