"""Somebody is invited into an organization, and answers; those who answer for it hear who came (LIC-5)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from abono.domain.customers.rules import check_name, mail_address
from abono.domain.customers.types import Organization
from abono.domain.identity import actions as identity
from abono.domain.identity import invitations
from abono.domain.identity import queries as people
from abono.domain.identity.errors import NoSuchInvitation
from abono.domain.identity.types import InvitationInfo, Profile
from abono.domain.notices import actions as notices
from abono.domain.notices.types import Recipient
from abono.flows import locks
from abono.flows.tell import tell
from abono.kernel.periods import local_date
from abono.platform.idempotency import Ask


def invite_member(
    *,
    customer_id: UUID,
    email: str,
    profile: Profile,
    language: str,
    by: str,
    actor: str,
    now: datetime,
) -> InvitationInfo:
    """A mail leads whoever the address belongs to to the answer; for seven days. The same asked twice sends one mail.

    by    the name of who invites, as the mail says it
    now   on the customer's clock

    Raises UnmailableAddress, AddressBusy, StaffIsNoMember, InvitedAlready, TooManyInvitations.
    """
    address = mail_address(email)
    with locks.customer(customer_id) as organization:
        made, send = invitations.invite(
            email=address,
            customer_id=customer_id,
            profile=profile,
            language=language,
            actor=actor,
            now=now,
        )
        if send:
            _mail(made, organization, by=by, now=now)
        return made


def send_invitation_again(
    *,
    invitation_id: UUID,
    customer_id: UUID,
    by: str,
    actor: str,
    now: datetime,
    ask: Ask | None = None,
) -> InvitationInfo:
    """The same with another link, for seven days from now; the one before opens nothing any more.

    Raises NoSuchInvitation, InvitationOver, AddressBusy, StaffIsNoMember, TooManyInvitations.
    """
    with locks.customer(customer_id) as organization:
        if ask is not None and "sending" in ask.led_to:  # by a run that was cut off
            return invitations.get(invitation_id, customer_id=customer_id, now=now)
        made = invitations.send_again(
            invitation_id=invitation_id, customer_id=customer_id, actor=actor, now=now
        )
        if ask is not None:
            ask.note(sending=str(made.sending))
        _mail(made, organization, by=by, now=now)
        return made


def withdraw_invitation(
    *, invitation_id: UUID, customer_id: UUID, actor: str, now: datetime
) -> InvitationInfo:
    """Its link opens nothing any more; a second time changes nothing. Raises NoSuchInvitation, InvitationOver."""
    with locks.customer(customer_id):
        return invitations.withdraw(
            invitation_id=invitation_id, customer_id=customer_id, actor=actor, now=now
        )


def accept_invitation(*, invitation: InvitationInfo, name: str, now: datetime) -> UUID:
    """Whoever the address belongs to is a member from now on; an account is made where there is none. Returns the person.

    name   how who has no account is called
    now    on the customer's clock

    Raises NoSuchInvitation, AddressBusy, UnreadableName.
    """
    with locks.customer(invitation.customer_id):  # nobody sends it again or withdraws it meanwhile
        person = people.find_person(invitation.email)
        if person is None:
            check_name(name)
            person, _new = identity.ensure_person(
                email=invitation.email, name=name, language=invitation.language, now=now
            )
        invitations.answer(invitation_id=invitation.id, person_id=person.id, accept=True, now=now)
        tell(
            customer_id=invitation.customer_id,
            kind="member_joined",
            key=str(invitation.id),
            facts={"name": person.name, "email": person.email, "profile": invitation.profile.value},
            now=now,
        )
        return person.id


def decline_invitation(*, invitation: InvitationInfo, now: datetime) -> None:
    """Nobody becomes anything. Raises NoSuchInvitation."""
    with locks.customer(invitation.customer_id):
        person = people.find_person(invitation.email)
        invitations.answer(
            invitation_id=invitation.id,
            person_id=None if person is None else person.id,
            accept=False,
            now=now,
        )


def _mail(made: InvitationInfo, organization: Organization, *, by: str, now: datetime) -> None:
    if made.expires_at is None or made.sending is None:
        raise NoSuchInvitation()
    until = local_date(made.expires_at, organization.time_zone)
    notices.tell(
        customer_id=made.customer_id,
        kind="member_invited",
        key=str(made.sending),
        facts={
            "by": by,
            "profile": made.profile.value,
            "invitation_id": str(made.id),
            "sending": str(made.sending),
            "until_date": until.isoformat(),
        },
        recipients=(Recipient(made.email, "", made.language),),
        now=now,
    )
