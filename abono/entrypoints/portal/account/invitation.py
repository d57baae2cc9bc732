"""A membership that waits for the consent of somebody who has an account (CON-9): by their mail, or signed in."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from abono.domain.identity import actions as identity
from abono.domain.identity import queries
from abono.domain.identity.errors import NoSuchInvitation
from abono.domain.identity.types import InvitationInfo
from abono.entrypoints.site import flash
from abono.entrypoints.site.links import (
    INVITATION_STANDS,
    INVITATIONS,
    read_signed,
    set_password_url,
    start_of,
)
from abono.entrypoints.site.shell import PROFILES
from abono.entrypoints.site.visit import SESSION_CUSTOMER
from abono.kernel.ids import parse, public
from abono.platform import clock

SESSION_INVITATION = "invitation"  # whoever opened the link in the mail has shown that the address is theirs


@never_cache
@require_safe
def link(request: HttpRequest, token: str) -> HttpResponse:
    """From the mail to a clean address: the token goes no further, into no log and no other page."""
    invitation_id = read_signed(INVITATIONS, token, most=INVITATION_STANDS)
    if invitation_id is not None and queries.invitation(invitation_id) is not None:
        request.session[SESSION_INVITATION] = str(invitation_id)
    return redirect("portal:invitation")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """What waits for an answer, one at a time. Looking at it answers nothing."""
    waiting = _waiting(request)
    if request.method == "POST":
        return _answer(request, waiting)
    context = {
        "invitation": waiting[0] if waiting else None,
        "key": public("ivt", waiting[0].id) if waiting else "",
        "role": PROFILES[waiting[0].profile.value] if waiting else "",
    }
    return render(request, "portal/account/invitation.html", context)


def _waiting(request: HttpRequest) -> list[InvitationInfo]:
    """Those of who is signed in, and that of the link."""
    found = queries.invitations(request.user.pk) if request.user.is_authenticated else []
    linked = request.session.get(SESSION_INVITATION)
    one = queries.invitation(UUID(linked)) if linked else None
    return found if one is None or one in found else [one, *found]


def _answer(request: HttpRequest, waiting: list[InvitationInfo]) -> HttpResponse:
    wanted = parse("ivt", request.POST.get("invitation", ""))
    asked = next((one for one in waiting if one.id == wanted), None)
    accept = request.POST.get("answer") == "accept"
    if asked is None:
        return redirect("portal:invitation")
    try:
        identity.answer_invitation(
            invitation_id=asked.id, person_id=asked.person_id, accept=accept, now=clock.now()
        )
    except NoSuchInvitation:
        raise Http404 from None
    request.session.pop(SESSION_INVITATION, None)
    if not accept:
        flash.told(request, _("You declined. Nothing of your account was changed."))
        return redirect(start_of(request.user.pk) if request.user.is_authenticated else "portal:sign-in")
    flash.done(
        request,
        _("You are a member of {organization} now.").format(organization=asked.organization),
    )
    return _on(request, asked)


def _on(request: HttpRequest, asked: InvitationInfo) -> HttpResponse:
    """To the organization; first to the sign-in, or to a password where there is none yet."""
    if request.user.is_authenticated and request.user.pk == asked.person_id:
        request.session[SESSION_CUSTOMER] = str(asked.customer_id)
        return redirect(start_of(asked.person_id))
    person = queries.person(asked.person_id)
    if person is not None and not person.has_usable_password():
        return redirect(set_password_url(person.id, person.language))
    return redirect("portal:sign-in")
