"""Cancel a contract for its customer, with a reason, and take that back (END-3)."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from abono.domain.contracts import queries as contracts
from abono.domain.contracts.errors import NoSuchContract
from abono.domain.customers import queries as customers
from abono.entrypoints.site import flash
from abono.entrypoints.site.fields import WhyTold
from abono.entrypoints.site.refusals import refused
from abono.entrypoints.site.visit import SellersVisitor
from abono.flows.endings.cancel import cancel, preview_cancellation, take_back
from abono.kernel.errors import Refusal
from abono.kernel.ids import parse
from abono.kernel.periods import last_date
from abono.platform import clock


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SellersVisitor, contract_id: str) -> HttpResponse:
    """GET: until when all works, and what is billed then. POST: cancel it, or take that back."""
    try:
        contract = contracts.get(parse("ctr", contract_id) or UUID(int=0))
    except NoSuchContract:
        raise Http404(contract_id) from None
    customer = customers.get(contract.customer_id)
    now = customer.moment(clock.now()).now
    form = WhyTold(request.POST if request.method == "POST" else None)
    seen, refusal = None, None
    try:
        if form.is_valid():
            act = take_back if request.POST.get("do") == "take_back" else cancel
            act(contract_id=contract.id, why=form.cleaned_data["why"], actor=request.staff.actor, now=now)
            said = _("Done, and the customer is told: contract {number}.")
            flash.done(request, said.format(number=contract.number))
            return redirect("backoffice:contract", contract.public_id)
        seen = preview_cancellation(contract_id=contract.id, now=now)
    except Refusal as no:
        refusal = refused(no)
    context = {
        "contract": contract,
        "organization": customer.legal_name,
        "seen": seen,
        "cancelled": seen is not None and seen.cancelled,
        "last": None if seen is None else last_date(seen.ends_at, customer.time_zone),
        "form": form,
        "refusal": refusal,
    }
    wrong = refusal.status if refusal else 422
    return render(
        request, "backoffice/contracts/cancel.html", context, status=wrong if form.is_bound else 200
    )
