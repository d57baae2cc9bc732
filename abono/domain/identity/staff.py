"""Who works for the seller, and as what (ACC-5)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from abono.domain.identity.errors import LastOwner, NoRoleChosen, NoSuchColleague
from abono.domain.identity.models import Membership, Person, StaffRole
from abono.domain.identity.roles import Act, Role, acts_of
from abono.platform import events
from abono.platform.use_case import use_case


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who works for the seller and may sign in. `since` is when they got the first of their roles."""

    person_id: UUID
    public_id: str
    name: str
    email: str
    language: str
    roles: tuple[Role, ...]  # in the order of the table
    since: datetime
    came: bool  # has chosen a password

    @property
    def actor(self) -> str:
        return f"person:{self.person_id}"

    @property
    def acts(self) -> frozenset[Act]:
        return acts_of(self.roles)

    @property
    def can(self) -> dict[str, bool]:
        """For templates: `{% if request.staff.can.correct %}`"""
        return {act.value: act in self.acts for act in Act}


def colleague(person_id: UUID) -> Colleague | None:
    """Who this is for the seller; None for everybody else. One statement."""
    return next(iter(_colleagues(person_id=person_id)), None)


def colleagues(*, who_may: Act | None = None) -> list[Colleague]:
    """Everybody who works for the seller, by name; only those who may do `who_may` when it is given."""
    return [one for one in _colleagues() if who_may is None or who_may in one.acts]


@use_case
def set_roles(*, person_id: UUID, roles: Collection[Role], actor: str, now: datetime) -> bool:
    """Let somebody work for the seller as this from now on, and as nothing else. It holds from their next request on.

    Returns whether that changed anything. Raises NoRoleChosen, and LastOwner where nobody would be left who lets people in.
    """
    if not roles:
        raise NoRoleChosen()
    return _change(person_id, frozenset(roles), actor=actor, now=now)


@use_case
def remove(*, person_id: UUID, actor: str, now: datetime) -> None:
    """Somebody works for the seller no longer: no page of the back office opens for them from now on. Who is no
    customer's member either cannot sign in any more, and is signed out everywhere.

    Raises NoSuchColleague, LastOwner.
    """
    if not _change(person_id, frozenset(), actor=actor, now=now):
        raise NoSuchColleague()


def _change(person_id: UUID, wanted: frozenset[Role], *, actor: str, now: datetime) -> bool:
    owners = _hold_owners()
    rows = {Role(row.role): row for row in StaffRole.objects.filter(person_id=person_id, ended_at=None)}
    before = frozenset(rows)
    if before == wanted:
        return False
    if Role.OWNER in before - wanted and owners == {person_id}:
        raise LastOwner()
    ended = [rows[role].id for role in before - wanted]
    StaffRole.objects.filter(id__in=ended).update(ended_at=now, ended_by=actor)
    StaffRole.objects.bulk_create(
        StaffRole(person_id=person_id, role=role.value, since=now, granted_by=actor)
        for role in _in_order(wanted - before)
    )
    member = Membership.objects.filter(person_id=person_id, deactivated_at=None).exists()
    Person.objects.filter(id=person_id).update(is_staff=bool(wanted), is_active=bool(wanted) or member)
    events.record(
        name="staff.roles_changed" if before and wanted else "staff.added" if wanted else "staff.removed",
        subject=("person", person_id),
        customer_id=None,
        actor=actor,
        now=now,
        before={"roles": [role.value for role in _in_order(before)]},
        after={"roles": [role.value for role in _in_order(wanted)]},
    )
    return True


def _hold_owners() -> set[UUID]:
    """Who is owner; nobody else changes roles until the transaction ends, so that of two owners who remove each other
    one stays."""
    rows = StaffRole.objects.select_for_update().filter(role=Role.OWNER.value, ended_at=None).order_by("id")
    return {row.person_id for row in rows}


def _colleagues(**who: UUID) -> list[Colleague]:
    rows = StaffRole.objects.select_related("person").filter(
        ended_at=None, person__is_active=True, person__is_staff=True, **who
    )
    of: dict[UUID, list[StaffRole]] = {}
    for row in rows.order_by("person__name", "person_id", "since"):
        of.setdefault(row.person_id, []).append(row)
    return [_colleague(own) for own in of.values()]


def _colleague(own: list[StaffRole]) -> Colleague:
    person = own[0].person
    return Colleague(
        person_id=person.id,
        public_id=person.public_id,
        name=person.name,
        email=person.email,
        language=person.language,
        roles=tuple(_in_order({Role(row.role) for row in own})),
        since=own[0].since,
        came=person.has_usable_password(),
    )


def _in_order(roles: Collection[Role]) -> list[Role]:
    return [role for role in Role if role in roles]
