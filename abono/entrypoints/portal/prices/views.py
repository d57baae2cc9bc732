"""The public price page: compare plans, see what a package allows, start a contract (CAT-7)."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from abono.domain.catalog import queries as catalog
from abono.domain.catalog.errors import CountryNotServed, CurrencyNotSold
from abono.domain.catalog.labels import package_name
from abono.domain.catalog.types import (
    PackageInfo,
    PlanInfo,
    PricePage,
)
from abono.domain.contracts.types import MONTH, YEAR
from abono.domain.customers.rules import COUNTRIES
from abono.entrypoints.portal.prices.columns import contract_words, plan_table, same_prices
from abono.entrypoints.portal.prices.volumes import card, volumes
from abono.entrypoints.site.design.places import by_name
from abono.flows.billing.offered import offered_to
from abono.flows.charges.held import Held
from abono.flows.signup.quote import Quote, combine
from abono.flows.signup.sign import takes_pix
from abono.kernel.due import Means
from abono.kernel.money import CURRENCIES
from abono.platform import clock, formats


def root(request: HttpRequest) -> HttpResponse:
    return redirect("public:prices")


def prices(request: HttpRequest) -> HttpResponse:
    """Currency, plan, package and country come from the address: all of it works without JavaScript."""
    now, interval = clock.now(), YEAR if request.GET.get("interval") == YEAR else MONTH
    page = _page(request, interval, at=now)
    sold = [(column.plan, column.price) for column in page.plans if column.price] if page else []
    if page is None or not sold or not page.packages:
        return render(request, "portal/prices/nothing.html", {"seller": settings.ABONO_SELLER})
    package = _chosen(
        request.GET.get("package"), page.packages, default=page.packages[len(page.packages) // 2]
    )
    shown = next((plan for plan, _price in sold if plan.most_chosen), sold[0][0])
    plan = _chosen(request.GET.get("plan"), [plan for plan, _price in sold], default=shown)
    offers = {
        (p.code, c.code): combine(Held(p, price, c), now=now) for p, price in sold for c in page.packages
    }
    context = {
        "page": page,
        "plan": plan,
        "package": package,
        "package_name": package_name(package.code, page.language),
        "offer": offers[plan.code, package.code],
        "trial": trial_words(offers[plan.code, package.code]),
        "action": contract_words(plan.name),
        "table": plan_table(page, package=package.code, shown=plan.code),
        "packages": [card(page, place) for place in range(len(page.packages))],
        "volumes": volumes(page, page.packages.index(package)),
        "volumes_up": page.volumes_up,
        "same_prices": same_prices(page),
        "pix": takes_pix(offers[plan.code, package.code], "BR"),
        "slip": offered_to("BR", page.currency, Means.SLIP),
        "plans": [plan for plan, _price in sold],
        "currencies": [(code, _address(code, interval)) for code in page.currencies],
        "intervals": [
            (one, label, _address(page.currency, one, plan=plan.code, package=package.code))
            for one, label in ((MONTH, _("each month")), (YEAR, _("once a year")))
            if page.by_year
        ],
        "yearly": _yearly(offers[plan.code, package.code], page.language),
        "countries": _countries(page),
        "sends_only": page.country not in COUNTRIES,
        "country": formats.country_name(page.country, page.language),
        "data": _for_script(page, offers),
        "seller": settings.ABONO_SELLER,
    }
    return render(request, "portal/prices/page.html", context)


def _countries(page: PricePage) -> list[tuple[str, str]]:
    """Where sends go to, by name. Not in each of them can an organization contract."""
    return [
        (code, name if code in COUNTRIES else _("{country} (sends only)").format(country=name))
        for code, name in by_name(page.countries, page.language)
    ]


def _yearly(offer: Quote, language: str) -> str:
    return (
        _("+ {price} per year").format(price=formats.money(offer.yearly_total, language))
        if offer.yearly
        else ""
    )


def _page(request: HttpRequest, interval: str, *, at: datetime) -> PricePage | None:
    """What is on sale in the currency that was asked for, else in the one of the language; None for nothing.

    Raises Http404 for a currency or country that nothing is sold in.
    """
    language = get_language() or "en"
    asked, country = request.GET.get("currency", "").upper(), request.GET.get("country") or None
    own = "BRL" if language == "pt-br" else "USD"
    tried = [asked] if asked else [own, *(code for code in CURRENCIES if code != own)]
    for currency in tried:
        try:
            return catalog.price_page(
                currency=currency, language=language, at=at, country=country, interval=interval
            )
        except CurrencyNotSold as no:
            if asked:
                raise Http404(str(no)) from no
        except CountryNotServed as no:
            raise Http404(str(no)) from no
    return None


def _chosen[T: PlanInfo | PackageInfo](code: str | None, of: list[T] | tuple[T, ...], *, default: T) -> T:
    """The one with this code. Raises Http404 when there is none."""
    if not code:
        return default
    for one in of:
        if one.code == code:
            return one
    raise Http404(code[:40])


def _address(currency: str, interval: str, **chosen: str) -> str:
    by_year = {"interval": interval} if interval == YEAR else {}
    return f"{reverse('public:prices')}?{urlencode({'currency': currency, **by_year, **chosen})}"


def trial_words(offer: Quote) -> str:
    """How many days come before the first charge; empty where none do."""
    if offer.trial is None:
        return ""
    days = offer.trial.days
    return ngettext("after {days} free day", "after {days} free days", days).format(days=days)


def _for_script(page: PricePage, offers: dict[tuple[str, str], Quote]) -> dict[str, object]:
    """All that the page can come to show, written out here: the script does no sums and knows no formats."""
    return {
        "packages": {
            package.code: {
                "name": package_name(package.code, page.language),
                "volumes": [[row.price, row.count] for row in volumes(page, place)],
            }
            for place, package in enumerate(page.packages)
        },
        "actions": {plan: contract_words(offer.plan.name) for (plan, _package), offer in offers.items()},
        "totals": {
            f"{plan} {package}": [
                formats.money(offer.monthly_total, page.language),
                formats.money(offer.first_total, page.language),
                trial_words(offer),
                _yearly(offer, page.language),
            ]
            for (plan, package), offer in offers.items()
        },
    }
