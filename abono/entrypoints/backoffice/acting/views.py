"""See the portal as a customer sees it: whose, and why (ACC-5)."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from abono.domain.contracts import queries as contracts
from abono.domain.contracts.types import ContractInfo
from abono.entrypoints.site import acting, flash
from abono.entrypoints.site.posted import posted
from abono.entrypoints.site.refusals import answered
from abono.entrypoints.site.visit import SellersVisitor


class Whose(forms.Form):
    use_required_attribute = False
    contract = forms.CharField(
        label=gettext_lazy("Contract number"),
        max_length=16,
        error_messages={"required": gettext_lazy("Write the number of a contract.")},
    )
    why = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        help_text=gettext_lazy("It stays in the record, and the customer can read it."),
        error_messages={"required": gettext_lazy("Say why: the customer can read it.")},
    )
    found: ContractInfo

    def clean_contract(self) -> str:
        number: str = self.cleaned_data["contract"].strip()
        found = contracts.by_number(number)
        if found is None:
            raise forms.ValidationError(_("There is no contract with this number."))
        self.found = found
        return number


@require_http_methods(["GET", "HEAD", "POST"])
@answered
def page(request: SellersVisitor) -> HttpResponse:
    """GET: whose. POST: begin."""
    form = Whose(request.POST or None, initial={"contract": request.GET.get("contract", "")[:16]})
    if request.method == "POST" and form.is_valid():
        acting.begin(request, request.staff, customer_id=form.found.customer_id, why=form.cleaned_data["why"])
        return redirect("portal:home")
    context = {"form": form, "minutes": acting.LASTS.seconds // 60}
    return render(request, "backoffice/acting/page.html", context, status=422 if form.errors else 200)


@posted("backoffice:act-as")
@answered
def stop(request: SellersVisitor) -> HttpResponse:
    acting.stop(request, request.staff)
    flash.done(request, _("You see the portal as a customer no longer."))
    return redirect("backoffice:act-as")
