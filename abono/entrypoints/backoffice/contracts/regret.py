"""Give a contract back for its customer, with a full refund and with a reason (CON-10)."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from abono.domain.contracts import queries as contracts
from abono.domain.contracts.errors import NoSuchContract
from abono.domain.contracts.types import ContractInfo
from abono.domain.customers import queries as customers
from abono.entrypoints.site import flash
from abono.entrypoints.site.fields import Reason
from abono.entrypoints.site.refusals import refused
from abono.entrypoints.site.visit import SellersVisitor
from abono.flows.endings.regret import Regret, preview_regret, regret
from abono.kernel.errors import Refusal
from abono.kernel.ids import parse
from abono.platform import clock, formats


class Why(forms.Form):
    """Why it is given back: it stands in the history of the contract."""

    use_required_attribute = False
    why = Reason(max_length=200)


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SellersVisitor, contract_id: str) -> HttpResponse:
    """GET: what ends and what goes back. POST: do it."""
    try:
        contract = contracts.get(parse("ctr", contract_id) or UUID(int=0))
    except NoSuchContract:
        raise Http404(contract_id) from None
    customer = customers.get(contract.customer_id)
    moment = customer.moment(clock.now())
    form = Why(request.POST if request.method == "POST" else None)
    seen, refusal = None, None
    try:
        if form.is_valid():
            done = regret(
                contract_id=contract.id,
                why=form.cleaned_data["why"],
                actor=request.staff.actor,
                moment=moment,
            )
            return _done(request, contract, done)
        seen = preview_regret(contract_id=contract.id, now=moment.now)
    except Refusal as no:
        refusal = refused(no)
    context = {
        "contract": contract,
        "organization": customer.legal_name,
        "regret": seen,
        "form": form,
        "refusal": refusal,
    }
    wrong = refusal.status if refusal else 422
    return render(
        request, "backoffice/contracts/regret.html", context, status=wrong if form.is_bound else 200
    )


def _done(request: SellersVisitor, contract: ContractInfo, done: Regret) -> HttpResponse:
    amount = formats.money(done.amount, get_language() or "en")
    said = _("Contract {number} has ended. {amount} goes back to whoever paid it.")
    if not done.amount:
        said = _("Contract {number} has ended.")
    flash.done(request, said.format(number=contract.number, amount=amount))
    return redirect("backoffice:contract", contract.public_id)
