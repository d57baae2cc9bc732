"""Addresses of pages with their host, for e-mails, and where a person begins."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.urls import NoReverseMatch, reverse
from django.utils.translation import override

from abono.domain.identity import queries as identity
from abono.domain.identity.types import Profile
from abono.kernel.ids import public

SET_PASSWORD = ("portal:set-password", "portal:set_password")


class Tokens(PasswordResetTokenGenerator):
    """Void once the password is another one. Signing in does not void them, unlike Django's own: who has
    just contracted is signed in at once, and the link is still on its way."""

    key_salt = "abono.portal.links"

    def _make_hash_value(self, user: AbstractBaseUser, timestamp: int) -> str:
        return f"{user.pk} {user.password} {timestamp}"


tokens = Tokens()


def set_password_url(person_id: UUID, language: str) -> str:
    """The address at which this person chooses a password: for their own e-mail alone. "" for nobody.

    It serves once and for three days (PASSWORD_RESET_TIMEOUT).
    """
    person = identity.person(person_id)
    if person is None:
        return ""
    arguments = [public("usr", person_id), tokens.make_token(person)]
    with override(language):
        return f"{settings.PUBLIC_URL}{reverse('portal:set-password', args=arguments)}"


def link_for(page: str, about: tuple[str, ...], facts: Mapping[str, object], language: str) -> str:
    """The address of the page on which a notice can be acted on; "" when there is none.

    The page to choose a password needs `person_id` among the facts, and is for people without one.
    """
    if page in SET_PASSWORD:
        person = identity.person(UUID(str(facts["person_id"]))) if facts.get("person_id") else None
        if person is None or person.has_usable_password():
            return ""
        return set_password_url(person.id, language)
    try:
        with override(language):
            return f"{settings.PUBLIC_URL}{reverse(page, args=about)}"
    except NoReverseMatch:
        return ""


def start_of(person_id: UUID) -> str:
    """The first page of a person: Home, or Notices for an Agent; the back office for the seller's people; the
    price page for nobody's member."""
    own = identity.memberships(person_id)
    if not own:
        person = identity.person(person_id)
        staff = person is not None and person.is_staff
        return reverse("backoffice:metering" if staff else "public:prices")
    return reverse("portal:notices" if own[0].profile is Profile.AGENT else "portal:home")
