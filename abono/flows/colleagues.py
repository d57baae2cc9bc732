"""Let people into the seller's back office, and tell them; let them in no longer (ACC-5)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from abono.domain.identity import actions as identity
from abono.domain.identity import queries as people
from abono.domain.identity import staff
from abono.domain.identity.errors import IsAMember, NoSuchColleague
from abono.domain.identity.queries import KeyInfo
from abono.domain.identity.roles import Role
from abono.domain.identity.staff import Colleague
from abono.flows import keys
from abono.flows.tell import tell_staff
from abono.kernel.ids import parse, uuid7
from abono.platform.use_case import use_case


@use_case
def let_in(
    *, email: str, name: str, language: str, roles: Collection[Role], actor: str, now: datetime
) -> Colleague:
    """Somebody works for the seller from now on, in these roles.

    Who works for the seller already keeps their name and gets exactly these roles. Raises IsAMember, NoRoleChosen,
    LastOwner.
    """
    person, _new = identity.ensure_person(email=email, name=name, language=language, now=now)
    if people.memberships(person.id):
        raise IsAMember()
    staff.set_roles(person_id=person.id, roles=roles, actor=actor, now=now)
    return _colleague(person.id)


@use_case
def invite_colleague(
    *,
    email: str,
    name: str,
    language: str,
    roles: Collection[Role],
    by: str,
    actor: str,
    now: datetime,
) -> Colleague:
    """The same, and an e-mail leads them to choose a password.

    by   the name of who lets them in, as the mail says it
    """
    found = let_in(email=email, name=name, language=language, roles=roles, actor=actor, now=now)
    return send_link(person_id=found.person_id, by=by, now=now)


@use_case
def send_link(*, person_id: UUID, by: str, now: datetime) -> Colleague:
    """Mail them the way in once more. Raises NoSuchColleague."""
    found = _colleague(person_id)
    tell_staff(
        people=[found],
        kind="staff_invited",
        key=str(uuid7()),
        facts={
            "name": found.name,
            "by": by,
            "person_id": str(found.person_id),
            "person_email": found.email,
        },
        now=now,
    )
    return found


@use_case
def let_out(*, person_id: UUID, end_keys: bool, by: str, actor: str, now: datetime) -> list[KeyInfo]:
    """Somebody works for the seller no longer, from this moment on (`staff.remove`). Returns the seller's keys that they
    made, which they may have kept: they end as well, or go on where programs live by them.

    Raises NoSuchColleague, LastOwner; then no key ended.
    """
    made = people.keys_made_by(f"person:{person_id}", customer_id=None, now=now)
    staff.remove(person_id=person_id, actor=actor, now=now)
    for key in made if end_keys else ():
        key_id = parse("key", key.public_id)
        assert key_id is not None
        keys.end_key(key_id=key_id, customer_id=None, by=by, actor=actor, now=now)
    return made


def _colleague(person_id: UUID) -> Colleague:
    found = staff.colleague(person_id)
    if found is None:
        raise NoSuchColleague()
    return found
