"""The public price page: compare plans, see what a package allows, start a contract (CAT-7)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote as quoted
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from abono.domain.catalog import queries as catalog
from abono.domain.catalog.errors import CountryNotServed, CurrencyNotSold
from abono.domain.catalog.labels import package_name
from abono.domain.catalog.types import (
    PackageInfo,
    PlanInfo,
    PlanPriceInfo,
    PricePage,
    SessionCell,
    SessionRow,
)
from abono.entrypoints.portal.comparison import (
    Cell,
    PackageCard,
    PlanColumn,
    PlanTable,
    Row,
    RowGroup,
    Volume,
)
from abono.entrypoints.portal.places import country_name
from abono.flows.quote import Quote, combine
from abono.kernel.money import CURRENCIES
from abono.platform import clock, formats

ON_A_CARD = 2  # volumes that a package's card names; the table below has all


@dataclass(frozen=True, slots=True)
class VolumeRow:
    """One kind of send with the chosen package, as text."""

    channel: str
    kind: str
    price: str
    count: str


def root(request: HttpRequest) -> HttpResponse:
    return redirect("public:prices")


def prices(request: HttpRequest) -> HttpResponse:
    """Currency, plan, package and country come from the address: all of it works without JavaScript."""
    page = _page(request, at=clock.now())
    sold = [(column.plan, column.price) for column in page.plans if column.price] if page else []
    if page is None or not sold or not page.packages:
        return render(request, "public/nothing.html", {"seller": settings.ABONO_SELLER})
    package = _chosen(
        request.GET.get("package"), page.packages, default=page.packages[len(page.packages) // 2]
    )
    shown = next((plan for plan, _price in sold if plan.most_chosen), sold[0][0])
    plan = _chosen(request.GET.get("plan"), [plan for plan, _price in sold], default=shown)
    offers = {(p.code, c.code): combine(p, price, c) for p, price in sold for c in page.packages}
    context = {
        "page": page,
        "plan": plan,
        "package": package,
        "package_name": package_name(package.code, page.language),
        "offer": offers[plan.code, package.code],
        "action": contract_words(plan.name),
        "table": _plan_table(page, package=package.code, shown=plan.code),
        "packages": [_card(page, place) for place in range(len(page.packages))],
        "volumes": _volumes(page, page.packages.index(package)),
        "plans": [plan for plan, _price in sold],
        "currencies": [(code, _address(page, currency=code)) for code in page.currencies],
        "countries": [(code, country_name(code, page.language)) for code in page.countries],
        "country": country_name(page.country, page.language),
        "data": _for_script(page, offers),
        "seller": settings.ABONO_SELLER,
    }
    return render(request, "public/prices.html", context)


def _page(request: HttpRequest, *, at: datetime) -> PricePage | None:
    """What is on sale in the currency that was asked for, else in the one of the language; None for nothing.

    Raises Http404 for a currency or country that nothing is sold in.
    """
    language = get_language() or "en"
    asked, country = request.GET.get("currency"), request.GET.get("country") or None
    own = "BRL" if language == "pt-br" else "USD"
    tried = [asked] if asked else [own, *(code for code in CURRENCIES if code != own)]
    for currency in tried:
        try:
            return catalog.price_page(currency=currency, language=language, at=at, country=country)
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


def _address(page: PricePage, *, currency: str) -> str:
    return f"{reverse('public:prices')}?{urlencode({'currency': currency})}"


def order_address(*, plan: str, package: str, currency: str) -> str:
    query = urlencode({"plan": plan, "package": package, "currency": currency})
    return f"{reverse('public:order')}?{query}"


def contract_words(plan: str) -> str:
    return _("Contract {plan}").format(plan=plan)


# Plans side by side.


def _plan_table(page: PricePage, *, package: str, shown: str) -> PlanTable:
    return PlanTable(
        caption=_("Plans compared"),
        plans=tuple(_column(page, c.plan, c.price, package) for c in page.plans),
        groups=(
            RowGroup(_("Included every month"), _allowances(page)),
            RowGroup(_("When you need more"), _extras(page)),
            RowGroup(_("Functions"), _functions(page)),
        ),
        shown=shown,
    )


def _column(page: PricePage, plan: PlanInfo, price: PlanPriceInfo | None, package: str) -> PlanColumn:
    badge = _("Most chosen") if plan.most_chosen else ""
    if price is None:
        mail = f"mailto:{settings.ABONO_SELLER['email']}?subject={quoted(plan.name)}"
        return PlanColumn(plan.code, plan.name, _("On request"), "", _("Talk to us"), mail, badge)
    return PlanColumn(
        code=plan.code,
        name=plan.name,
        price=formats.money(price.price, page.language),
        per=_("per month"),
        action=contract_words(plan.name),
        url=order_address(plan=plan.code, package=package, currency=page.currency),
        badge=badge,
    )


def _row(
    page: PricePage, label: str, value: Callable[[PlanInfo, PlanPriceInfo], str], *, hint: str = ""
) -> Row:
    """One row; a plan that is sold on request only has all of it by contract."""
    texts = (value(c.plan, c.price) if c.price else _("By contract") for c in page.plans)
    return Row(label, tuple(Cell(text) for text in texts), hint)


def _allowances(page: PricePage) -> tuple[Row, ...]:
    language = page.language

    def count(value: int | None) -> str:
        return _("By contract") if value is None else formats.number(value, language)

    return (
        _row(
            page,
            _("Interactions"),
            lambda plan, _price: count(plan.included_credits),
            hint=_("24 hours with one contact, any number of messages"),
        ),
        _row(
            page,
            _("Licences"),
            lambda plan, _price: count(plan.included_licences),
            hint=_("people in the software at the same time"),
        ),
        _row(
            page,
            _("Channel package"),
            lambda _plan, _price: _("Your choice"),
            hint=_("one value for sends on every channel, chosen below"),
        ),
    )


def _extras(page: PricePage) -> tuple[Row, ...]:
    language = page.language
    return (
        _row(
            page,
            _("One more interaction"),
            lambda _plan, price: formats.micro(price.extra_interaction_micro, price.currency, language),
        ),
        _row(
            page,
            _("One more licence, per month"),
            lambda _plan, price: formats.money(price.extra_licence, language),
        ),
        _row(
            page,
            _("Sends beyond the package"),
            lambda plan, _price: _beyond(plan.limit_percent, language),
            hint=_("at the same session prices, on the next invoice"),
        ),
        _row(
            page,
            _("Activation fee, once"),
            lambda _plan, price: formats.money(price.activation_fee, language),
        ),
    )


def _beyond(limit_percent: int | None, language: str) -> str:
    if limit_percent is None:
        return _("Without limit")
    if limit_percent == 0:
        return _("None: they stop")
    return _("Up to {share} more").format(share=formats.percent(limit_percent, language))


def _functions(page: PricePage) -> tuple[Row, ...]:
    return tuple(Row(row.label, tuple(Cell(included=yes) for yes in row.included)) for row in page.functions)


# Packages and what they allow.


def _card(page: PricePage, place: int) -> PackageCard:
    priced = [row for row in page.sessions if any(cell.volume for cell in row.cells)]
    first_of_channel = {row.channel: row for row in reversed(priced)}
    few = [row for row in priced if first_of_channel[row.channel] is row][:ON_A_CARD]
    volumes = tuple(Volume(row.channel_label, _count(row.cells[place], page.language)) for row in few)
    return PackageCard(
        page.packages[place].code, package_name(page.packages[place].code, page.language), volumes
    )


def _volumes(page: PricePage, place: int) -> list[VolumeRow]:
    """Every kind of send with the package in that place."""
    return [
        VolumeRow(
            channel=row.channel_label,
            kind=row.kind_label if _several_kinds(page, row) else "",
            price=_price(row.cells[place], page),
            count=_count(row.cells[place], page.language),
        )
        for row in page.sessions
    ]


def _several_kinds(page: PricePage, row: SessionRow) -> bool:
    return sum(other.channel == row.channel for other in page.sessions) > 1


def _price(cell: SessionCell, page: PricePage) -> str:
    if cell.price_micro is None:
        return _("Not with this package")
    return _("Free") if cell.free else formats.micro(cell.price_micro, page.currency, page.language)


def _count(cell: SessionCell, language: str) -> str:
    """ceil(package value / session price) (CAT-4)."""
    if cell.price_micro is None:
        return "–"
    return _("Without limit") if cell.volume is None else formats.number(cell.volume, language)


def _for_script(page: PricePage, offers: dict[tuple[str, str], Quote]) -> dict[str, object]:
    """All that the page can come to show, written out here: the script does no sums and knows no formats."""
    return {
        "packages": {
            package.code: {
                "name": package_name(package.code, page.language),
                "volumes": [[row.price, row.count] for row in _volumes(page, place)],
            }
            for place, package in enumerate(page.packages)
        },
        "actions": {plan: contract_words(offer.plan.name) for (plan, _package), offer in offers.items()},
        "totals": {
            f"{plan} {package}": [
                formats.money(offer.monthly_total, page.language),
                formats.money(offer.first_total, page.language),
            ]
            for (plan, package), offer in offers.items()
        },
    }
