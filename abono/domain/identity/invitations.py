"""Who is asked to become a member of a customer, and what came of it (LIC-5, CON-9).

Two kinds share one table. A person who has an account and whom an order names waits for their own consent. An address
that an Administrator invites gets a link by mail, for seven days; nobody is made, and no licence used, until it is accepted.
Each sending has a secret of its own, of which only the hash is kept: sent again, the link from before opens nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hmac import compare_digest
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet, Sum, Value

from abono.domain.identity import actions, members
from abono.domain.identity.errors import (
    AddressBusy,
    InvitationOver,
    InvitedAlready,
    NoSuchInvitation,
    StaffIsNoMember,
    TooManyInvitations,
)
from abono.domain.identity.models import Invitation, Membership, Person
from abono.domain.identity.states import InvitationState
from abono.domain.identity.types import InvitationInfo, Profile
from abono.kernel.ids import uuid7
from abono.kernel.written import one_form
from abono.platform import events, keyed
from abono.platform.events import Personal
from abono.platform.given import given
from abono.platform.use_case import use_case

LASTS = timedelta(days=7)
MOST_OPEN = 1_000  # of an organization, with those that were mailed within a day and withdrawn since
MOST_SENT, SENT_WITHIN = 5, timedelta(days=1)  # mails of an organization to one address
_SALT = "abono.invitations.sent"


def ask(*, person_id: UUID, customer_id: UUID, profile: Profile, actor: str, now: datetime) -> UUID:
    """Let a membership wait for the consent of somebody who has an account (CON-9). Returns the invitation's id.

    A second call while the first waits gives the same one.
    """
    row, new = Invitation.objects.get_or_create(
        person_id=person_id,
        customer_id=customer_id,
        answered_at=None,
        defaults={"profile": profile.value, "created_at": now},
    )
    if new:
        _record("member.invited", row, actor=actor, now=now, after={"profile": profile.value})
    return row.id


def invite(
    *, email: str, customer_id: UUID, profile: Profile, language: str, actor: str, now: datetime
) -> tuple[InvitationInfo, bool]:
    """Invite an address. Returns the invitation, and whether a mail is to go: a second call for the same gives the same
    one. One that ran out is sent again. The caller holds the customer.

    email   as mail servers know it

    Raises AddressBusy, StaffIsNoMember, InvitedAlready, TooManyInvitations.
    """
    _require_stranger(email, customer_id)
    row = _of_addresses(customer_id).filter(email=email, answered_at=None).first()
    if row is not None and _state(row, now) is InvitationState.WAITING:
        if (row.profile, row.language) != (profile.value, language):
            raise InvitedAlready(email)
        return info(row, now), False
    counted = Q(answered_at=None, expires_at__gt=now) | Q(sent_at__gt=now - SENT_WITHIN)
    if _of_addresses(customer_id).filter(counted).count() >= MOST_OPEN:
        raise TooManyInvitations(MOST_SENT, MOST_OPEN)
    again = row is not None
    row = row or Invitation(customer_id=customer_id, email=email, created_at=now)
    row.profile, row.language = profile.value, language
    _send(row, "member.invited_again" if again else "member.invited", actor=actor, now=now)
    return info(row, now), True


def send_again(*, invitation_id: UUID, customer_id: UUID, actor: str, now: datetime) -> InvitationInfo:
    """Another link, for seven days from now; the one before opens nothing any more. The caller holds the customer.

    Raises NoSuchInvitation, InvitationOver, AddressBusy, StaffIsNoMember, TooManyInvitations.
    """
    row = _row(invitation_id, customer_id)
    if row.answered_at is not None:
        raise InvitationOver()
    _require_stranger(row.email, customer_id)
    _send(row, "member.invited_again", actor=actor, now=now)
    return info(row, now)


def withdraw(*, invitation_id: UUID, customer_id: UUID, actor: str, now: datetime) -> InvitationInfo:
    """Its link opens nothing any more; a second time changes nothing. The caller holds the customer.

    Raises NoSuchInvitation, InvitationOver where it was answered.
    """
    row = _row(invitation_id, customer_id)
    if row.answered_at is not None and not row.withdrawn_by:
        raise InvitationOver()
    if row.answered_at is None:
        row.answered_at, row.accepted, row.withdrawn_by = now, False, actor
        row.save(update_fields=["answered_at", "accepted", "withdrawn_by"])
        _record("member.invitation_withdrawn", row, actor=actor, now=now, before={"profile": row.profile})
    return info(row, now)


def withdraw_of(*, actor: str, customer_id: UUID, by: str, now: datetime) -> None:
    """Links that go back to somebody who may invite nobody any more open nothing (LIC-5). The caller holds the customer."""
    for row in _of_addresses(customer_id).filter(invited_by=actor, answered_at=None):
        withdraw(invitation_id=row.id, customer_id=customer_id, actor=by, now=now)


@use_case
def answer(
    *, invitation_id: UUID, person_id: UUID | None, accept: bool, actor: str = "", now: datetime
) -> UUID:
    """The person becomes a member, or refuses. Returns the customer.

    person_id   None: somebody without an account, who came by the link and refuses
    now         on the customer's clock

    Raises NoSuchInvitation, AddressBusy for who is a member already, or was deactivated since: no invitation changes what
    somebody may. An order's may (CON-9).
    """
    person = None if person_id is None else Person.objects.filter(id=person_id).first()
    own = Invitation.objects.filter(id=invitation_id, answered_at=None)
    row = own.first()
    if row is None or _state(row, now) is not InvitationState.WAITING or not _may_answer(row, person, accept):
        raise NoSuchInvitation()
    if not own.update(answered_at=now, accepted=accept, person_id=person_id):  # of two answers one counts
        raise NoSuchInvitation()
    row.person_id = person_id
    actor = actor or (f"person:{person_id}" if person_id else "system")
    if not accept:
        _record("member.refused", row, actor=actor, now=now, before={"profile": row.profile})
    elif person is not None:
        if row.email:
            _require_stranger(row.email, row.customer_id)
        members.require_not_deactivated(person.id, row.customer_id, person.email)
        actions.add_member(
            person_id=person.id,
            customer_id=row.customer_id,
            profile=Profile(row.profile),
            actor=actor,
            now=now,
        )
    return row.customer_id


def of_person(person_id: UUID, *, real: datetime, only: str = "") -> list[InvitationInfo]:
    """Memberships that wait for this person's answer, oldest first.

    real   real time
    only   the one customer that their session opens, "" for all
    """
    email = Person.objects.filter(id=person_id, is_active=True, is_staff=False).values("email")[:1]
    addressed = Q(person=None, email__in=email)
    theirs = Q(person_id=person_id, person__is_active=True, person__is_staff=False)
    rows = _whole().filter(addressed | theirs, answered_at=None, **given(customer_id=only or None))
    return _waiting(rows.order_by("id"), real)


def waiting(customer_id: UUID, *, real: datetime, limit: int) -> list[InvitationInfo]:
    """Memberships of an organization that wait for an answer, oldest first."""
    rows = _whole().filter(customer_id=customer_id, answered_at=None).exclude(person__is_staff=True)
    rows = rows.exclude(expires_at__lte=real)  # no customer's clock is behind
    return _waiting(rows.order_by("id")[:limit], real)


def listed(
    customer_id: UUID, *, before: UUID | None = None, limit: int, now: datetime
) -> list[InvitationInfo]:
    """Addresses that were invited, whatever came of it, newest first; `before` is the last of the page before."""
    rows = _whole().filter(customer_id=customer_id).exclude(email="").filter(**given(id__lt=before))
    return [info(row, now) for row in rows.order_by("-id")[:limit]]


def unanswered(
    customer_id: UUID, *, offset: int = 0, limit: int, now: datetime
) -> tuple[list[InvitationInfo], int]:
    """Addresses that were invited and did not answer, also those whose time ran out, newest first; and how many there are
    in all."""
    rows = _of_addresses(customer_id).filter(answered_at=None)
    found = rows.order_by("-sent_at", "-id")[offset : offset + limit]
    return [info(row, now) for row in found], rows.count()


def get(invitation_id: UUID, *, customer_id: UUID, now: datetime) -> InvitationInfo:
    """One that went to an address, whatever came of it. Raises NoSuchInvitation."""
    return info(_row(invitation_id, customer_id), now)


def waits(invitation_id: UUID, *, real: datetime) -> InvitationInfo | None:
    """One that waits for its answer; None when it was answered, ran out, or never was."""
    found = _waiting(_whole().filter(id=invitation_id), real)
    return found[0] if found else None


def owner(invitation_id: UUID, *, customer_id: UUID | None) -> UUID:
    """Whose it is; with `customer_id`, if it is theirs (ACC-2). Raises NoSuchInvitation."""
    row = (
        Invitation.objects.filter(id=invitation_id, **given(customer_id=customer_id))
        .exclude(email="")
        .first()
    )
    if row is None:
        raise NoSuchInvitation()
    return row.customer_id


def by_secret(invitation_id: UUID, secret: str, *, real: datetime) -> InvitationInfo | None:
    """The one that this secret opens, whatever came of it; None where it opens none, or none any more."""
    row = _whole().filter(id=invitation_id).exclude(link_hash=None).first()
    if row is None or not compare_digest(bytes(row.link_hash or b""), keyed.hashed(secret)):
        return None
    return info(row, _now(row, real))


def secret_of(invitation_id: UUID, sending: UUID) -> str:
    """What opens it, for the mail of this sending alone; "" where another was sent since, or it is over."""
    row = Invitation.objects.filter(id=invitation_id, link_id=sending, answered_at=None).first()
    if row is None or row.link_hash is None:
        return ""
    kept = bytes(row.link_hash)
    return next((text for text in keyed.secrets(_SALT, sending) if keyed.hashed(text) == kept), "")


def info(row: Invitation, now: datetime) -> InvitationInfo:
    return InvitationInfo(
        id=row.id,
        person_id=row.person_id,
        customer_id=row.customer_id,
        organization=row.customer.legal_name,
        profile=Profile(row.profile),
        created_at=row.created_at,
        email=row.email or (row.person.email if row.person is not None else ""),
        language=row.language,
        by_address=row.email != "",
        invited_by=row.invited_by,
        sent_at=row.sent_at,
        expires_at=row.expires_at,
        sending=row.link_id,
        state=_state(row, now),
    )


def _may_answer(row: Invitation, person: Person | None, accept: bool) -> bool:
    """Staff become members of nothing, and who may not sign in answers nothing."""
    if person is None:
        return not accept and row.email != ""
    if person.is_staff or not person.is_active:
        return False
    return row.person_id == person.id or (row.person_id is None and row.email == one_form(person.email))


def _require_stranger(email: str, customer_id: UUID) -> None:
    person = Person.objects.filter(email=email).first()
    if person is None:
        return
    if person.is_staff or not person.is_active:
        raise StaffIsNoMember(email)
    if Membership.objects.filter(person=person, customer_id=customer_id).exists():
        raise AddressBusy(email)


def _send(row: Invitation, name: str, *, actor: str, now: datetime) -> None:
    """Give it a link of its own, which is the sender's from then on. Raises TooManyInvitations."""
    lately = _of_addresses(row.customer_id).filter(email=row.email, sent_at__gt=now - SENT_WITHIN)
    if (lately.aggregate(mails=Sum("sendings", default=Value(0)))["mails"]) >= MOST_SENT:
        raise TooManyInvitations(MOST_SENT, MOST_OPEN)
    recent = row.sent_at is not None and row.sent_at > now - SENT_WITHIN
    row.sendings = row.sendings + 1 if recent else 1
    row.link_id, row.sent_at, row.expires_at = uuid7(), now, now + LASTS
    row.link_hash = keyed.hashed(keyed.secrets(_SALT, row.link_id)[0])
    row.invited_by = actor
    with transaction.atomic():
        row.save()
    _record(
        name,
        row,
        actor=actor,
        now=now,
        after={"profile": row.profile, "language": row.language, "expires_at": row.expires_at.isoformat()},
    )


def _record(
    name: str,
    row: Invitation,
    *,
    actor: str,
    now: datetime,
    before: events.Facts | None = None,
    after: events.Facts | None = None,
) -> None:
    subject = ("invitation", row.id) if row.person_id is None else ("person", row.person_id)
    events.record(
        name=name,
        subject=subject,
        customer_id=row.customer_id,
        actor=actor,
        now=now,
        before=before,
        after=after,
        personal=Personal(after={"email": row.email}) if row.email else None,
    )


def _row(invitation_id: UUID, customer_id: UUID) -> Invitation:
    row = _of_addresses(customer_id).filter(id=invitation_id).first()
    if row is None:
        raise NoSuchInvitation()
    return row


def _of_addresses(customer_id: UUID) -> QuerySet[Invitation]:
    return _whole().filter(customer_id=customer_id).exclude(email="")


def _whole() -> QuerySet[Invitation]:
    return Invitation.objects.select_related("customer", "person")


def _waiting(rows: QuerySet[Invitation], real: datetime) -> list[InvitationInfo]:
    found = [info(row, _now(row, real)) for row in rows]
    return [one for one in found if one.state is InvitationState.WAITING]


def _now(row: Invitation, real: datetime) -> datetime:
    """On the clock of its customer."""
    return real + timedelta(seconds=row.customer.clock_offset_s)


def _state(row: Invitation, now: datetime) -> InvitationState:
    if row.answered_at is None:
        over = row.expires_at is not None and row.expires_at <= now
        return InvitationState.EXPIRED if over else InvitationState.WAITING
    if row.withdrawn_by:
        return InvitationState.WITHDRAWN
    return InvitationState.ACCEPTED if row.accepted else InvitationState.DECLINED
