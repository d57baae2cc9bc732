"""Single sign-on of one organization, or of the seller: with which supplier of identities, for whom (ACC-3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from allauth.socialaccount.models import SocialAccount
from django.db.models import QuerySet

from abono.domain.identity.errors import SignOnRefused
from abono.domain.identity.models import Invitation, Membership, Person, SignOn
from abono.domain.identity.sealed import opened, seal
from abono.kernel.ids import public
from abono.kernel.written import one_form
from abono.platform import events
from abono.platform.use_case import use_case


@dataclass(frozen=True, slots=True)
class SignOnInfo:
    """One supplier of identities. The secret is not in it: nobody sees it again.

    customer_id   whose members it lets in, into that organization only; None: the seller's people
    domains       of the e-mail addresses that it speaks for, in lower case
    """

    id: UUID
    customer_id: UUID | None
    issuer: str
    client_id: str
    domains: tuple[str, ...]

    @property
    def public_id(self) -> str:
        return public("sso", self.id)


@dataclass(frozen=True, slots=True)
class Claimed:
    """What the supplier says of who signed in there, after its token was verified.

    second   that they proved themselves there in more than one way
    """

    subject: str
    email: str
    email_verified: bool
    second: bool = False


def of(customer_id: UUID | None) -> SignOnInfo | None:
    """The one that an organization, or the seller, uses now."""
    row = _in_use(customer_id).first()
    return None if row is None else _info(row)


def get(sign_on_id: UUID) -> SignOnInfo | None:
    """One that is in use."""
    row = SignOn.objects.filter(id=sign_on_id, ended_at=None).first()
    return None if row is None else _info(row)


def secret(sign_on_id: UUID) -> str:
    """What proves to the supplier that it is us; for the door that speaks with it, and nobody else."""
    return opened(SignOn.objects.get(id=sign_on_id).secret)


@use_case
def set_up(
    *,
    customer_id: UUID | None,
    issuer: str,
    client_id: str,
    secret: str,
    domains: Sequence[str],
    actor: str,
    now: datetime,
) -> SignOnInfo:
    """Use this supplier from now on; the one before ends, and with it the links of its people."""
    before = _end(customer_id, now)
    row = SignOn.objects.create(
        customer_id=customer_id,
        issuer=issuer.rstrip("/"),
        client_id=client_id,
        secret=seal(secret),
        domains=sorted({domain.lower() for domain in domains}),
        created_at=now,
    )
    _record("sign_on.set_up", row, before=before, after=_facts(row), actor=actor, now=now)
    return _info(row)


@use_case
def end(*, customer_id: UUID | None, actor: str, now: datetime) -> bool:
    """Nobody signs in that way any more. Returns whether there was one."""
    row = _in_use(customer_id).first()
    before = _end(customer_id, now)
    if row is None:
        return False
    _record("sign_on.ended", row, before=before, after=None, actor=actor, now=now)
    return True


@use_case
def recognize(*, sign_on_id: UUID, claimed: Claimed, now: datetime) -> Person:
    """Whom the supplier let in. Raises SignOnRefused.

    Whoever came before is known by the supplier's own id of them. The first time it must be an address that the
    supplier has verified, of a domain that it speaks for, and of somebody who is a member, or whom the order named:
    nobody gets an account by it, and nobody's account of another organization is opened (CON-9). An Administrator can
    invite any address, so an invitation opens nothing before it is accepted.
    """
    row = SignOn.objects.filter(id=sign_on_id, ended_at=None).first()
    if row is None:
        raise SignOnRefused()
    name = public("sso", row.id)
    link = SocialAccount.objects.filter(provider=name, uid=claimed.subject).select_related("user").first()
    person = _by_email(row, claimed) if link is None else link.user
    if person is None or not person.is_active or not _belongs(row, person):
        raise SignOnRefused()
    if link is None:
        SocialAccount.objects.create(user_id=person.id, provider=name, uid=claimed.subject)
        events.record(
            name="sign_on.linked",
            subject=("person", person.id),
            customer_id=row.customer_id,
            actor=f"person:{person.id}",
            now=now,
            data={"sign_on": name},
        )
    return person


def _by_email(row: SignOn, claimed: Claimed) -> Person | None:
    email = one_form(claimed.email)
    if not claimed.email_verified or email.rpartition("@")[2] not in row.domains:
        return None
    return Person.objects.filter(email=email).first()


def _belongs(row: SignOn, person: Person) -> bool:
    if row.customer_id is None:
        return person.is_staff
    if person.is_staff:
        return False
    whose = {"person_id": person.id, "customer_id": row.customer_id}
    member = Membership.objects.filter(**whose, deactivated_at=None).exists()
    return member or Invitation.objects.filter(**whose, answered_at=None).exists()


def _in_use(customer_id: UUID | None) -> QuerySet[SignOn]:
    rows = SignOn.objects.filter(ended_at=None)
    return rows.filter(customer=None) if customer_id is None else rows.filter(customer_id=customer_id)


def _end(customer_id: UUID | None, now: datetime) -> dict[str, object] | None:
    row = _in_use(customer_id).first()
    if row is None:
        return None
    row.ended_at = now
    row.secret = ""
    row.save(update_fields=["ended_at", "secret"])
    SocialAccount.objects.filter(provider=public("sso", row.id)).delete()
    return _facts(row)


def _facts(row: SignOn) -> dict[str, object]:
    return {"issuer": row.issuer, "client_id": row.client_id, "domains": row.domains}


def _record(
    name: str,
    row: SignOn,
    *,
    before: dict[str, object] | None,
    after: dict[str, object] | None,
    actor: str,
    now: datetime,
) -> None:
    events.record(
        name=name,
        subject=("sign_on", row.id),
        customer_id=row.customer_id,
        actor=actor,
        now=now,
        before=before,
        after=after,
    )


def _info(row: SignOn) -> SignOnInfo:
    return SignOnInfo(row.id, row.customer_id, row.issuer, row.client_id, tuple(row.domains))
