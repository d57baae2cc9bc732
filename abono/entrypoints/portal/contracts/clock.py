"""The clock of a sandbox: advance it to the next cycle and see what happened (TIM-2)."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from abono.domain.contracts.errors import NoSuchContract
from abono.domain.customers.errors import ClockOnlyForward, NotASandbox
from abono.entrypoints.portal.contracts import happenings
from abono.entrypoints.site.refusals import answered
from abono.entrypoints.site.visit import Visitor
from abono.flows.advance_clock import advance_clock
from abono.kernel.periods import boundary_day
from abono.platform import clock, formats

_RESULT = "clock"  # in the session, until it was shown


@require_http_methods(["GET", "HEAD", "POST"])
@answered
def page(request: Visitor) -> HttpResponse:
    """GET: what would happen, or what did. POST `to`: advance to that end of a cycle; a second time nothing is left to do."""
    visit, moment = request.visit, clock.moment(request.visit.now_offset_s)
    if not visit.sandbox:
        raise NotASandbox()
    contract = visit.contract
    if contract is None or contract.cycle_end is None:
        raise NoSuchContract()
    if request.method == "POST":
        to = _moment(request.POST.get("to", ""))
        if to > contract.cycle_end:
            raise ClockOnlyForward()
        happened = []
        if to > moment.now:  # the second of two presses finds the clock there already
            happened = advance_clock(
                customer_id=visit.customer_id, to=to, actor=visit.actor, real=moment.real
            )
        told = happenings.told(happened, visit.language)
        request.session[_RESULT] = [(one.text, one.happened_at.isoformat()) for one in told]
        return redirect("portal:advance-clock")
    result = request.session.pop(_RESULT, None)
    day = formats.long_day(boundary_day(contract.cycle_end, visit.time_zone), visit.language)
    context = {
        "contract": contract,
        "now": moment.now,
        "happened": result and [(text, datetime.fromisoformat(at)) for text, at in result],
        "done": result is not None,
        "confirm": {
            "sentences": (
                _("The clock goes to {day}, the end of this cycle. It cannot be turned back.").format(
                    day=day
                ),
                _(
                    "What is left of the package is lost, the next cycle begins, its invoice is issued and the card in use is charged, as it would be then."
                ),
            ),
            "url": reverse("portal:advance-clock"),
            "fields": {"to": contract.cycle_end.isoformat()},
            "action": _("Advance to {day}").format(day=day),
            "back": _("Leave the clock as it is"),
            "back_url": reverse("portal:plans"),
        },
    }
    return render(request, "portal/contracts/clock.html", context)


def _moment(text: str) -> datetime:
    """Raises ClockOnlyForward for what is not a moment."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ClockOnlyForward() from None
    if moment.tzinfo is None:
        raise ClockOnlyForward()
    return moment
