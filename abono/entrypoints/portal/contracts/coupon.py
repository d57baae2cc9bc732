"""The coupon of a contract: which one it has, and redeem one (INV-8)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from abono.domain.contracts import queries as contracts
from abono.domain.coupons import queries
from abono.domain.coupons.errors import NotAsSeen
from abono.domain.coupons.rules import in_cycle
from abono.domain.coupons.types import CouponInfo
from abono.entrypoints.portal import coupon_tries
from abono.entrypoints.site import errors, flash
from abono.entrypoints.site.design.next_invoice import compared
from abono.entrypoints.site.refusals import answered
from abono.entrypoints.site.visit import Visit, Visitor
from abono.flows.billing.project import project_invoice
from abono.flows.coupons.redeem import preview_redeemed, redeem_coupon
from abono.kernel.errors import Refusal
from abono.kernel.ids import parse
from abono.platform import formats
from abono.platform.clock import shifted


class Redeem(forms.Form):
    use_required_attribute = False
    code = forms.CharField(
        label=gettext_lazy("Coupon"),
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
        error_messages={"required": gettext_lazy("Write the code of the coupon.")},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@answered
def page(request: Visitor, contract_id: str) -> HttpResponse:
    """GET: what the contract has. POST: look at what a code makes of the next invoice; with `confirm` of what was looked at, redeem
    it, from the next cycle on. To look at a code is one try; to redeem it as it was looked at is none."""
    visit, key = request.visit, parse("ctr", contract_id)
    if key is None:
        raise Http404(contract_id)
    contract = contracts.get(key, customer_id=visit.customer_id)
    form, seen = Redeem(request.POST if request.method == "POST" else None), None
    if request.method == "POST" and form.is_valid():
        code, now = form.cleaned_data["code"], shifted(visit.now_offset_s)
        looked = request.POST.get("confirm", "")
        try:
            if looked and _redeemed(visit, contract.id, code, looked, now):
                flash.done(request, _("The coupon is redeemed: it counts from the next invoice on."))
                return redirect("portal:coupon", contract_id)
            if wait := coupon_tries.spend(str(visit.customer_id)):
                return errors.too_many(request, wait=wait)
            seen = preview_redeemed(contract_id=contract.id, code=code, now=now)
            if looked:
                form.add_error("code", _(NotAsSeen.message))
        except Refusal as no:
            form.add_error("code", _(no.message).format(**no.facts))
    number = -1 if contract.cycle_number is None else contract.cycle_number
    rows = queries.of_contract(contract.id)
    has = in_cycle(rows, number + 1) or in_cycle(rows, number)
    context = {
        "contract": contract,
        "form": form,
        "has": None if has is None else has.coupon,
        "off": ""
        if has is None or has.coupon is None
        else _off(has.coupon, contract.currency, visit.language),
        "next_invoice": project_invoice(contract_id=contract.id, redeemed=rows),
        "preview": None if seen is None else compared(seen),
        "confirm": None if seen is None else seen.seen,
    }
    return render(request, "portal/contracts/coupon.html", context, status=422 if form.errors else 200)


def _redeemed(visit: Visit, contract_id: UUID, code: str, seen: str, now: datetime) -> bool:
    """Whether the next invoice was as it was looked at, so that it is done. What refuses it is told by the look that follows, which
    is a try."""
    try:
        redeem_coupon(
            contract_id=contract_id,
            customer_id=visit.customer_id,
            code=code,
            seen=seen,
            actor=visit.actor,
            now=now,
        )
    except Refusal:
        return False
    return True


def _off(coupon: CouponInfo, currency: str, language: str) -> str:
    if coupon.rate_micro is not None:
        return formats.rate(coupon.rate_micro, language)
    return formats.minor((coupon.amounts or {})[currency], currency, language)
