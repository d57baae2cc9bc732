"""Where one goes on after signing in, and never away from here."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponseRedirect

from abono.domain.identity import invitations
from abono.entrypoints.site import sessions
from abono.entrypoints.site.back import ours
from abono.entrypoints.site.links import start_of
from abono.entrypoints.site.visit import SESSION_CUSTOMER, SESSION_PAID
from abono.platform import clock


def after_signing_in(request: HttpRequest, person_id: UUID, wanted: str) -> HttpResponseRedirect:
    """Signed in. Who paid a contract in this very browser consents by it to be its administrator (CON-9)."""
    paid = request.session.get(SESSION_PAID)
    now, only = clock.now(), sessions.only(request)
    for asked in invitations.of_person(person_id, real=now, only=only):
        if str(asked.customer_id) == paid and not asked.by_address:
            invitations.answer(invitation_id=asked.id, person_id=person_id, accept=True, now=now)
            request.session[SESSION_CUSTOMER] = paid
    if invitations.of_person(person_id, real=now, only=only):
        wanted = ""  # an answer is asked for first
    return HttpResponseRedirect(safe(request, wanted) or start_of(person_id, only=only))


def start(request: HttpRequest) -> str:
    """Where whoever is signed in begins; the page of prices for others."""
    if not request.user.is_authenticated:
        return "/"
    return start_of(request.user.pk, only=sessions.only(request))


def safe(request: HttpRequest, address: str) -> str:
    """The address when it is a whole path of this site, else nothing: a lone word would be taken for a view's name."""
    whole = address.startswith(("/", "http://", "https://"))
    return address if whole and ours(request, address) else ""


def wish(request: HttpRequest) -> str:
    """Where the visitor wanted to go, as it was typed or sent: to be made `safe` before it is followed."""
    return str(request.POST.get("next", request.GET.get("next", "")))
