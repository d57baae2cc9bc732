"""Invitations on pages: made, sent again, withdrawn (LIC-5)."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from abono.entrypoints.portal.people.forms import Invite
from abono.entrypoints.site import flash
from abono.entrypoints.site.posted import posted
from abono.entrypoints.site.refusals import Refused, refused
from abono.entrypoints.site.visit import Visitor
from abono.flows.people.invite import invite_member, send_invitation_again, withdraw_invitation
from abono.kernel.errors import Refusal
from abono.kernel.ids import parse
from abono.platform.clock import shifted


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: Visitor) -> HttpResponse:
    """GET: whom, as what. POST: the mail goes out, once."""
    form, visit = Invite(request.POST or None, initial={"language": request.visit.language}), request.visit
    if request.method != "POST" or not form.is_valid():
        return _show(request, form, None)
    try:
        made = invite_member(
            customer_id=visit.customer_id,
            email=form.cleaned_data["email"],
            profile=form.chosen,
            language=form.cleaned_data["language"],
            by=visit.person_name,
            actor=visit.actor,
            now=shifted(visit.now_offset_s),
        )
    except Refusal as no:
        return _show(request, form, refused(no))
    _said(request, made.email)
    return redirect("portal:people")


@posted("portal:people")
def again(request: Visitor, invitation_id: str) -> HttpResponse:
    """Another mail with another link."""
    visit = request.visit
    try:
        made = send_invitation_again(
            invitation_id=_key(invitation_id),
            customer_id=visit.customer_id,
            by=visit.person_name,
            actor=visit.actor,
            now=shifted(visit.now_offset_s),
        )
    except Refusal as no:
        flash.refused(request, refused(no).sentence)
    else:
        _said(request, made.email)
    return redirect("portal:people")


@posted("portal:people")
def withdraw(request: Visitor, invitation_id: str) -> HttpResponse:
    """Its link opens nothing any more."""
    visit = request.visit
    try:
        ended = withdraw_invitation(
            invitation_id=_key(invitation_id),
            customer_id=visit.customer_id,
            actor=visit.actor,
            now=shifted(visit.now_offset_s),
        )
    except Refusal as no:
        flash.refused(request, refused(no).sentence)
    else:
        said = _("The invitation of {email} is withdrawn. Its link opens nothing any more.")
        flash.done(request, said.format(email=ended.email))
    return redirect("portal:people")


def _show(request: Visitor, form: Invite, refusal: Refused | None) -> HttpResponse:
    wrong = refusal.status if refusal else 422 if form.errors else 200
    return render(request, "portal/people/invite.html", {"form": form, "refusal": refusal}, status=wrong)


def _said(request: Visitor, email: str) -> None:
    said = _("An invitation is on its way to {email}. It serves for seven days.")
    flash.done(request, said.format(email=email))


def _key(text: str) -> UUID:
    key = parse("ivt", text)
    if key is None:
        raise Http404(text)
    return key
