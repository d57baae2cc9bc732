"""Members of a customer: who they are, and what an Administrator changes of them (LIC-5, ACC-1).

The caller of what changes something holds the customer, so that of two Administrators who remove each other one stays.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from abono.domain.customers.queries import PEOPLE
from abono.domain.identity import sessions
from abono.domain.identity.errors import AddressBusy, LastAdministrator, NoSuchMember, StaffIsNoMember
from abono.domain.identity.models import Membership
from abono.domain.identity.queries import find_person
from abono.domain.identity.states import MemberState
from abono.domain.identity.types import MemberDetail, Profile
from abono.kernel.ids import parse
from abono.kernel.moment import Moment
from abono.platform import events
from abono.platform.events import Personal
from abono.platform.given import given
from abono.platform.use_case import forget

DELETED = "member.deleted"
SEEN_EVERY = timedelta(minutes=15)  # so that a page costs no statement for it


def get(person_id: UUID, customer_id: UUID) -> MemberDetail:
    """Raises NoSuchMember."""
    return detail(_row(person_id, customer_id))


def listed(
    customer_id: UUID,
    *,
    text: str = "",
    profile: Profile | None = None,
    state: MemberState | None = None,
    offset: int = 0,
    limit: int,
) -> tuple[list[MemberDetail], int]:
    """A page of members by name, and how many there are in all.

    text   in their name or address
    """
    rows = _of(customer_id, text=text, profile=profile, state=state)
    found = rows.order_by("person__name", "person_id")[offset : offset + limit]
    return [detail(row) for row in found], rows.count()


def following(
    customer_id: UUID, *, profile: Profile | None, state: MemberState, after: int | None, limit: int
) -> list[tuple[int, MemberDetail]]:
    """Members after the one at a place of the list, each with their own place; oldest first."""
    rows = _of(customer_id, profile=profile, state=state).filter(**given(id__gt=after))
    return [(row.pk, detail(row)) for row in rows.order_by("id")[:limit]]


def called(customer_id: UUID, names: Collection[str]) -> dict[str, MemberDetail]:
    """Members by how the seller's platform may call them: their public id, or their address in lower case."""
    ids = [key for name in names if (key := parse("usr", name)) is not None]
    rows = _of(customer_id).filter(Q(person_id__in=ids) | Q(person__email__in=list(names)))
    found = [detail(row) for row in rows]
    return {name: one for one in found for name in (one.public_id, one.email)}


def saw(*, person_id: UUID, customer_id: UUID, now: datetime) -> None:
    """The person looked at pages of this organization. In real time."""
    Membership.objects.filter(person_id=person_id, customer_id=customer_id).update(seen_at=now)


def change_profile(
    *, person_id: UUID, customer_id: UUID, profile: Profile, actor: str, now: datetime
) -> bool:
    """It holds from their next page on. Returns whether it was another before.

    Raises NoSuchMember, LastAdministrator.
    """
    row = _row(person_id, customer_id)
    if row.profile == profile.value:
        return False
    if profile is not Profile.ADMINISTRATOR:
        _require_another_administrator(row)
    before, row.profile = row.profile, profile.value
    row.save(update_fields=["profile"])
    _record(
        "member.profile_changed",
        row,
        actor=actor,
        now=now,
        before={"profile": before},
        after={"profile": row.profile},
    )
    return True


def deactivate(*, person_id: UUID, customer_id: UUID, actor: str, moment: Moment) -> bool:
    """No page of the organization opens for them any more, and they are signed out everywhere. Returns whether one did.

    Raises NoSuchMember, LastAdministrator.
    """
    row = _row(person_id, customer_id)
    if row.deactivated_at is not None:
        return False
    _require_another_administrator(row)
    row.deactivated_at = moment.now
    row.save(update_fields=["deactivated_at"])
    _record("member.deactivated", row, actor=actor, now=moment.now, before={"profile": row.profile})
    sessions.end_others(person_id=person_id, keep="", actor=actor, now=moment.real)
    return True


def reactivate(*, person_id: UUID, customer_id: UUID, actor: str, now: datetime) -> bool:
    """They are a member as before. Returns whether they were none.

    Raises NoSuchMember, StaffIsNoMember for who works for the seller meanwhile.
    """
    row = _row(person_id, customer_id)
    if row.deactivated_at is None:
        return False
    if row.person.is_staff:
        raise StaffIsNoMember(row.person.email)
    row.deactivated_at = None
    row.save(update_fields=["deactivated_at"])
    _record("member.reactivated", row, actor=actor, now=now, after={"profile": row.profile})
    return True


def delete(*, person_id: UUID, customer_id: UUID, actor: str, moment: Moment) -> MemberDetail:
    """They are a member no longer, and come back by another invitation alone. What they did stays in the record, and their
    account, which other organizations may know. Returns who it was.

    Raises NoSuchMember, LastAdministrator.
    """
    row = _row(person_id, customer_id)
    _require_another_administrator(row)
    gone = detail(row)
    row.delete()
    _record(DELETED, row, actor=actor, now=moment.now, before={"profile": row.profile}, named=True)
    sessions.end_others(person_id=person_id, keep="", actor=actor, now=moment.real)
    return gone


def was_deleted(person_id: UUID, customer_id: UUID) -> bool:
    """Whether they were a member of this customer once, and were deleted."""
    return events.last(name=DELETED, subject=("person", person_id), customer_id=customer_id) is not None


def left(email: str, customer_id: UUID) -> bool:
    """Whether the address is of somebody who was a member of this customer and is deactivated or deleted."""
    person = find_person(email)
    if person is None:
        return False
    row = _of(customer_id).filter(person_id=person.id).first()
    return was_deleted(person.id, customer_id) if row is None else row.deactivated_at is not None


def require_not_deactivated(person_id: UUID, customer_id: UUID, email: str) -> None:
    """Whoever was deactivated comes back by an Administrator, not by an invitation from before. Raises AddressBusy."""
    own = Membership.objects.filter(person_id=person_id, customer_id=customer_id)
    if own.exclude(deactivated_at=None).exists():
        raise AddressBusy(email)


def detail(row: Membership) -> MemberDetail:
    return MemberDetail(
        person_id=row.person_id,
        customer_id=row.customer_id,
        name=row.person.name,
        email=row.person.email,
        language=row.person.language,
        profile=Profile(row.profile),
        since=row.since,
        seen_at=row.seen_at,
        deactivated_at=row.deactivated_at,
    )


def _of(
    customer_id: UUID,
    *,
    text: str = "",
    profile: Profile | None = None,
    state: MemberState | None = None,
) -> QuerySet[Membership]:
    rows = Membership.objects.select_related("person").filter(customer_id=customer_id)
    rows = rows.filter(**given(profile=None if profile is None else profile.value))
    if state is not None:
        rows = rows.filter(deactivated_at__isnull=state is MemberState.ACTIVE)
    if text:
        wanted = text.replace("\x00", "")
        rows = rows.filter(Q(person__name__icontains=wanted) | Q(person__email__icontains=wanted))
    return rows


def _row(person_id: UUID, customer_id: UUID) -> Membership:
    row = _of(customer_id).filter(person_id=person_id).first()
    if row is None:
        raise NoSuchMember()
    return row


def _require_another_administrator(row: Membership) -> None:
    """Somebody always lets people in. Raises LastAdministrator."""
    if row.profile != Profile.ADMINISTRATOR.value or row.deactivated_at is not None:
        return
    others = _of(row.customer_id, profile=Profile.ADMINISTRATOR, state=MemberState.ACTIVE)
    if not others.filter(person__is_active=True).exclude(pk=row.pk).exists():
        raise LastAdministrator(row.person.name)


def _record(
    name: str,
    row: Membership,
    *,
    actor: str,
    now: datetime,
    before: events.Facts | None = None,
    after: events.Facts | None = None,
    named: bool = False,
) -> None:
    """`named`: nothing else says any more who it was."""
    who = {"name": row.person.name, "email": row.person.email} if named else None
    forget(PEOPLE)
    events.record(
        name=name,
        subject=("person", row.person_id),
        customer_id=row.customer_id,
        actor=actor,
        now=now,
        before=before,
        after=after,
        personal=None if who is None else Personal(before=who),
    )
