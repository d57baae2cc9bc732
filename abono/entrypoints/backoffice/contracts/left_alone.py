"""Leave a customer alone until a day: nothing is asked of a card, nobody is reminded or restricted (PAY-8)."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from abono.domain.contracts import queries as contracts
from abono.domain.contracts.errors import NoSuchContract
from abono.domain.customers import queries as customers
from abono.domain.customers.errors import LeftAloneNotSoon
from abono.domain.customers.types import Organization
from abono.entrypoints.site import flash
from abono.entrypoints.site.fields import Reason
from abono.entrypoints.site.refusals import refused
from abono.entrypoints.site.visit import SellersVisitor
from abono.flows.restriction.left_alone import leave_alone
from abono.kernel.ids import parse
from abono.kernel.periods import local_date
from abono.platform import clock, formats


class LeftAlone(forms.Form):
    use_required_attribute = False
    until = forms.DateField(
        label=gettext_lazy("Until"),
        help_text=gettext_lazy(
            "On this day all goes on: what is open is asked for, and restricted if it is overdue for too long."
        ),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        error_messages={"required": gettext_lazy("Choose a day.")},
    )
    why = Reason(max_length=200)


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SellersVisitor, contract_id: str) -> HttpResponse:
    """GET: until when, and why. POST: leave them alone until then, or not any more."""
    try:
        contract = contracts.get(parse("ctr", contract_id) or UUID(int=0))
    except NoSuchContract:
        raise Http404(contract_id) from None
    customer = customers.get(contract.customer_id)
    now = customer.moment(clock.now()).now
    today = local_date(now, customer.time_zone)
    until = customer.left_alone_until
    alone = until is not None and today < until
    ends, writes = request.POST.get("do") == "end", request.method == "POST"
    form = LeftAlone(
        request.POST if writes and not ends else None,
        initial={"until": until, "why": customer.left_alone_why} if alone else None,
    )
    if writes and (ends or form.is_valid()):
        told = {"until": None, "why": customer.left_alone_why} if ends else form.cleaned_data
        try:
            leave_alone(customer_id=customer.id, **told, actor=request.staff.actor, now=now)
            flash.done(request, _said(customer, told["until"]))
            return redirect("backoffice:contract", contract.public_id)
        except LeftAloneNotSoon as no:
            form.add_error("until", refused(no).sentence)
    context = {
        "contract": contract,
        "organization": customer.legal_name,
        "form": form,
        "alone": customer if alone else None,
    }
    status = 422 if form.is_bound else 200
    return render(request, "backoffice/contracts/left_alone.html", context, status=status)


def _said(customer: Organization, until: object) -> str:
    if until is None:
        return _("For {organization} all goes on as usual.").format(organization=customer.legal_name)
    day = formats.long_day(until, get_language() or "en")  # type: ignore[arg-type]
    return _("{organization} is left alone until {day}.").format(organization=customer.legal_name, day=day)
