"""Contracts for the seller: found by number, name or tax id; one of them whole, with all that can be done with it."""

from __future__ import annotations

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.views.decorators.http import require_safe

from abono.domain.contracts import queries as contracts
from abono.domain.customers import queries as customers
from abono.domain.customers.rules import printed_tax_id
from abono.entrypoints.backoffice.contracts.shown import shown
from abono.entrypoints.site.refusals import answered
from abono.entrypoints.site.visit import SellersVisitor
from abono.kernel.ids import parse
from abono.platform import clock

PER_PAGE = 50


class Search(forms.Form):
    use_required_attribute = False
    what = forms.CharField(
        label=gettext_lazy("Number, name or tax id"),
        required=False,
        max_length=120,
        help_text=gettext_lazy("The beginning of a number, a part of a name, a whole tax id."),
    )


@require_safe
def page(request: SellersVisitor) -> HttpResponse:
    """The newest contracts, or those that were searched; whoever found the only one is led to it."""
    form = Search(request.GET or None)
    wanted = form.cleaned_data["what"] if form.is_valid() else ""
    found = contracts.searched(wanted, limit=PER_PAGE)
    if wanted and len(found) == 1:
        return redirect("backoffice:contract", found[0].public_id)
    whose = customers.several({one.customer_id for one in found})
    rows = [
        (one, customer, printed_tax_id(customer.country, customer.tax_id))
        for one in found
        for customer in [whose[one.customer_id]]
    ]
    context = {"form": form, "rows": rows, "searched": bool(wanted), "most": PER_PAGE}
    status = 422 if form.errors else 200
    return render(request, "backoffice/contracts/found.html", context, status=status)


@require_safe
@answered
def contract(request: SellersVisitor, contract_id: str) -> HttpResponse:
    """One contract, from which all acts of the seller begin."""
    key = parse("ctr", contract_id)
    if key is None:
        raise Http404(contract_id)
    found = contracts.get(key)
    customer = customers.get(found.customer_id)
    seen = shown(found, customer, real=clock.now(), language=get_language() or "en")
    return render(request, "backoffice/contracts/page.html", {"shown": seen, "contract": found})
