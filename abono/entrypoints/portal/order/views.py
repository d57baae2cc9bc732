"""Contracting on the site, step by step (CON-2): details, payment, done. Nothing typed is ever lost (CON-4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from ipaddress import ip_address
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from abono.domain.catalog import queries as catalog
from abono.domain.catalog.errors import NoPriceInCurrency, PackageNotOnSale, PlanNotOnSale
from abono.domain.catalog.types import PackageInfo, PlanInfo
from abono.domain.contracts import actions as contracts
from abono.domain.contracts.errors import CurrencyMismatch, NoSuchSignup
from abono.domain.contracts.types import MONTH, YEAR, ContractInfo, Draft
from abono.domain.customers import queries as customers
from abono.domain.customers.types import Organization
from abono.domain.identity import queries as identity
from abono.domain.payments.pushed.requests import RequestInfo
from abono.entrypoints.portal import coupon_tries, intervals
from abono.entrypoints.portal.financial.asked import unless_moved
from abono.entrypoints.portal.order import drafts
from abono.entrypoints.portal.order.first_values import first_values
from abono.entrypoints.portal.order.forms import DetailsForm, typed
from abono.entrypoints.portal.order.summary import summary
from abono.entrypoints.site import errors, flash
from abono.entrypoints.site.links import ORDER_GOES_ON, ORDERS, order_url, read_signed
from abono.entrypoints.site.remembered import remember_language
from abono.entrypoints.site.visit import SESSION_CUSTOMER, SESSION_PAID
from abono.flows.signup import terms
from abono.flows.signup.progress import Progress, Stage, progress
from abono.flows.signup.quote import Quote, quote, quote_of
from abono.kernel.money import CURRENCIES
from abono.kernel.periods import last_date
from abono.platform import clock, throttle

FREE_ORDERS = 30  # begun from one address, which may be a whole office, before the first pause
SESSION_PAYS = "pays"  # the order that this browser pressed to pay
NOT_SOLD = (PlanNotOnSale, PackageNotOnSale, NoPriceInCurrency, CurrencyMismatch)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def order(request: HttpRequest) -> HttpResponse:
    """From a choice on the price page to the details. Looking makes nothing; the first thing that is sent does.

    Who has an order that is not paid yet goes on with it, whatever is chosen now (CON-9).
    """
    given = request.POST if request.method == "POST" else request.GET
    plan, package, currency = (given.get(name, "") for name in ("plan", "package", "currency"))
    interval = _interval(given.get("interval", ""), plan, currency)
    if request.method != "POST" and not (plan or package or currency):
        return _nothing_chosen(request)
    now = clock.now()
    try:
        quote(plan_code=plan, package_code=package, currency=currency, interval=interval, now=now)
    except NOT_SOLD as no:
        raise Http404(str(no)) from no
    known = drafts.current(request)
    if known is not None and not progress(known).open:
        flash.told(
            request, _("Your payment is being confirmed. Please wait for it: you are not charged twice.")
        )
        return redirect("public:order-done", known.public_id)
    if request.method != "POST":
        same = known is not None and (known.choice, known.interval) == ((plan, package, currency), interval)
        if known is not None and same:
            return redirect("public:order-details", known.public_id)
        return _page(request, _not_begun(request, known, (plan, package, currency), interval))
    if known is None:
        wait = throttle.spend(f"order:{address_of(request)}", free=FREE_ORDERS, now=now)
        if wait:
            return errors.too_many(request, wait=wait)
    draft = drafts.begin(request, plan=plan, package=package, currency=currency, interval=interval, now=now)
    if "legal_name" not in request.POST:
        return redirect("public:order-details", draft.public_id)
    return _sent(request, draft)


def _interval(asked: str, plan: str, currency: str) -> str:
    """By the year where that was asked for and is sold, else by the month (CAT-10)."""
    if asked != YEAR or currency not in CURRENCIES:
        return MONTH
    sold = catalog.plans_priced(currency=currency, interval=YEAR, at=clock.now())
    return YEAR if plan in {one.code for one in sold} else MONTH


def _nothing_chosen(request: HttpRequest) -> HttpResponse:
    """The address alone, as a browser may remember it: to the order that goes on, else to the price page."""
    known = drafts.current(request)
    if known is None:
        return redirect("public:prices")
    return redirect("public:order-details", known.public_id)


def _not_begun(
    request: HttpRequest, known: Draft | None, choice: tuple[str, str, str], interval: str
) -> Draft:
    """The order as it would be: nothing is written for who only looks."""
    plan, package, currency = choice
    nothing = Draft(
        id=UUID(int=0),
        public_id="",
        currency=currency,
        plan_code=plan,
        package_code=package,
        interval=interval,
        language=get_language() or "en",
        typed={},
        contract_id=None,
        buyer_id=drafts.buyer(request),
        declined="",
        created_at=clock.now(),
    )
    return replace(nothing, typed={} if known is None else known.typed)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def details(request: HttpRequest, order_id: str) -> HttpResponse:
    """Who contracts. Each POST is kept, right or wrong, before anything else is looked at."""
    draft = drafts.find(request, order_id)
    stand = progress(draft)
    if not stand.open:
        return already(request, draft, stand)
    if request.method == "POST":
        return _sent(request, draft)
    return _page(request, draft, check="check" in request.GET)


def already(request: HttpRequest, draft: Draft, stand: Progress) -> HttpResponse:
    """Another tab, or another press, was faster: say so, and lead to the contract."""
    if stand.stage is Stage.DONE:
        flash.told(request, _("This order has its contract already: nothing was charged again."))
    return redirect("public:order-done", draft.public_id)


def _sent(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Keep what came; go on when all of it is right. `keep` only keeps: a script sends it as the person types."""
    draft, wait = keep(request, draft)
    here = reverse("public:order-details", args=[draft.public_id])
    if "keep" in request.POST:
        return JsonResponse({"order": here})
    if wait:
        return errors.too_many(request, wait=wait)
    if "recalculate" in request.POST:
        return redirect(f"{here}#summary-title")
    offer = offer_of(draft)
    right = offer is not None and offer.stands
    if right and DetailsForm(draft.typed, currency=draft.currency).is_valid():
        return redirect("public:order-pay", draft.public_id)
    if request.path != here:
        return redirect(f"{here}?check=1")  # an address that can be reloaded, and read in another language
    return _page(request, draft, check=True, wrong=True)


def _page(request: HttpRequest, draft: Draft, *, check: bool = False, wrong: bool = False) -> HttpResponse:
    if check:
        form = DetailsForm(draft.typed, currency=draft.currency)
    else:
        form = DetailsForm(currency=draft.currency, initial=draft.typed or first_values(draft))
    offer = offer_of(draft)
    begun = bool(draft.public_id)
    context = {
        "form": form,
        "draft": draft,
        "action": reverse("public:order-details", args=[draft.public_id])
        if begun
        else reverse("public:order"),
        "goes_on_at": order_url(draft.id, get_language() or "en") if begun else "",
        "plans": _plans(draft),
        "packages": _packages(draft),
        "intervals": []
        if offer is None
        else intervals.choices(intervals.prices_of(offer.plan.id, draft.currency), draft.language),
        "terms": terms.text(get_language() or "en"),
        "terms_version": terms.VERSION,
        **summary(offer),
    }
    return render(
        request, "portal/order/details.html", context, status=422 if wrong or offer is None else 200
    )


@never_cache
@require_safe
def resume(request: HttpRequest, token: str) -> HttpResponse:
    """Go on with an order on another device, or on another day, by its signed link (CON-9)."""
    key = read_signed(ORDERS, token, most=ORDER_GOES_ON)
    try:
        if key is None:
            raise NoSuchSignup()
        secret = contracts.secret_of(key)
    except NoSuchSignup:
        raise Http404(token) from None
    draft = contracts.read_signup(key)
    drafts.remember(request, draft, secret)
    stand = progress(draft)
    return redirect(
        "public:order-pay" if stand.open and stand.tried else "public:order-details",
        draft.public_id,
    )


def keep(request: HttpRequest, draft: Draft) -> tuple[Draft, timedelta]:
    """Save what was typed and chosen. A plan or package that is not on sale leaves the choice as it was, and one that is not
    sold by the year is paid for by the month; so does the code of a coupon of whoever tried too many: they have to wait."""
    plan = request.POST.get("plan", draft.plan_code)
    package = request.POST.get("package", draft.package_code)
    by_year = request.POST.get("interval", draft.interval) == YEAR and plan in {
        p.code for p in _plans(draft, YEAR)
    }
    known = plan in {p.code for p in _plans(draft)} and package in {p.code for p in _packages(draft)}
    said, before = typed(request.POST), draft.typed.get("coupon", "")
    wait = timedelta()
    if said["coupon"].strip() not in ("", before.strip()):
        wait = coupon_tries.spend(str(address_of(request)))
    contracts.save_typed(
        signup_id=draft.id,
        typed={**said, "coupon": before} if wait else said,
        plan_code=plan if known else draft.plan_code,
        package_code=package if known else draft.package_code,
        currency=draft.currency,
        interval=(YEAR if by_year else MONTH) if known else draft.interval,
    )
    return contracts.read_signup(draft.id), wait


def _plans(draft: Draft, interval: str = MONTH) -> tuple[PlanInfo, ...]:
    """Those that can be bought in the order's currency."""
    return catalog.plans_priced(currency=draft.currency, interval=interval, at=clock.now())


def _packages(draft: Draft) -> tuple[PackageInfo, ...]:
    return catalog.packages_on_sale(currency=draft.currency, at=clock.now())


def offer_of(draft: Draft) -> Quote | None:
    """What the order costs; None when its plan or package was taken off sale meanwhile."""
    try:
        return quote_of(draft, now=clock.now())
    except NOT_SOLD:
        return None


@never_cache
@require_safe
def done(request: HttpRequest, order_id: str) -> HttpResponse:
    """The contract is active, or its payment is being confirmed; then the page looks again by itself."""
    draft = drafts.find(request, order_id)
    stand = progress(draft)
    if stand.open:
        return redirect("public:order-pay" if stand.tried else "public:order-details", order_id)
    if request.headers.get("HX-Request"):
        if stand.stage is Stage.TO_PAY and stand.asked is not None:
            return unless_moved(request, stand.asked)
        return HttpResponse(status=204) if stand.stage is Stage.CONFIRMING else _changed()
    contract = stand.contract
    assert contract is not None
    organization = customers.get(contract.customer_id)
    context: dict[str, object] = {"draft": draft, "contract": contract, "organization": organization}
    if stand.asked is not None and stand.stage is Stage.TO_PAY:
        return _waits_for_pix(request, draft, stand.asked, organization, context)
    context["checking"] = stand.checking
    context["challenge_url"] = "" if stand.attempt is None else stand.attempt.challenge_url
    if stand.stage is Stage.CONFIRMING:
        response = render(request, "portal/order/confirming.html", {**context, **summary(offer_of(draft))})
        if context["challenge_url"]:
            remember_language(response)
        return response
    administrators = identity.administrators(contract.customer_id)
    opened = identity.opened(contract.customer_id)
    member = request.user.pk in {one.person_id for one in administrators}
    if member:
        request.session[SESSION_CUSTOMER] = str(contract.customer_id)
    elif request.session.get(SESSION_PAYS) == draft.public_id:
        request.session[SESSION_PAID] = str(contract.customer_id)
    context |= {
        "plan": catalog.plan(contract.plan_id),
        "package": catalog.package(contract.package_id),
        "trial_last": _last_of_trial(contract, organization),
        "member": member,
        "waits": not member and not opened,
        "email": draft.typed.get("administrator_email", ""),
        "sees": member or (not opened and request.session.get(SESSION_PAID) == str(contract.customer_id)),
    }
    return render(request, "portal/order/done.html", context)


def _waits_for_pix(
    request: HttpRequest,
    draft: Draft,
    asked: RequestInfo,
    organization: Organization,
    context: dict[str, object],
) -> HttpResponse:
    shown = {
        "asked": asked,
        "over": asked.until <= clock.now(),
        "goes_on_at": order_url(draft.id, get_language() or "en"),
    }
    with timezone.override(organization.time_zone):
        return render(request, "portal/order/pix.html", {**context, **shown, **summary(offer_of(draft))})


def _last_of_trial(contract: ContractInfo, organization: Organization) -> date | None:
    ends = contract.trial_until if contract.in_trial else None
    return None if ends is None else last_date(ends, organization.time_zone)


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
