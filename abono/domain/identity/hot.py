"""What the fast lane has to know of people, many customers at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

from abono.kernel.ids import parse, public

# Who administers customers and may sign in, oldest first, as `queries.administrators`: customer and name.
ADMINISTRATORS = (
    "SELECT m.customer_id, p.name FROM identity_membership m JOIN identity_person p ON p.id = m.person_id"
    " WHERE m.customer_id = ANY (%s::uuid[]) AND m.profile = 'administrator' AND m.deactivated_at IS NULL AND p.is_active"
    " ORDER BY m.since, m.id"
)

# Addresses of members, active or not, of any of these customers and people.
ADDRESSES = (
    "SELECT m.customer_id, m.person_id, p.email FROM identity_membership m JOIN identity_person p ON p.id = m.person_id"
    " WHERE m.customer_id = ANY (%s::uuid[]) AND m.person_id = ANY (%s::uuid[])"
)

type Member = tuple[UUID, str]  # of a customer, by public id


def of_members(members: Collection[Member]) -> tuple[list[UUID], list[UUID]]:
    """The arguments of ADDRESSES; what is no id of a person is left out."""
    people = {key for _customer, name in members if (key := parse("usr", name)) is not None}
    return list({customer for customer, _name in members}), list(people)


def by_member(rows: Iterable[tuple[UUID, UUID, str]]) -> dict[Member, str]:
    """The addresses in rows of ADDRESSES."""
    return {(customer, public("usr", person)): email for customer, person, email in rows}
