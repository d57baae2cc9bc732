"""What the fast lane has to know of people, many customers at a time."""

from __future__ import annotations

# Who administers customers and may sign in, oldest first, as `queries.administrators`: customer and name.
ADMINISTRATORS = (
    "SELECT m.customer_id, p.name FROM identity_membership m JOIN identity_person p ON p.id = m.person_id"
    " WHERE m.customer_id = ANY (%s::uuid[]) AND m.profile = 'administrator' AND m.deactivated_at IS NULL AND p.is_active"
    " ORDER BY m.since, m.id"
)
