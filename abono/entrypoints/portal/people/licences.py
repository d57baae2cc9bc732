"""Who is in the software now, who waits, and a licence freed by an Administrator (LIC-4)."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from abono.domain.identity import members
from abono.domain.licences import queries as licences
from abono.entrypoints.site import flash
from abono.entrypoints.site.posted import posted
from abono.entrypoints.site.refusals import answered
from abono.entrypoints.site.visit import Visitor
from abono.flows.licences.free import free_licences
from abono.platform import clock
from abono.platform.clock import shifted

PER_PAGE, OF_QUEUE = 50, 20  # who is in, on a page; who waits
_LONGEST = 200  # letters of how the seller's platform calls somebody


@require_safe
def page(request: Visitor) -> HttpResponse:
    """Leases by person, a page at a time; `?after=…` goes on from there."""
    visit = request.visit
    if visit.contract is None:
        return render(request, "portal/people/in_use.html", {"contract": None})
    contract_id, now = visit.contract.id, shifted(visit.now_offset_s)
    after = request.GET.get("after", "").replace("\x00", "")[:_LONGEST]
    found = licences.leases(contract_id, at=now, after=after, limit=PER_PAGE + 1)
    waiting = licences.waiting(contract_id, at=now)
    shown, queue = found[:PER_PAGE], waiting[:OF_QUEUE]
    names = [one.person for one in shown] + [one.person for one in queue]
    known = members.called(visit.customer_id, names)
    context = {
        "contract": visit.contract,
        "stands": licences.in_use(contract_id, at=now),
        "kept": sum(licences.kept(contract_id).values()),  # nobody else gets those, though not all are in use
        "rows": [(one, known.get(one.person)) for one in shown],
        "queue": [(one, known.get(one.person)) for one in queue],
        "more_wait": len(waiting) - len(queue),
        "newer": reverse("portal:people-in") if after else "",
        "older": f"?{urlencode({'after': shown[-1].person})}" if len(found) > PER_PAGE else "",
        "may_change": visit.administers,
    }
    return render(request, "portal/people/in_use.html", context)


@posted("portal:people-in")
@answered
def free(request: Visitor) -> HttpResponse:
    """End the lease, or the place, of one person on all their devices."""
    visit, person = request.visit, request.POST.get("person", "").replace("\x00", "")[:_LONGEST]
    ended = visit.contract is not None and free_licences(
        contract_id=visit.contract.id,
        customer_id=visit.customer_id,
        people=[person],
        actor=visit.actor,
        now=clock.now(),
    )
    if ended:
        told = _("The licence is free. The software tells whoever had it, as a rule within a minute.")
        flash.done(request, told)
    else:
        flash.told(request, _("Nothing was done: this person is in no more, and does not wait."))
    return redirect("portal:people-in")
