"""One member on pages: their profile, deactivated and back, deleted (LIC-5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from abono.domain.customers.types import Organization
from abono.domain.identity import members, queries
from abono.domain.identity.types import MemberDetail
from abono.entrypoints.portal.people import table
from abono.entrypoints.portal.people.forms import NewProfile
from abono.entrypoints.site import flash, sessions
from abono.entrypoints.site.links import start_of
from abono.entrypoints.site.posted import posted
from abono.entrypoints.site.refusals import answered, refused
from abono.entrypoints.site.shell import LANGUAGES, PROFILES
from abono.entrypoints.site.visit import Visitor
from abono.flows.people.members import (
    change_profile,
    deactivate_member,
    delete_member,
    is_contact,
    reactivate_member,
)
from abono.kernel.errors import Refusal
from abono.kernel.ids import parse
from abono.platform import clock


@require_safe
@answered
def page(request: Visitor, member_id: str) -> HttpResponse:
    found = _found(request, member_id)
    context = {
        "member": found,
        "profile": PROFILES[found.profile.value],
        "speaks": dict(LANGUAGES)[found.language],
        "own": _is_own(request, found),
        "form": NewProfile(initial={"profile": found.profile.value}),
        "columns": table.columns(),
        "table": table.rows(),
        "may_change": request.visit.administers,
        "keys": _keys(found),
        "pays": is_contact(found.email, request.visit.customer),
    }
    return render(request, "portal/people/member.html", context)


@posted("portal:member", of="member_id")
@answered
def profile(request: Visitor, member_id: str) -> HttpResponse:
    """What they may do from their next page on."""
    found, form = _found(request, member_id), NewProfile(request.POST)
    if not form.is_valid():
        flash.refused(request, _("Nothing was changed: choose a profile."))
        return redirect("portal:member", member_id)
    label = PROFILES[form.chosen.value]
    done = _("{name} is {profile} from now on.").format(name=found.name, profile=label)
    acted = _acts(request, found, done, lambda who: change_profile(profile=form.chosen, **who))
    if acted and _is_own(request, found):
        return redirect(
            start_of(found.person_id, only=sessions.only(request))
        )  # this page may not be theirs any more
    return redirect("portal:member", member_id)


@posted("portal:member", of="member_id")
@answered
def deactivate(request: Visitor, member_id: str) -> HttpResponse:
    """Nothing opens for them any more, until they are brought back."""
    found = _found(request, member_id)
    done = _("{name} is deactivated, and was signed out everywhere.").format(name=found.name)
    if is_contact(found.email, request.visit.customer):
        done = f"{done} {_goes_on(found)}"
    acted = _acts(request, found, done, lambda who: deactivate_member(**who))
    return _away(request, found) if acted else redirect("portal:member", member_id)


@posted("portal:member", of="member_id")
@answered
def reactivate(request: Visitor, member_id: str) -> HttpResponse:
    found = _found(request, member_id)
    done = _("{name} is back, as before.").format(name=found.name)
    _acts(request, found, done, lambda who: reactivate_member(**who))
    return redirect("portal:member", member_id)


@require_http_methods(["GET", "HEAD", "POST"])
@answered
def delete(request: Visitor, member_id: str) -> HttpResponse:
    """GET: are you sure. POST: for good."""
    found = _found(request, member_id)
    if request.method != "POST":
        return render(
            request, "site/frame/base_confirm.html", {"confirm": _confirm(found, request.visit.customer)}
        )
    done = _("{name} is a member no longer.").format(name=found.name)
    if not _acts(request, found, done, lambda who: delete_member(**who)):
        return redirect("portal:member", member_id)
    return _away(request, found)


def _acts(request: Visitor, found: MemberDetail, done: str, act: Callable[[dict[str, Any]], object]) -> bool:
    """Do it and say so, or why not. Returns whether it was done."""
    visit = request.visit
    who: dict[str, Any] = {
        "person_id": found.person_id,
        "customer_id": visit.customer_id,
        "by": visit.person_name,
        "actor": visit.actor,
        "moment": clock.moment(visit.now_offset_s),
    }
    try:
        changed = act(who)
    except Refusal as no:
        flash.refused(request, refused(no).sentence)
        return False
    if _is_own(request, found) and not _still_there(found):
        sessions.end(request)  # the row of it is gone already
    flash.done(request, done if changed else _("Nothing was changed: it is so already."))
    return True


def _still_there(found: MemberDetail) -> bool:
    try:
        return members.get(found.person_id, found.customer_id).deactivated_at is None
    except Refusal:
        return False


def _away(request: Visitor, found: MemberDetail) -> HttpResponse:
    return redirect("portal:sign-in" if _is_own(request, found) else "portal:people")


def _confirm(found: MemberDetail, customer: Organization) -> dict[str, object]:
    return {
        "title": _("Delete {name}?").format(name=found.name),
        "sentences": [
            _("{name} is signed out at once, and is a member no longer. This cannot be undone.").format(
                name=found.name
            ),
            _("What {name} did stays in the record. To come back, {name} needs another invitation.").format(
                name=found.name
            ),
            *([_goes_on(found)] if is_contact(found.email, customer) else []),
            *([keys] if (keys := _keys(found)) else []),
        ],
        "url": reverse("portal:member-delete", args=[found.public_id]),
        "action": _("Delete {name}").format(name=found.name),
        "danger": True,
        "back": _("Keep the member"),
        "back_url": reverse("portal:member", args=[found.public_id]),
    }


def _goes_on(found: MemberDetail) -> str:
    said = _("Invoices go on going to {email}: {name} is the financial contact. Name somebody else.")
    return said.format(email=found.email, name=found.name)


def _keys(found: MemberDetail) -> str:
    """Keys that they made, and may have kept, live on without them; "" where there are none."""
    actor, now = f"person:{found.person_id}", clock.now()
    made = queries.keys_made_by(actor, customer_id=found.customer_id, now=now)
    said = _("API keys that {name} made go on working: {keys}. End those that {name} may have kept.")
    return said.format(name=found.name, keys=", ".join(one.name for one in made)) if made else ""


def _is_own(request: Visitor, found: MemberDetail) -> bool:
    return found.person_id == request.visit.person_id


def _found(request: Visitor, text: str) -> MemberDetail:
    """Raises Http404, NoSuchMember for anybody else's (ACC-2)."""
    key: UUID | None = parse("usr", text)
    if key is None:
        raise Http404(text)
    return members.get(key, request.visit.customer_id)
