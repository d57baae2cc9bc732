"""What the fast lane has to know of people, many customers at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from abono.kernel.ids import first_id, parse, public

# Who administers customers and may sign in, oldest first, as `queries.administrators`: customer and name.
ADMINISTRATORS = (
    "SELECT m.customer_id, p.name FROM identity_membership m JOIN identity_person p ON p.id = m.person_id"
    " WHERE m.customer_id = ANY (%s::uuid[]) AND m.profile = 'administrator' AND m.deactivated_at IS NULL AND p.is_active"
    " ORDER BY m.since, m.id"
)

# Addresses of members, active or not, of any of these customers and people: that of now, and those that they had since an event
# (as queries.earlier_addresses), the last one first.
ADDRESSES = (
    "SELECT m.customer_id, m.person_id, p.email,"
    " ARRAY(SELECT v.before->>'email' FROM platform_event e JOIN platform_personalvalues v ON v.event_id = e.id"
    " WHERE e.subject_id = p.id AND e.id >= s.since AND e.name IN ('email.changed', 'email.taken_back')"
    " AND NOT EXISTS (SELECT FROM identity_person o WHERE o.email = v.before->>'email') ORDER BY e.id DESC)"
    " FROM (SELECT %s::uuid AS since) s, identity_membership m JOIN identity_person p ON p.id = m.person_id"
    " WHERE m.customer_id = ANY (%s::uuid[]) AND m.person_id = ANY (%s::uuid[])"
)
_EARLIER = timedelta(days=2)  # so long, about, a sign-in may go on under the address with which it began

type Member = tuple[UUID, str]  # of a customer, by public id
type Addresses = tuple[str, ...]  # that of now, then those before it


def of_members(members: Collection[Member], *, now: datetime) -> tuple[UUID, list[UUID], list[UUID]]:
    """The arguments of ADDRESSES; what is no id of a person is left out. `now` is real time."""
    people = {key for _customer, name in members if (key := parse("usr", name)) is not None}
    return first_id(now - _EARLIER), list({customer for customer, _name in members}), list(people)


def by_member(rows: Iterable[tuple[UUID, UUID, str, list[str]]]) -> dict[Member, Addresses]:
    """The addresses in rows of ADDRESSES."""
    return {(customer, public("usr", person)): (email, *before) for customer, person, email, before in rows}
