"""Who becomes the Administrator of an organization whose contract is paid, and who is asked first (CON-9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from abono.domain.contracts import actions as contracts
from abono.domain.contracts.models import Contract
from abono.domain.identity import actions as identity
from abono.domain.identity import invitations
from abono.domain.identity.models import Person
from abono.domain.identity.types import Profile
from abono.domain.notices import actions as notices
from abono.domain.notices.types import Recipient


@dataclass(frozen=True, slots=True)
class Appointed:
    """The person whom the order names. `waits`: they had an account, and are asked first."""

    person_id: UUID
    email: str
    waits: bool


def appoint(contract: Contract, *, now: datetime) -> Appointed:
    """Keep the terms, and make the administrator a member, or ask them.

    A new address gets an account without password: the link in its mail opens it. Whoever has an account already
    becomes a member only if they were signed in while they contracted; else their own answer decides. Who works for
    the seller is not even asked.
    """
    accepted, buyer_id = contracts.keep_terms(contract.id)
    person, new = identity.ensure_person(
        email=accepted.person_email, name=accepted.person_name, language=accepted.language, now=now
    )
    waits = False
    if new or (buyer_id == person.id and not person.is_staff):
        identity.add_member(
            person_id=person.id,
            customer_id=contract.customer_id,
            profile=Profile.ADMINISTRATOR,
            actor=f"person:{person.id}",
            now=now,
        )
    elif not person.is_staff:
        waits = True
        _ask(contract, person, now=now)
    return Appointed(person.id, person.email, waits)


def _ask(contract: Contract, person: Person, *, now: datetime) -> None:
    """The membership waits; the mail goes to nobody else."""
    invitation_id = invitations.ask(
        person_id=person.id,
        customer_id=contract.customer_id,
        profile=Profile.ADMINISTRATOR,
        actor="system",
        now=now,
    )
    notices.tell(
        customer_id=contract.customer_id,
        kind="invitation",
        key=str(invitation_id),
        facts={"number": contract.number, "invitation_id": str(invitation_id), "name": person.name},
        recipients=(Recipient(person.email, person.name, person.language),),
        now=now,
    )
