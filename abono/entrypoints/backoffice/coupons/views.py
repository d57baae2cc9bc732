"""Coupons: listed, made, ended; who has one, given to a contract and taken back, each with its reason (INV-8)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from abono.domain.catalog import queries as catalog
from abono.domain.catalog.labels import package_name
from abono.domain.contracts import queries as contracts
from abono.domain.contracts.types import ContractInfo
from abono.domain.coupons import actions, queries
from abono.domain.coupons.types import CouponInfo, Redeemed
from abono.domain.customers import queries as customers
from abono.domain.settings import queries as settings
from abono.domain.settings.known import SELLER_TIME_ZONE
from abono.entrypoints.backoffice.coupons.forms import Make, Redeem, TakeBack, Why
from abono.entrypoints.backoffice.coupons.shown import Had, had, takes_off
from abono.entrypoints.site import flash
from abono.entrypoints.site.design.next_invoice import compared
from abono.entrypoints.site.refusals import answered, refused
from abono.entrypoints.site.visit import SellersVisitor
from abono.flows.billing.preview import Preview
from abono.flows.coupons.redeem import (
    preview_redeemed,
    preview_taken_back,
    redeem_coupon,
    take_back_coupon,
)
from abono.kernel.errors import Refusal
from abono.kernel.ids import parse
from abono.kernel.money import CURRENCIES
from abono.platform import clock


@dataclass(frozen=True, slots=True)
class Shown:
    """A coupon in words: what it takes off, and how long."""

    coupon: CouponInfo
    off: str

    @property
    def fees_of(self) -> str:
        """The plans and packages whose fees it is taken off; empty: all."""
        language, plans = get_language() or "en", catalog.plan_names() if self.coupon.plans else {}
        packages = [package_name(code, language) for code in self.coupon.packages]
        return ", ".join([*(plans.get(code, code) for code in self.coupon.plans), *packages])


@dataclass(frozen=True, slots=True)
class Row:
    """A contract that has it or had it; `form` where it can be taken back."""

    had: Had
    contract: ContractInfo
    organization: str
    form: TakeBack | None


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SellersVisitor) -> HttpResponse:
    """GET: all coupons; `?code=` leads to that one. POST: make one."""
    if request.method != "POST" and "code" in request.GET:
        return _led(request)
    form = _make(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        why, now = form.cleaned_data["why"], clock.now()
        try:
            made = actions.make(form.new, why=why, actor=request.staff.actor, now=now)
        except Refusal as no:
            form.add_error("code", _(no.message).format(**no.facts))
        else:
            flash.done(request, _("The coupon {code} can be redeemed.").format(code=made.code))
            return redirect("backoffice:coupon", made.public_id)
    context = {"form": form, "coupons": [_shown(one) for one in queries.newest()]}
    wrong = request.method == "POST"
    return render(request, "backoffice/coupons/page.html", context, status=422 if wrong else 200)


def _led(request: SellersVisitor) -> HttpResponse:
    """To the coupon of this code, or back where there is none; the contract for which it is wanted goes along."""
    number = request.GET.get("contract", "")
    try:
        found = queries.called(request.GET["code"])
    except Refusal as no:
        flash.refused(request, refused(no).sentence)
        contract = contracts.by_number(number)
        if contract is not None:
            return redirect("backoffice:contract", contract.public_id)
        return redirect("backoffice:coupons")
    return redirect(
        f"{reverse('backoffice:coupon', args=[found.public_id])}?{urlencode({'contract': number})}"
    )


@require_http_methods(["GET", "HEAD", "POST"])
@answered
def coupon(request: SellersVisitor, coupon_id: str) -> HttpResponse:
    """GET: who has it. POST: end it; give it to a contract or take it back from one, which is looked at first, and done with
    `confirm`."""
    found, language = queries.get(_key(coupon_id)), get_language() or "en"
    form = _posted(request)
    preview = None
    if form is not None and form.is_valid():
        try:
            if not isinstance(form, TakeBack | Redeem) or request.POST.get("confirm") == form.seen:
                flash.done(request, _done(request, found, form))
                return redirect("backoffice:coupon", coupon_id)
            preview = _seen(found, form)
        except Refusal as no:
            form.add_error(None, _(no.message).format(**no.facts))
    takes = form if isinstance(form, TakeBack) else None
    context = {
        "shown": _shown(found),
        "coupon": found,
        "ends": form if "end" in request.POST else Why(None),
        "gives": form if isinstance(form, Redeem) else Redeem(None, initial=_whose(request)),
        "rows": [_row(one, takes, language) for one in queries.redeemed_by(found.id)],
        "preview": None if preview is None else compared(preview),
    }
    wrong = form is not None and bool(form.errors)
    return render(request, "backoffice/coupons/coupon.html", context, status=422 if wrong else 200)


def _posted(request: SellersVisitor) -> Why | TakeBack | Redeem | None:
    if request.method != "POST":
        return None
    if "end" in request.POST:
        return Why(request.POST)
    return TakeBack(request.POST) if "take_back" in request.POST else Redeem(request.POST)


def _whose(request: SellersVisitor) -> dict[str, str]:
    """Whoever comes from a contract's page has said for which one."""
    return {"number": request.GET.get("contract", "")[:16]}


def _seen(found: CouponInfo, form: TakeBack | Redeem) -> Preview:
    """What the next invoice becomes."""
    told, now = form.cleaned_data, clock.now()
    if isinstance(form, TakeBack):
        at = customers.moment_of(contracts.customer_of(form.contract_id), real=now).now
        return preview_taken_back(contract_id=form.contract_id, whole=told["whole"], why=told["why"], now=at)
    at = customers.moment_of(form.found.customer_id, real=now).now
    return preview_redeemed(contract_id=form.found.id, code=found.code, now=at)


def _done(request: SellersVisitor, found: CouponInfo, form: Why | TakeBack | Redeem) -> str:
    """Do what a form asks for. Returns what to say of it."""
    told, actor, now = form.cleaned_data, request.staff.actor, clock.now()
    if isinstance(form, TakeBack):
        at = customers.moment_of(contracts.customer_of(form.contract_id), real=now).now
        take_back_coupon(
            contract_id=form.contract_id, whole=told["whole"], why=told["why"], actor=actor, now=at
        )
        return _("The contract has the coupon no more.")
    if isinstance(form, Redeem):
        at = customers.moment_of(form.found.customer_id, real=now).now
        redeem_coupon(contract_id=form.found.id, code=found.code, actor=actor, now=at)
        return _("The contract has the coupon from its next cycle on.")
    actions.end(found.id, why=told["why"], actor=actor, now=now)
    return _("The coupon is ended. Contracts that have it keep it.")


def _make(data: object) -> Make:
    now, language = clock.now(), get_language() or "en"
    packages = [
        (one.code, package_name(one.code, language))
        for currency in CURRENCIES
        for one in catalog.packages_on_sale(currency=currency, at=now)
    ]
    return Make(
        data,
        language=language,
        zone=settings.value(SELLER_TIME_ZONE, at=now),
        plans=[(one.code, one.name) for one in catalog.plans_on_sale(at=now)],
        packages=packages,
    )


def _shown(one: CouponInfo) -> Shown:
    return Shown(one, takes_off(one, get_language() or "en"))


def _row(one: Redeemed, posted: TakeBack | None, language: str) -> Row:
    contract = contracts.get(one.contract_id)
    last = queries.of_contract(one.contract_id)[-1]
    form = None
    if posted is not None and posted.data.get("contract") == contract.public_id:
        form = posted
    elif last.id == one.id:
        form = TakeBack(None, initial={"contract": contract.public_id}, auto_id=f"id_%s_{contract.public_id}")
    organization = customers.get(contract.customer_id).legal_name
    return Row(had(one, contract, language), contract, organization, form)


def _key(text: str) -> UUID:
    """Raises Http404."""
    key = parse("cpn", text)
    if key is None:
        raise Http404(text)
    return key
