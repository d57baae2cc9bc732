"""Members get another profile, are deactivated and brought back, or deleted; they and the Administrators hear it (LIC-5)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from abono.domain.contracts import queries as contracts
from abono.domain.customers.types import Organization
from abono.domain.identity import invitations, members
from abono.domain.identity import queries as people
from abono.domain.identity.types import MemberDetail, Profile
from abono.domain.licences import actions as licences
from abono.domain.licences.types import Why
from abono.domain.notices.types import Recipient
from abono.flows import locks
from abono.flows.licences.free import free_licences
from abono.flows.tell import tell
from abono.kernel.ids import uuid7
from abono.kernel.moment import Moment
from abono.platform.idempotency import Ask


def change_profile(
    *, person_id: UUID, customer_id: UUID, profile: Profile, by: str, actor: str, moment: Moment
) -> bool:
    """It holds from their next page on. Returns whether it was another before.

    by   the name of who changes it, as the mail says it

    Raises NoSuchMember, LastAdministrator.
    """
    with locks.customer(customer_id):
        changed = members.change_profile(
            person_id=person_id, customer_id=customer_id, profile=profile, actor=actor, now=moment.now
        )
        if changed:
            _tell("profile", members.get(person_id, customer_id), by=by, now=moment.now)
        return changed


def deactivate_member(*, person_id: UUID, customer_id: UUID, by: str, actor: str, moment: Moment) -> bool:
    """Nothing of the organization opens for them any more, until they are brought back; they are signed out everywhere, at
    once. Returns whether they were active. Raises NoSuchMember, LastAdministrator."""
    with locks.customer(customer_id) as organization:
        ended = members.deactivate(person_id=person_id, customer_id=customer_id, actor=actor, moment=moment)
        if ended:
            gone = members.get(person_id, customer_id)
            _close(gone, actor=actor, moment=moment)
            _tell("deactivated", gone, by=by, now=moment.now, pays=is_contact(gone.email, organization))
        return ended


def reactivate_member(*, person_id: UUID, customer_id: UUID, by: str, actor: str, moment: Moment) -> bool:
    """They are a member as before. Returns whether they were none. Raises NoSuchMember, StaffIsNoMember."""
    with locks.customer(customer_id):
        back = members.reactivate(person_id=person_id, customer_id=customer_id, actor=actor, now=moment.now)
        if back:
            _tell("reactivated", members.get(person_id, customer_id), by=by, now=moment.now)
        return back


def delete_member(
    *,
    person_id: UUID,
    customer_id: UUID,
    by: str,
    actor: str,
    moment: Moment,
    ask: Ask | None = None,
) -> MemberDetail:
    """They are a member no longer, for good; signed out everywhere. Raises NoSuchMember, LastAdministrator."""
    with locks.customer(customer_id) as organization:
        gone = members.delete(person_id=person_id, customer_id=customer_id, actor=actor, moment=moment)
        _close(gone, actor=actor, moment=moment)
        _tell("deleted", gone, by=by, now=moment.now, pays=is_contact(gone.email, organization))
        if ask is not None:
            ask.note(person=str(person_id))
        return gone


def lease_names(who: MemberDetail) -> list[str]:
    """How the seller's platform may call them when it asks for a lease."""
    return [who.public_id, who.email]


def _close(who: MemberDetail, *, actor: str, moment: Moment) -> None:
    """Who is no member any more is in the software no longer, by whatever name, and lets nobody in: their next heartbeat tells
    why, and so does their next sign-in; whom they invited and who did not answer yet is invited by somebody else."""
    invitations.withdraw_of(
        actor=f"person:{who.person_id}", customer_id=who.customer_id, by=actor, now=moment.now
    )
    names = [*lease_names(who), *people.earlier_addresses(who.person_id)]
    licences.bar(who.customer_id, who.person_id, names)
    contract = contracts.served(who.customer_id)
    if contract is not None:
        free_licences(
            contract_id=contract.id,
            customer_id=who.customer_id,
            people=names,
            why=Why.DEACTIVATED,
            actor=actor,
            now=moment.real,
        )


def is_contact(email: str, organization: Organization) -> bool:
    """Whether invoices go to this address because it is the financial contact's, member or not."""
    return organization.financial_email.lower() == email.lower()


def _tell(what: str, who: MemberDetail, *, by: str, now: datetime, pays: bool = False) -> None:
    tell(
        customer_id=who.customer_id,
        kind="member_changed",
        key=str(uuid7()),
        facts={
            "what": what,
            "by": by,
            "name": who.name,
            "email": who.email,
            "profile": who.profile.value,
            "pays": pays,
        },
        now=now,
        beside=(Recipient(who.email, who.name, who.language),),
    )
