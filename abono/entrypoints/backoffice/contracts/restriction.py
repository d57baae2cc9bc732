"""Restrict a contract for fraud, with a reason, and lift that (END-4)."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from abono.domain.contracts import queries as contracts
from abono.domain.contracts.errors import ContractNotRunning, NoSuchContract
from abono.domain.contracts.states import RUNNING
from abono.domain.customers import queries as customers
from abono.domain.restrictions import queries as restrictions
from abono.domain.restrictions.states import Cause
from abono.entrypoints.site import flash
from abono.entrypoints.site.actors import names_of
from abono.entrypoints.site.fields import WhyTold
from abono.entrypoints.site.refusals import refused
from abono.entrypoints.site.visit import SellersVisitor
from abono.flows.restriction.by_seller import lift_for_fraud, restrict_for_fraud
from abono.kernel.errors import Refusal
from abono.kernel.ids import parse
from abono.platform import clock


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SellersVisitor, contract_id: str) -> HttpResponse:
    """GET: what restricts it, and what can be done. POST: restrict it, or lift what the seller restricted."""
    try:
        contract = contracts.get(parse("ctr", contract_id) or UUID(int=0))
    except NoSuchContract:
        raise Http404(contract_id) from None
    customer = customers.get(contract.customer_id)
    ever = restrictions.history(contract.id)
    lifts = any(one.cause is Cause.FRAUD and one.lifted_at is None for one in ever)
    form = WhyTold(request.POST if request.method == "POST" else None)
    refusal = None if contract.state in RUNNING else refused(ContractNotRunning(contract.number))
    if refusal is None and form.is_valid():
        act = lift_for_fraud if request.POST.get("do") == "lift" else restrict_for_fraud
        try:
            act(
                contract_id=contract.id,
                why=form.cleaned_data["why"],
                actor=request.staff.actor,
                now=customer.moment(clock.now()).now,
            )
            said = _("Done, and the customer is told: contract {number}.")
            flash.done(request, said.format(number=contract.number))
            return redirect("backoffice:contract", contract.public_id)
        except Refusal as no:
            refusal = refused(no)
    by = names_of([*(one.made_by for one in ever), *(one.lifted_by for one in ever if one.lifted_by)])
    context = {
        "contract": contract,
        "organization": customer.legal_name,
        "form": form,
        "refusal": refusal,
        "lifts": lifts,
        "ever": [(one, by[one.made_by], by.get(one.lifted_by, "")) for one in ever],
    }
    wrong = refusal.status if refusal else 422
    return render(
        request, "backoffice/contracts/restriction.html", context, status=wrong if form.is_bound else 200
    )
