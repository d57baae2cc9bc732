"""Cancel the contract for the end of its cycle: what happens, the press that does it, and the one that takes it back (END-3)."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from abono.domain.contracts import queries as contracts
from abono.domain.contracts.errors import NoSuchContract
from abono.entrypoints.site import flash
from abono.entrypoints.site.fields import seen as readable
from abono.entrypoints.site.refusals import answered
from abono.entrypoints.site.visit import Visitor
from abono.flows.endings.cancel import cancel, preview_cancellation, take_back
from abono.kernel.ids import parse
from abono.kernel.periods import last_date
from abono.platform import clock, formats


class Why(forms.Form):
    """Why, where they want to say it."""

    use_required_attribute = False
    why = forms.CharField(
        label=gettext_lazy("Reason, if you want to say it"),
        required=False,
        max_length=200,
        validators=[readable],
        help_text=gettext_lazy("It stands in the history of the contract, and the seller reads it."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@answered
def page(request: Visitor, contract_id: str) -> HttpResponse:
    """GET: until when all works, and what is billed then. POST: cancel it, or take that back."""
    visit, now = request.visit, clock.moment(request.visit.now_offset_s).now
    key = parse("ctr", contract_id)
    if key is None:
        raise NoSuchContract()
    contract = contracts.get(key, customer_id=visit.customer_id)
    form = Why(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        seen = preview_cancellation(contract_id=contract.id, now=now)
        context = {"contract": contract, "seen": seen, "form": form}
        status = 422 if form.is_bound else 200
        return render(request, "portal/contracts/cancel.html", context, status=status)
    if request.POST.get("do") == "take_back":
        take_back(contract_id=contract.id, why=form.cleaned_data["why"], actor=visit.actor, now=now)
        said = _("The cancellation is taken back: contract {number} goes on.").format(number=contract.number)
    else:
        done = cancel(contract_id=contract.id, why=form.cleaned_data["why"], actor=visit.actor, now=now)
        day = formats.long_day(last_date(done.ends_at, visit.time_zone), visit.language)
        said = _("Contract {number} is cancelled: all works up to {day}.").format(
            number=contract.number, day=day
        )
    flash.done(request, said)
    return redirect("portal:plans")
