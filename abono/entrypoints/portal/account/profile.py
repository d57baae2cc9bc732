"""Profile: who is signed in, in which language, for which organization."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from abono.domain.identity.errors import NotAMember
from abono.domain.identity.types import Profile
from abono.entrypoints.site import sessions
from abono.entrypoints.site.posted import posted
from abono.entrypoints.site.refusals import answered
from abono.entrypoints.site.shell import PROFILES
from abono.entrypoints.site.visit import SESSION_CUSTOMER, Visitor
from abono.kernel.ids import parse, public


@require_safe
def page(request: Visitor) -> HttpResponse:
    visit = request.visit
    context = {
        "profile": PROFILES[visit.profile],
        "current": visit.customer.public_id,
        "organizations": [(key, name, PROFILES[profile]) for key, name, profile in visit.organizations],
    }
    return render(request, "portal/account/profile.html", context)


@posted("portal:profile")
@answered
def switch_organization(request: Visitor) -> HttpResponse:
    """Look at another organization of the person's own; any other does not exist for them (ACC-2)."""
    wanted = parse("cus", request.POST.get("organization", ""))
    own = {public_id: profile for public_id, _name, profile in request.visit.organizations}
    profile = None if wanted is None else own.get(public("cus", wanted))
    if profile is None:
        raise NotAMember()
    request.session[SESSION_CUSTOMER] = str(wanted)
    sessions.renew(request)
    return redirect("portal:notices" if profile == Profile.AGENT.value else "portal:home")
