"""What the pages about one's own account share: their frame, the letter that tells its owner, staying signed in."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest
from django.utils.translation import get_language

from abono.domain.identity import queries, staff
from abono.domain.notices import letters
from abono.entrypoints.site import sessions

MEMBER, SELLER, ALONE = "site/frame/page.html", "backoffice/base.html", "portal/public.html"


def frame(request: HttpRequest) -> str:
    """What stands around: the portal for members, the back office for staff with all their factors, else little."""
    if getattr(request, "visit", None) is not None:
        return MEMBER
    if not (request.user.is_authenticated and request.user.is_staff and sessions.has_second(request)):
        return ALONE
    request.staff = staff.colleague(sessions.person_of(request))  # type: ignore[attr-defined]
    return SELLER


def person(request: HttpRequest, letter: str, *, address: str = "", change: UUID | None = None) -> None:
    """Write to whoever is signed in about what was done, in the transaction in which it was.

    address   where to, if not to that of their account
    change    of the account's address, which the letter's link undoes
    """
    person_id, language = sessions.person_of(request), get_language() or "en"
    letters.send_soon(letter, person_id=person_id, language=language, address=address, change=change)


def stays_signed_in(request: HttpRequest) -> None:
    """This session knows the new password, and goes on under another key."""
    changed = queries.person(sessions.person_of(request))
    assert changed is not None
    old = sessions.key_of(request)
    update_session_auth_hash(request, changed)
    sessions.moved(request, old)
