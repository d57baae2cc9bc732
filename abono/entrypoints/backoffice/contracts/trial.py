"""Let the trial of a contract end earlier or later, with a reason (INV-10)."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from abono.domain.contracts import queries as contracts
from abono.domain.contracts.errors import NoSuchContract, NotInTrial, TrialDayWrong
from abono.domain.customers import queries as customers
from abono.entrypoints.site import flash
from abono.entrypoints.site.fields import ToldReason
from abono.entrypoints.site.refusals import refused
from abono.entrypoints.site.visit import SellersVisitor
from abono.flows.trials.move import days_for_last, move_trial_end
from abono.kernel.errors import Refusal
from abono.kernel.ids import parse
from abono.kernel.periods import last_date
from abono.platform import clock, formats


class Move(forms.Form):
    use_required_attribute = False
    last = forms.DateField(
        label=gettext_lazy("Last day of the trial"),
        help_text=gettext_lazy("Fees begin on the day after it. Today: the trial ends at midnight."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        error_messages={"required": gettext_lazy("Choose a day.")},
    )
    why = ToldReason()


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SellersVisitor, contract_id: str) -> HttpResponse:
    """GET: choose the day. POST: it ends then, and the customer is told."""
    try:
        contract = contracts.get(parse("ctr", contract_id) or UUID(int=0))
    except NoSuchContract:
        raise Http404(contract_id) from None
    customer = customers.get(contract.customer_id)
    now, refusal = customer.moment(clock.now()).now, None
    if not contract.in_trial:
        refusal = refused(NotInTrial(contract.number))
    ends = contract.trial_until
    last = None if ends is None else last_date(ends, customer.time_zone)
    form = Move(request.POST if request.method == "POST" else None, initial={"last": last})
    if refusal is None and form.is_valid():
        told = form.cleaned_data
        try:
            move_trial_end(contract_id=contract.id, **told, actor=request.staff.actor, now=now)
            said = _("The trial of contract {number} ends on {day}, and the customer is told.")
            day = formats.long_day(told["last"], get_language() or "en")
            flash.done(request, said.format(number=contract.number, day=day))
            return redirect("backoffice:contract", contract.public_id)
        except TrialDayWrong as no:
            form.add_error("last", refused(no).sentence)
        except Refusal as no:
            refusal = refused(no)
    context = {
        "contract": contract,
        "organization": customer.legal_name,
        "form": form,
        "refusal": refusal,
        "days": days_for_last(contract, customer.time_zone, now=now),
    }
    wrong = refusal.status if refusal else 422
    return render(request, "backoffice/contracts/trial.html", context, status=wrong if form.is_bound else 200)
