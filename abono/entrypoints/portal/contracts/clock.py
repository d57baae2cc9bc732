"""The clock of a sandbox: advance it to a moment and see what happened (TIM-2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from abono.domain.contracts.states import RUNNING
from abono.domain.customers import advances
from abono.domain.customers.errors import ClockOnlyForward, NotASandbox
from abono.domain.customers.types import AdvanceInfo
from abono.entrypoints.portal.contracts import happenings
from abono.entrypoints.site import flash
from abono.entrypoints.site.refusals import answered
from abono.entrypoints.site.visit import Visit, Visitor
from abono.flows.advance_clock import advance_clock, happened
from abono.kernel.periods import boundary_day, day_start
from abono.platform import clock, formats

WITHIN_S = 5  # that an answer may take: then the page shows how far the clock is, and goes on


class Day(forms.Form):
    """A day to go to: its beginning where the organization is."""

    use_required_attribute = False
    day = forms.DateField(
        label=gettext_lazy("Day"),
        help_text=gettext_lazy("The clock goes to the beginning of this day."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        error_messages={"required": gettext_lazy("Choose a day.")},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@answered
def page(request: Visitor) -> HttpResponse:
    """GET: what would happen, how far the clock is, what happened. POST `to`, or `day`: go there, or on; the same again
    goes on where it was cut off, and does nothing once the clock is there."""
    visit = request.visit
    if not visit.sandbox:
        raise NotASandbox()
    form = Day(request.POST if "day" in request.POST else None)
    if request.method == "POST" and (not form.is_bound or form.is_valid()):
        return _advance(request, _wanted(form, request.POST, visit))
    now, advance = clock.shifted(visit.now_offset_s), advances.newest(visit.customer_id)
    context = {
        "now": now,
        "form": form,
        "confirm": _confirm(visit, now),
        **_shown(advance, now, visit.language),
    }
    return render(request, "portal/contracts/clock.html", context, status=422 if form.errors else 200)


def _advance(request: Visitor, to: datetime) -> HttpResponse:
    visit, real = request.visit, clock.now()
    advance = advance_clock(
        customer_id=visit.customer_id, to=to, actor=visit.actor, real=real, within_s=WITHIN_S
    )
    if advance.arrived_at is not None and advance.arrived_at < real:
        flash.told(request, _("Nothing new: the clock was there already."))
    return redirect("portal:advance-clock")


def _wanted(form: Day, posted: Mapping[str, str], visit: Visit) -> datetime:
    """Raises ClockOnlyForward for what is not a moment."""
    if form.is_bound:
        return day_start(form.cleaned_data["day"], visit.time_zone)
    try:
        moment = datetime.fromisoformat(posted.get("to", ""))
    except ValueError:
        raise ClockOnlyForward() from None
    if moment.tzinfo is None:
        raise ClockOnlyForward()
    return moment


def _shown(advance: AdvanceInfo | None, now: datetime, language: str) -> dict[str, object]:
    """How far the last advance is, and what happened on it."""
    if advance is None:
        return {}
    second = timedelta(seconds=1)
    whole_s = max((advance.to_at - advance.from_at) // second, 1)
    gone_s = (min(now, advance.to_at) - advance.from_at) // second
    return {
        "advance": advance,
        "under_way": advance.arrived_at is None,
        "whole_s": whole_s,
        "gone_s": gone_s,
        "percent": gone_s * 100 // whole_s,
        "happened": happenings.told(happened(advance, language), language),
    }


def _confirm(visit: Visit, now: datetime) -> dict[str, object] | None:
    """What the end of the cycle brings; None without a contract whose cycle ends."""
    contract = visit.contract
    if contract is None or contract.state not in RUNNING:
        return None
    if contract.cycle_end is None or contract.cycle_end <= now:
        return None
    day = formats.long_day(boundary_day(contract.cycle_end, visit.time_zone), visit.language)
    return {
        "ends": contract.is_last_cycle,
        "sentences": (
            _("The clock goes to {day}, the end of this cycle. It cannot be turned back.").format(day=day),
            _(
                "The contract ends then. What it still owes is billed, and what is left of the package is lost."
            )
            if contract.is_last_cycle
            else _(
                "What is left of the package is lost, the next cycle begins, its invoice is issued and its money asked for, as it would be then."
            ),
        ),
        "url": reverse("portal:advance-clock"),
        "fields": {"to": contract.cycle_end.isoformat()},
        "action": _("Advance to {day}").format(day=day),
        "back": _("Leave the clock as it is"),
        "back_url": reverse("portal:plans"),
    }
