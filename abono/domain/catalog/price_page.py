"""The public price page: plans side by side, functions row by row, packages with prices and volumes (CAT-7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from abono.domain.catalog.errors import CountryNotServed, CurrencyNotSold
from abono.domain.catalog.models import MONTH, YEAR, Channel, Function, Package, Plan, PlanPrice, SessionPrice
from abono.domain.catalog.rows import (
    channel_info,
    on_sale_at,
    package_info,
    plan_info,
    plan_price_info,
    session_price_info,
    worded,
)
from abono.domain.catalog.types import (
    EVERYWHERE,
    FunctionRow,
    PackageInfo,
    PlanColumn,
    PlanInfo,
    PlanPriceInfo,
    PricePage,
    RouteKey,
    SessionCell,
    SessionPriceInfo,
    SessionRow,
)
from abono.domain.settings import queries as settings
from abono.domain.settings.known import LIMIT_PERCENT, OVERAGE_PRICE_PERCENT, VOLUME_ROUNDING, limit_percent
from abono.domain.settings.types import Whose
from abono.kernel.rating import volume

type _Prices = Mapping[UUID, Mapping[RouteKey, SessionPriceInfo]]  # by package


def price_page(
    *, currency: str, language: str, at: datetime, country: str | None = None, interval: str = "month"
) -> PricePage:
    """All that is on sale at that moment in one currency, named in one language.

    country    whose session prices are shown; None takes the first in alphabetical order of its code
    interval   by which plans are sold; one that is sold by the month alone is shown by the month (CAT-10)

    Raises CurrencyNotSold, CountryNotServed.
    """
    plans, by_year = _plans(currency, interval, at)
    currencies = _currencies(plans, at)
    if currency not in currencies:
        raise CurrencyNotSold(currency[:3])
    packages = [
        package_info(row)
        for row in Package.objects.filter(on_sale_at(at), currency=currency).order_by("value_minor", "code")
    ]
    prices = _prices(packages, at)
    countries = sorted({key[2] for rows in prices.values() for key in rows} - {EVERYWHERE})
    if country is not None and country not in countries:
        raise CountryNotServed(country[:2], currency)
    shown = country or (countries[0] if countries else EVERYWHERE)
    up = volumes_up(at)
    return PricePage(
        currency=currency,
        language=language,
        interval=interval,
        country=shown,
        currencies=currencies,
        countries=tuple(countries),
        plans=plans,
        functions=_functions(plans, language),
        packages=tuple(packages),
        sessions=_sessions(packages, prices, shown, language, volumes_up=up),
        volumes_up=up,
        by_year=by_year,
    )


def _plans(currency: str, interval: str, at: datetime) -> tuple[tuple[PlanColumn, ...], bool]:
    """And whether one of them is sold by the year."""
    rows = list(Plan.objects.filter(on_sale_at(at)).order_by("rank", "code"))
    found = [one for one in PlanPrice.objects.filter(plan__in=rows) if one.currency == currency]
    prices = {
        price.plan_id: plan_price_info(price)
        for price in sorted(
            found, key=lambda one: one.interval
        )  # that of the year takes the place of the month's
        if price.interval in (MONTH, interval)
    }
    columns = tuple(_column(plan_info(row), prices.get(row.id), at) for row in rows)
    return columns, any(one.interval == YEAR for one in found)


def _column(plan: PlanInfo, price: PlanPriceInfo | None, at: datetime) -> PlanColumn:
    """With the overage limit that contracts of the plan get now, and what overage costs them (LIM-1)."""
    whose, known = Whose(plan.code), settings.snapshot()
    own = known.value(LIMIT_PERCENT, whose=whose, at=at)
    limited = replace(plan, limit_percent=limit_percent(plan.limit_percent, own))
    return PlanColumn(limited, price, known.value(OVERAGE_PRICE_PERCENT, whose=whose, at=at))


def _currencies(plans: Sequence[PlanColumn], at: datetime) -> tuple[str, ...]:
    """Those in which both a plan and a package can be bought: neither alone is sold (CON-1)."""
    plan_ids = [column.plan.id for column in plans]
    priced = PlanPrice.objects.filter(plan_id__in=plan_ids).values_list("currency", flat=True)
    packed = Package.objects.filter(on_sale_at(at)).values_list("currency", flat=True)
    return tuple(sorted({*priced} & {*packed}))


def _functions(plans: Sequence[PlanColumn], language: str) -> tuple[FunctionRow, ...]:
    """Those that some plan on the page has."""
    included = [frozenset(column.plan.function_codes) for column in plans]
    return tuple(
        FunctionRow(
            row.code, worded(row.labels, language, row.code), tuple(row.code in codes for codes in included)
        )
        for row in Function.objects.order_by("position", "code")
        if any(row.code in codes for codes in included)
    )


def _prices(packages: Sequence[PackageInfo], at: datetime) -> _Prices:
    """The price in force of each route of each package (CAT-6)."""
    found: dict[UUID, dict[RouteKey, SessionPriceInfo]] = {package.id: {} for package in packages}
    rows = (
        SessionPrice.objects.filter(package_id__in=found, valid_from__lte=at)
        .select_related("route")
        .order_by("package_id", "route_id", "-valid_from")
        .distinct("package_id", "route_id")
    )
    for row in rows:
        price = session_price_info(row)
        found[row.package_id][price.channel, price.kind, price.country] = price
    return found


def _sessions(
    packages: Sequence[PackageInfo], prices: _Prices, country: str, language: str, *, volumes_up: bool
) -> tuple[SessionRow, ...]:
    """One row for each kind of send that at least one package can pay for in that country."""
    found = []
    for channel in Channel.objects.order_by("position", "code"):
        info = channel_info(channel, language)
        for kind in info.kinds:
            route = info.code, kind.code, country if info.by_country else EVERYWHERE
            priced = [prices[package.id].get(route) for package in packages]
            cells = tuple(
                _cell(package, price.price_micro if price else None, up=volumes_up)
                for package, price in zip(packages, priced, strict=True)
            )
            terms = next((price.terms for price in priced if price), None)
            if terms is not None:
                found.append(SessionRow(info.code, info.label, kind.code, kind.label, cells, terms))
    return tuple(found)


def _cell(package: PackageInfo, price_micro: int | None, *, up: bool) -> SessionCell:
    fits = volume(package.value_micro, price_micro, up=up) if price_micro else None
    return SessionCell(price_micro, fits)


def volumes_up(at: datetime) -> bool:
    """Whether a volume is shown rounded up (CAT-4)."""
    return settings.snapshot().value(VOLUME_ROUNDING, at=at) == "up"
