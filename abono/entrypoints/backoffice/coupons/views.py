"""Coupons: listed, made, ended; who has one, given to a contract and taken back, each with its reason (INV-8)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
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
from abono.entrypoints.site import flash
from abono.entrypoints.site.refusals import answered
from abono.entrypoints.site.visit import SellersVisitor
from abono.flows.coupons.redeem import redeem_coupon, take_back_coupon
from abono.kernel.errors import Refusal
from abono.kernel.ids import parse
from abono.kernel.money import CURRENCIES
from abono.platform import clock, formats


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

    redeemed: Redeemed
    contract: ContractInfo
    organization: str
    form: TakeBack | None


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SellersVisitor) -> HttpResponse:
    """GET: all coupons. POST: make one."""
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


@require_http_methods(["GET", "HEAD", "POST"])
@answered
def coupon(request: SellersVisitor, coupon_id: str) -> HttpResponse:
    """GET: who has it. POST: end it, give it to a contract, take it back from one."""
    found = queries.get(_key(coupon_id))
    ends, gives = Why(None), Redeem(None)
    takes: TakeBack | None = None
    if request.method == "POST":
        form: forms.Form
        if "end" in request.POST:
            form = ends = Why(request.POST)
        elif "take_back" in request.POST:
            form = takes = TakeBack(request.POST)
        else:
            form = gives = Redeem(request.POST)
        if form.is_valid() and _done(request, found, form):
            return redirect("backoffice:coupon", coupon_id)
    context = {
        "shown": _shown(found),
        "coupon": found,
        "ends": ends,
        "gives": gives,
        "rows": [_row(one, takes) for one in queries.redeemed_by(found.id)],
    }
    wrong = request.method == "POST"
    return render(request, "backoffice/coupons/coupon.html", context, status=422 if wrong else 200)


def _done(request: SellersVisitor, found: CouponInfo, form: forms.Form) -> bool:
    """Do what a form asks for; where it is refused the form says so."""
    told, actor, now = form.cleaned_data, request.staff.actor, clock.now()
    try:
        if isinstance(form, TakeBack):
            contract_id = parse("ctr", told["contract"])
            if contract_id is None:
                raise Http404(told["contract"])
            at = customers.moment_of(contracts.customer_of(contract_id), real=now).now
            take_back_coupon(
                contract_id=contract_id, whole=told["whole"], why=told["why"], actor=actor, now=at
            )
            flash.done(request, _("The contract has the coupon no more."))
        elif isinstance(form, Redeem):
            contract = contracts.by_number(told["number"].strip())
            if contract is None:
                form.add_error("number", _("There is no contract with this number."))
                return False
            at = customers.moment_of(contract.customer_id, real=now).now
            redeem_coupon(contract_id=contract.id, code=found.code, actor=actor, now=at)
            flash.done(request, _("The contract has the coupon from its next cycle on."))
        else:
            actions.end(found.id, why=told["why"], actor=actor, now=now)
            flash.done(request, _("The coupon is ended. Contracts that have it keep it."))
    except Refusal as no:
        form.add_error(None, _(no.message).format(**no.facts))
        return False
    return True


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
    language = get_language() or "en"
    if one.rate_micro is not None:
        return Shown(one, formats.rate(one.rate_micro, language))
    return Shown(
        one,
        ", ".join(
            formats.minor(minor, currency, language) for currency, minor in (one.amounts or {}).items()
        ),
    )


def _row(one: Redeemed, wrong: TakeBack | None) -> Row:
    contract = contracts.get(one.contract_id)
    last = queries.of_contract(one.contract_id)[-1]
    form = None
    if wrong is not None and wrong.data.get("contract") == contract.public_id:
        form = wrong
    elif last.id == one.id:
        form = TakeBack(None, initial={"contract": contract.public_id}, auto_id=f"id_%s_{contract.public_id}")
    return Row(one, contract, customers.get(contract.customer_id).legal_name, form)


def _key(text: str) -> UUID:
    """Raises Http404."""
    key = parse("cpn", text)
    if key is None:
        raise Http404(text)
    return key
