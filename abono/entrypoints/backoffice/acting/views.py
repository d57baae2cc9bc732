"""See the portal as a customer sees it: whose, and why (ACC-5)."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from abono.entrypoints.site import acting, flash
from abono.entrypoints.site.fields import ContractNumber, Reason
from abono.entrypoints.site.posted import posted
from abono.entrypoints.site.refusals import answered
from abono.entrypoints.site.visit import SellersVisitor


class Whose(forms.Form):
    use_required_attribute = False
    contract = ContractNumber()
    why = Reason()


@require_http_methods(["GET", "HEAD", "POST"])
@answered
def page(request: SellersVisitor) -> HttpResponse:
    """GET: whose. POST: begin."""
    form = Whose(request.POST or None, initial={"contract": request.GET.get("contract", "")[:16]})
    if request.method == "POST" and form.is_valid():
        whose, why = form.cleaned_data["contract"].customer_id, form.cleaned_data["why"]
        acting.begin(request, request.staff, customer_id=whose, why=why)
        return redirect("portal:home")
    context = {"form": form, "minutes": acting.LASTS.seconds // 60}
    return render(request, "backoffice/acting/page.html", context, status=422 if form.errors else 200)


@posted("backoffice:act-as")
@answered
def stop(request: SellersVisitor) -> HttpResponse:
    acting.stop(request, request.staff)
    flash.done(request, _("You see the portal as a customer no longer."))
    return redirect("backoffice:act-as")
