"""Contracting on the site, step by step (CON-2): details, payment, done. Nothing typed is ever lost (CON-4)."""

from __future__ import annotations

from ipaddress import ip_address

from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from abono.domain.catalog import queries as catalog
from abono.domain.catalog.errors import NoPriceInCurrency, PackageNotOnSale, PlanNotOnSale
from abono.domain.catalog.labels import package_name
from abono.domain.catalog.types import PackageInfo, PlanInfo
from abono.domain.contracts import actions as contracts
from abono.domain.contracts.errors import CurrencyMismatch
from abono.domain.contracts.types import Draft
from abono.domain.customers import queries as customers
from abono.domain.identity import queries as identity
from abono.domain.invoicing.labels import line_label
from abono.entrypoints.portal.order import drafts
from abono.entrypoints.portal.order.forms import DetailsForm, typed
from abono.flows.signup import terms
from abono.flows.signup.progress import Stage, newcomer, progress
from abono.flows.signup.quote import Quote, quote, quote_of
from abono.platform import clock, formats

NOT_SOLD = (PlanNotOnSale, PackageNotOnSale, NoPriceInCurrency, CurrencyMismatch)


@never_cache
@require_safe
def order(request: HttpRequest) -> HttpResponse:
    """From a choice on the price page to its order. The same choice again is the same order."""
    plan, package, currency = (request.GET.get(name, "") for name in ("plan", "package", "currency"))
    now = clock.now()
    try:
        quote(plan_code=plan, package_code=package, currency=currency, now=now)
    except NOT_SOLD as no:
        raise Http404(str(no)) from no
    draft = drafts.begin(request, plan=plan, package=package, currency=currency, now=now)
    return redirect("public:order-details", draft.public_id)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def details(request: HttpRequest, order_id: str) -> HttpResponse:
    """Who contracts. Each POST is kept, right or wrong, before anything else is looked at."""
    draft = drafts.find(request, order_id)
    if not progress(draft).open:
        return redirect("public:order-done", order_id)
    if request.method == "POST":
        draft = _keep(request, draft)
        if "recalculate" in request.POST:
            return redirect(f"{reverse('public:order-details', args=[order_id])}#summary-title")
    check = request.method == "POST" or "check" in request.GET
    form = DetailsForm(draft.typed) if check else DetailsForm(initial=draft.typed or _first_values(draft))
    offer = offer_of(draft)
    if request.method == "POST" and offer is not None and form.is_valid():
        return redirect("public:order-pay", order_id)
    context = {
        "form": form,
        "draft": draft,
        "plans": _plans(draft),
        "packages": _packages(draft),
        "terms": terms.text(get_language() or "en"),
        "terms_version": terms.VERSION,
        **summary(offer),
    }
    wrong = request.method == "POST" or offer is None
    return render(request, "portal/order/details.html", context, status=422 if wrong else 200)


def _keep(request: HttpRequest, draft: Draft) -> Draft:
    """Save what was typed and chosen. A plan or package that is not on sale leaves the choice as it was."""
    plan = request.POST.get("plan", draft.plan_code)
    package = request.POST.get("package", draft.package_code)
    known = plan in {p.code for p in _plans(draft)} and package in {p.code for p in _packages(draft)}
    contracts.save_typed(
        signup_id=draft.id,
        typed=typed(request.POST),
        plan_code=plan if known else draft.plan_code,
        package_code=package if known else draft.package_code,
        currency=draft.currency,
    )
    return contracts.read_signup(draft.id)


def _first_values(draft: Draft) -> dict[str, str]:
    return {"same_person": "on", "country": "BR" if draft.currency == "BRL" else ""}


def _plans(draft: Draft) -> list[PlanInfo]:
    """Those that can be bought in the order's currency."""
    now, found = clock.now(), []
    for plan in catalog.plans_on_sale(at=now):
        try:
            catalog.plan_price(plan_id=plan.id, currency=draft.currency, interval="month")
        except NoPriceInCurrency:
            continue
        found.append(plan)
    return found


def _packages(draft: Draft) -> tuple[PackageInfo, ...]:
    return catalog.packages_on_sale(currency=draft.currency, at=clock.now())


def offer_of(draft: Draft) -> Quote | None:
    """What the order costs; None when its plan or package was taken off sale meanwhile."""
    try:
        return quote_of(draft, now=clock.now())
    except NOT_SOLD:
        return None


def summary(offer: Quote | None) -> dict[str, object]:
    """The box beside the form: the first charge line by line, and what comes every month (CON-2)."""
    if offer is None:
        return {"offer": None}
    language = get_language() or "en"
    monthly = {line.kind for line in offer.monthly}
    lines = [
        (
            line_label(line.kind, line.name, language),
            formats.money(line.amount, language),
            _("every month") if line.kind in monthly else _("once"),
        )
        for line in offer.first
    ]
    return {
        "offer": offer,
        "lines": lines,
        "total": formats.money(offer.first_total, language),
        "monthly": formats.money(offer.monthly_total, language),
        "package_name": package_name(offer.package.code, language),
    }


@never_cache
@require_safe
def done(request: HttpRequest, order_id: str) -> HttpResponse:
    """The contract is active, or its payment is being confirmed; then the page looks again by itself."""
    draft = drafts.find(request, order_id)
    stand = progress(draft)
    if stand.open:
        return redirect("public:order-details" if stand.stage is Stage.OPEN else "public:order-pay", order_id)
    if request.headers.get("HX-Request"):
        return _changed() if stand.stage is Stage.DONE else HttpResponse(status=204)
    contract = stand.contract
    assert contract is not None
    context = {"draft": draft, "contract": contract, "organization": customers.get(contract.customer_id)}
    context["checking"] = stand.checking
    if stand.stage is Stage.CONFIRMING:
        return render(request, "portal/order/confirming.html", {**context, **summary(offer_of(draft))})
    person_id = newcomer(draft)
    if person_id is not None and not request.user.is_authenticated:
        login(request, identity.person(person_id), backend=settings.AUTHENTICATION_BACKENDS[0])
    context |= {
        "plan": catalog.plan(contract.plan_id),
        "package": catalog.package(contract.package_id),
        "new_person": person_id is not None,
        "email": draft.typed.get("administrator_email", ""),
    }
    return render(request, "portal/order/done.html", context)


def _changed() -> HttpResponse:
    """Tell the script of a page that asks to load the whole page anew."""
    response = HttpResponse(status=200)
    response["HX-Refresh"] = "true"
    return response


@require_safe
def terms_page(request: HttpRequest) -> HttpResponse:
    """The terms as they stand today, to read and print."""
    context = {"terms": terms.text(get_language() or "en"), "terms_version": terms.VERSION}
    return render(request, "portal/order/terms.html", context)


def address_of(request: HttpRequest) -> str | None:
    """From where the request came, for the record of who accepted the terms."""
    try:
        return str(ip_address(request.META.get("REMOTE_ADDR", "")))
    except ValueError:
        return None
