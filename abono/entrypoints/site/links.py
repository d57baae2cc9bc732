"""Addresses of pages with their host, for e-mails, and where a person begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core import signing
from django.urls import NoReverseMatch, reverse
from django.utils.http import base36_to_int
from django.utils.translation import override

from abono.domain.contracts import actions as contracts
from abono.domain.contracts import changes
from abono.domain.identity import invitations
from abono.domain.identity import queries as identity
from abono.domain.identity.types import Profile
from abono.flows.payment_links.make import address_of
from abono.kernel.ids import parse, public
from abono.platform import clock
from abono.platform.keyed import marks

if TYPE_CHECKING:
    from abono.domain.identity.models import Person

ORDERS, INVITATIONS = "abono.orders", "abono.invitations"  # salts of signed links
_PROOFS, _BACK = "abono.email.proof", "abono.email.back"
EMAIL_PROOF_STANDS, EMAIL_BACK_STANDS = timedelta(days=1), timedelta(days=7)
ORDER_GOES_ON, INVITATION_STANDS = timedelta(days=7), timedelta(days=30)
SET_PASSWORD = ("portal:set-password", "portal:set_password")


class Tokens(PasswordResetTokenGenerator):
    """Void once the password or the e-mail is another one. Signing in does not void them, unlike Django's own: who has
    just contracted is signed in at once, and the link is still on its way."""

    key_salt = "abono.portal.links"

    def _make_hash_value(self, user: AbstractBaseUser, timestamp: int) -> str:
        return f"{user.pk} {user.get_username()} {user.password} {timestamp}"


class ResetTokens(Tokens):
    """For who forgot the password: the same, for an hour."""

    key_salt = "abono.portal.forgot"
    lasts = timedelta(hours=1)

    def check_token(self, user: Any, token: str | None) -> bool:
        if not super().check_token(user, token):
            return False
        made = base36_to_int(str(token).partition("-")[0])
        return self._num_seconds(self._now()) - made <= self.lasts.total_seconds()


tokens, reset_tokens = Tokens(), ResetTokens()


def set_password_url(person_id: UUID, language: str) -> str:
    """The address at which this person chooses a password: for their own e-mail alone. "" for nobody.

    It serves once and for three days (PASSWORD_RESET_TIMEOUT).
    """
    return _password_url(tokens, person_id, language)


def reset_password_url(person_id: UUID, language: str) -> str:
    """The same for who forgot the password: it serves once and for an hour."""
    return _password_url(reset_tokens, person_id, language)


def _password_url(of: Tokens, person_id: UUID, language: str) -> str:
    person = identity.person(person_id)
    if person is None:
        return ""
    arguments = [public("usr", person_id), of.make_token(person)]
    with override(language):
        return f"{settings.PUBLIC_URL}{reverse('portal:set-password', args=arguments)}"


@dataclass(frozen=True, slots=True)
class NewAddress:
    """What a link about an e-mail address says: whose it was, and is to be."""

    person_id: UUID
    before: str
    after: str


def email_proof_url(person: Person, address: str, language: str) -> str:
    """The address at which this person shows that they read mail sent to `address`: for that mail alone.

    It stands for a day, and not after the password or the e-mail changed.
    """
    token = signing.dumps([str(person.id), person.email, address, _marks(person)[0]], salt=_PROOFS)
    return _email_url("portal:email-proof-link", token, language)


@dataclass(frozen=True, slots=True)
class WayBack:
    """What a link says by which an account gets its address from before: which, and the change that took it away."""

    person_id: UUID
    address: str
    change: UUID


def email_back_url(person_id: UUID, address: str, change: UUID, language: str) -> str:
    """The address at which whoever has the account's address from before takes it back: for that mail alone, for a week.

    It is void once the account was taken back from before that change: a thief who changed the address twice has a mail
    of this kind as well.
    """
    token = signing.dumps([str(person_id), address, str(change)], salt=_BACK)
    return _email_url("portal:email-back-link", token, language)


def read_email_proof(token: str) -> NewAddress | None:
    try:
        key, before, after, mark = signing.loads(token, salt=_PROOFS, max_age=EMAIL_PROOF_STANDS)
    except (signing.BadSignature, ValueError):
        return None
    person = identity.person(UUID(key))
    if person is None or person.email != before or mark not in _marks(person):
        return None
    return NewAddress(person.id, before, after)


def read_email_back(token: str) -> WayBack | None:
    try:
        key, address, change = signing.loads(token, salt=_BACK, max_age=EMAIL_BACK_STANDS)
    except (signing.BadSignature, ValueError):
        return None
    person = identity.person(UUID(key))
    if person is None or not person.is_active or person.email == address:
        return None
    way = WayBack(person.id, address, UUID(change))
    return None if identity.is_undone(way.person_id, way.change) else way


def _email_url(page: str, token: str, language: str) -> str:
    with override(language):
        return f"{settings.PUBLIC_URL}{reverse(page, args=[token])}"


def _marks(person: Person) -> list[str]:
    """Others after each new password."""
    return [mark.hex()[:16] for mark in marks(_PROOFS, person.password)]


def order_url(order_id: UUID, language: str) -> str:
    """The address at which an order goes on, on any device, for whoever was given it (CON-9)."""
    with override(language):
        return f"{settings.PUBLIC_URL}{reverse('public:order-resume', args=[_sign(ORDERS, order_id)])}"


def invitation_url(invitation_id: UUID, language: str) -> str:
    """The address at which an invitation is answered: for the e-mail of the invited alone."""
    with override(language):
        return f"{settings.PUBLIC_URL}{reverse('portal:invitation-link', args=[_sign(INVITATIONS, invitation_id)])}"


def sent_invitation_url(invitation_id: UUID, sending: UUID, language: str) -> str:
    """The address at which an invitation of an address is answered, for the mail of this sending alone; "" where another
    was sent since, or it is over."""
    secret = invitations.secret_of(invitation_id, sending)
    if not secret:
        return ""
    with override(language):
        path = reverse("portal:invitation-link", args=[f"{public('ivt', invitation_id)}.{secret}"])
    return f"{settings.PUBLIC_URL}{path}"


def read_invitation(token: str) -> tuple[UUID, str] | None:
    """The id and the secret in such a link; None in what is none."""
    name, _dot, secret = token.partition(".")
    key = parse("ivt", name)
    return None if key is None or not secret else (key, secret)


def change_url(change_id: UUID, language: str) -> str:
    """The address at which a change is confirmed, for the mail to whoever accepted it; "" where that serves no more."""
    secret = changes.secret_of(change_id)
    if not secret:
        return ""
    with override(language):
        path = reverse("portal:change-link", args=[public("chg", change_id), secret])
    return f"{settings.PUBLIC_URL}{path}"


def _sign(salt: str, key: UUID) -> str:
    return signing.dumps(str(key), salt=salt)


def read_signed(salt: str, token: str, *, most: timedelta) -> UUID | None:
    """The id in a link that is ours and not too old; else None."""
    try:
        return UUID(signing.loads(token, salt=salt, max_age=most))
    except signing.BadSignature:
        return None


def link_for(page: str, about: tuple[str, ...], facts: Mapping[str, object], language: str) -> str:
    """The address of the page on which a notice can be acted on; "" when there is none.

    The page to choose a password needs `person_id` among the facts, and is for people without one.
    """
    if page in SET_PASSWORD:
        person = identity.person(UUID(str(facts["person_id"]))) if facts.get("person_id") else None
        if person is None or person.has_usable_password():
            return ""
        return set_password_url(person.id, language)
    if page == "public:order-resume" and "order_id" in facts:
        return order_url(UUID(str(facts["order_id"])), language)
    if page == "portal:invitation" and "sending" in facts:
        sending = UUID(str(facts["sending"]))
        return sent_invitation_url(UUID(str(facts["invitation_id"])), sending, language)
    if page == "portal:invitation" and "invitation_id" in facts:
        return invitation_url(UUID(str(facts["invitation_id"])), language)
    if page == "public:payment-link" and "payment_link_id" in facts:
        return address_of(UUID(str(facts["payment_link_id"])), language)
    if page == "portal:change" and "by_link" in facts:
        return change_url(UUID(str(facts["change_id"])), language)
    try:
        with override(language):
            return f"{settings.PUBLIC_URL}{reverse(page, args=about)}"
    except NoReverseMatch:
        return ""


def start_of(person_id: UUID, *, only: str = "") -> str:
    """The first page of a person: what waits for their answer; else Home, or Notices for an Agent; the order of who
    waits for its payment; the back office for the seller's people; why nothing opens for who was deactivated; the price page
    for whoever else is nobody's member.

    only   the one customer that their session opens, "" for all
    """
    if invitations.of_person(person_id, real=clock.now(), only=only):
        return reverse("portal:invitation")
    own = identity.memberships(person_id)
    if not own and (waiting := _order_of(person_id)):
        return waiting
    if not own:
        person = identity.person(person_id)
        if person is not None and person.is_staff:
            return reverse("backoffice:metering")
        return reverse("portal:home" if identity.is_deactivated(person_id) else "public:prices")
    return reverse("portal:notices" if own[0].profile is Profile.AGENT else "portal:home")


def _order_of(person_id: UUID) -> str:
    """The page of the newest order that they made signed in, as long as they are nobody's member; "" for none."""
    own = contracts.signups_of(person_id, most=1)
    return reverse("public:order-done", args=[own[0].public_id]) if own else ""
