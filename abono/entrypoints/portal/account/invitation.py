"""A membership that waits for an answer: by the link of its mail, or signed in (LIC-5, CON-9).

Whoever opened the link has shown that the address is theirs. The link goes into the session and is looked at each time: one
that was sent again, withdrawn, answered or is too old opens nothing, and the page says what to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from abono.domain.customers import queries as customers
from abono.domain.identity import invitations, queries, sign_on
from abono.domain.identity.errors import NoSuchInvitation
from abono.domain.identity.states import InvitationState
from abono.domain.identity.types import InvitationInfo
from abono.entrypoints.portal.account import goes_on
from abono.entrypoints.portal.account.fields import NameForm
from abono.entrypoints.site import errors, flash, sessions
from abono.entrypoints.site.links import (
    INVITATION_STANDS,
    INVITATIONS,
    read_invitation,
    read_signed,
    set_password_url,
)
from abono.entrypoints.site.posted import posted
from abono.entrypoints.site.refusals import Refused, refused
from abono.entrypoints.site.shell import PROFILES
from abono.entrypoints.site.visit import SESSION_CUSTOMER
from abono.flows.people.invite import accept_invitation, decline_invitation
from abono.kernel.errors import Refusal
from abono.kernel.ids import parse
from abono.kernel.periods import local_date
from abono.platform import clock, throttle
from abono.platform.origin import address_of

SESSION_INVITATION = "invitation"  # the link by which this browser came
FREE_GUESSES = 20  # from one address before the first pause; a link that is right does not count


@dataclass(frozen=True, slots=True)
class Linked:
    """What the link of this browser leads to. `over` says why it opens nothing; None where it does."""

    invitation: InvitationInfo | None
    over: InvitationState | None


@never_cache
@require_safe
def link(request: HttpRequest, token: str) -> HttpResponse:
    """From the mail to a clean address: the token goes no further, into no log and no other page."""
    now = clock.now()
    guesses = f"invitation:{address_of(request)}"
    if wait := throttle.spend(guesses, free=FREE_GUESSES, now=now):
        return errors.too_many(request, wait=wait)
    if _read(token) is not None:
        throttle.give_back(guesses)
    request.session[SESSION_INVITATION] = token
    return redirect("portal:invitation")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """What waits for an answer, one at a time. Looking at it answers nothing."""
    asked = _waiting(request)
    if request.method == "POST":
        wanted = parse("ivt", request.POST.get("invitation", ""))
        return _answer(request, next((one for one in asked if one.id == wanted), None))
    return _show(request, asked[0] if asked else None)


def _show(
    request: HttpRequest,
    asked: InvitationInfo | None,
    form: NameForm | None = None,
    refusal: Refused | None = None,
) -> HttpResponse:
    linked = _linked(request)
    context: dict[str, object] = {
        "invitation": asked,
        "role": PROFILES[asked.profile.value] if asked else "",
        "over": linked.over.value if linked.over is not None else "",
        "ended": linked.invitation if linked.over is not None else None,
        "refusal": refusal,
    }
    if asked is not None and asked.by_address:
        context["somebody_else"] = request.user if _is_somebody_else(request, asked) else None
        context["new"] = queries.find_person(asked.email) is None
        context["form"] = form or NameForm()
        context["until"] = _until(asked)
    status = refusal.status if refusal else 422 if form is not None else 200
    return render(request, "portal/account/invitation.html", context, status=status)


def _read(token: str) -> InvitationInfo | None:
    """What a link is of, whatever came of it; None for one that was never ours, or was replaced by another mail's."""
    real = clock.now()
    if (sent := read_invitation(token)) is not None:
        return invitations.by_secret(*sent, real=real)
    key = read_signed(INVITATIONS, token, most=INVITATION_STANDS)
    return None if key is None else invitations.waits(key, real=real)


def _linked(request: HttpRequest) -> Linked:
    token = request.session.get(SESSION_INVITATION)
    found = _read(token) if isinstance(token, str) else None
    over = None if found is None or found.state is InvitationState.WAITING else found.state
    return Linked(found, over)


def _waiting(request: HttpRequest) -> list[InvitationInfo]:
    """That of the link, and those of who is signed in."""
    linked = _linked(request)
    found: list[InvitationInfo] = []
    if request.user.is_authenticated:
        only = sessions.only(request)  # the supplier of one organization answers for no other
        found = invitations.of_person(request.user.pk, real=clock.now(), only=only)
    if linked.invitation is None or linked.over is not None:
        return found
    return [linked.invitation, *(one for one in found if one.id != linked.invitation.id)]


def _until(asked: InvitationInfo) -> date | None:
    """The last day, where the organization is."""
    if asked.expires_at is None:
        return None
    return local_date(asked.expires_at, customers.get(asked.customer_id).time_zone)


def _is_somebody_else(request: HttpRequest, asked: InvitationInfo) -> bool:
    return request.user.is_authenticated and request.user.email != asked.email


def _answer(request: HttpRequest, asked: InvitationInfo | None) -> HttpResponse:
    if asked is None or (asked.by_address and _is_somebody_else(request, asked)):
        return redirect("portal:invitation")
    now = customers.moment_of(asked.customer_id, real=clock.now()).now
    if request.POST.get("answer") != "accept":
        return _decline(request, asked)
    try:
        if not asked.by_address:
            assert asked.person_id is not None
            invitations.answer(invitation_id=asked.id, person_id=asked.person_id, accept=True, now=now)
            person_id = asked.person_id
        else:
            form = NameForm(request.POST)
            known = queries.find_person(asked.email)
            if known is None and not form.is_valid():
                return _show(request, asked, form)
            name = "" if known is not None else form.cleaned_data["name"]
            person_id = accept_invitation(invitation=asked, name=name, now=now)
    except NoSuchInvitation:
        return redirect("portal:invitation")
    except Refusal as no:
        return _show(request, asked, refusal=refused(no))
    request.session.pop(SESSION_INVITATION, None)
    flash.done(request, _("You are a member of {organization} now.").format(organization=asked.organization))
    return _on(request, asked, person_id)


def _decline(request: HttpRequest, asked: InvitationInfo) -> HttpResponse:
    now = customers.moment_of(asked.customer_id, real=clock.now()).now
    try:
        if asked.by_address:
            decline_invitation(invitation=asked, now=now)
        else:
            invitations.answer(invitation_id=asked.id, person_id=asked.person_id, accept=False, now=now)
    except NoSuchInvitation:
        return redirect("portal:invitation")
    request.session.pop(SESSION_INVITATION, None)
    flash.told(request, _("You declined. Nothing of your account was changed."))
    return redirect(goes_on.start(request) if request.user.is_authenticated else "portal:sign-in")


def _on(request: HttpRequest, asked: InvitationInfo, person_id: UUID) -> HttpResponse:
    """To the organization; first to the sign-in: the organization's own, or a password where there is none yet."""
    if request.user.is_authenticated and request.user.pk == person_id:
        request.session[SESSION_CUSTOMER] = str(asked.customer_id)
        return redirect(goes_on.start(request))
    person = queries.person(person_id)
    # The link of an order is of the account, whose address may have been another one when it went out.
    if asked.by_address and person is not None and not person.has_usable_password():
        own = sign_on.of(asked.customer_id)
        if own is not None and person.email.rpartition("@")[2] in own.domains:
            return redirect("portal:sign-on-in", own.public_id)
        return redirect(set_password_url(person.id, person.language))
    return redirect("portal:sign-in")


@posted("portal:invitation")
def leave(request: HttpRequest) -> HttpResponse:
    """Whoever is signed in leaves, so that who was invited can answer; the link stays."""
    token = request.session.get(SESSION_INVITATION)
    sessions.end(request)
    if isinstance(token, str):
        request.session[SESSION_INVITATION] = token
    return redirect("portal:invitation")
