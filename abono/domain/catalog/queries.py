from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from django.db.models import QuerySet

from abono.domain.catalog import rules
from abono.domain.catalog.content import Catalog, Changes
from abono.domain.catalog.errors import (
    NoPriceInCurrency,
    NoSuchPackage,
    NoSuchPlan,
    PackageNotOnSale,
    PlanNotOnSale,
)
from abono.domain.catalog.in_force import in_force
from abono.domain.catalog.models import Channel, Function, Package, Plan, PlanPrice, Route, SessionPrice
from abono.domain.catalog.price_page import price_page
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
    ChannelInfo,
    PackageInfo,
    PlanInfo,
    PlanPriceInfo,
    RouteKey,
    SessionPriceInfo,
    Ways,
)
from abono.kernel.money import CURRENCIES
from abono.platform.postgres.asked import Asked, Slot

__all__ = [
    "channel_uses",
    "channels",
    "currencies_on_sale",
    "diff",
    "forget_functions",
    "function_labels",
    "functions_of",
    "package",
    "package_on_sale",
    "packages_on_sale",
    "plan",
    "plan_on_sale",
    "plan_price",
    "plans_on_sale",
    "plans_priced",
    "price_page",
    "priced_plan",
    "routes",
    "session_prices",
    "ways",
]

_PLANS = Asked(lambda: Plan.objects.filter(on_sale_at(Slot("at"))).order_by("rank", "code"))
_PACKAGES = Asked(
    lambda: Package.objects.filter(on_sale_at(Slot("at")), currency=Slot("currency")).order_by(
        "value_minor", "code"
    )
)
_CODE = re.compile(r"[a-z0-9._-]{1,30}")  # also keeps NUL and endless text away from the database
_FRESH_NS = 60_000_000_000  # how long a process may go on with the names of functions that it read last


def diff(catalog: Catalog, *, now: datetime) -> Changes:
    """What `actions.apply` would do at `now`; nothing is written. Raises ChannelScopeFixed."""
    return rules.compare(in_force(), catalog, now=now)


def plan_on_sale(*, code: str, at: datetime) -> PlanInfo:
    """The version that a new contract gets at that moment. Raises PlanNotOnSale."""
    found = None
    if _CODE.fullmatch(code):
        found = Plan.objects.filter(on_sale_at(at), code=code).order_by("-version").first()
    if found is None:
        raise PlanNotOnSale(code[:30])
    return plan_info(found)


def plans_on_sale(*, at: datetime) -> tuple[PlanInfo, ...]:
    """Every plan on sale at that moment, by rank."""
    return tuple(plan_info(row) for row in _PLANS.all(at=at))


def plan_names() -> dict[str, str]:
    """What each plan is called, by its code, as its newest version says."""
    return dict(Plan.objects.order_by("version").values_list("code", "name"))


def plans_priced(*, currency: str, interval: str, at: datetime) -> tuple[PlanInfo, ...]:
    """Those of them that have a price in a currency and interval; the others are sold on request."""
    priced = PlanPrice.objects.filter(currency=currency, interval=interval).values("plan_id")
    found = Plan.objects.filter(on_sale_at(at), id__in=priced).order_by("rank", "code")
    return tuple(plan_info(row) for row in found)


def plan(plan_id: UUID) -> PlanInfo:
    """Any version, on sale or not. Raises NoSuchPlan."""
    found = Plan.objects.filter(id=plan_id).first()
    if found is None:
        raise NoSuchPlan()
    return plan_info(found)


def plan_price(*, plan_id: UUID, currency: str, interval: str) -> PlanPriceInfo:
    """What that version costs. Raises NoSuchPlan, NoPriceInCurrency."""
    known, price = priced_plan(plan_id=plan_id, currency=currency, interval=interval)
    if price is None:
        raise NoPriceInCurrency(known.name, currency[:3], interval[:5])
    return price


@lru_cache(maxsize=1_000)
def priced_plan(*, plan_id: UUID, currency: str, interval: str) -> tuple[PlanInfo, PlanPriceInfo | None]:
    """That version and what it costs; no price where it is sold on request. Raises NoSuchPlan.

    Looked up once: a version never changes (CAT-5).
    """
    found = None
    if _CODE.fullmatch(currency.lower()) and _CODE.fullmatch(interval):
        prices = PlanPrice.objects.filter(plan_id=plan_id, currency=currency, interval=interval)
        found = prices.select_related("plan").first()
    if found is None:
        return plan(plan_id), None
    return plan_info(found.plan), plan_price_info(found)


def package_on_sale(*, code: str, at: datetime) -> PackageInfo:
    """The version that a new contract gets at that moment. Raises PackageNotOnSale."""
    found = None
    if _CODE.fullmatch(code):
        found = Package.objects.filter(on_sale_at(at), code=code).order_by("-version").first()
    if found is None:
        raise PackageNotOnSale(code[:30])
    return package_info(found)


def packages_on_sale(*, currency: str, at: datetime) -> tuple[PackageInfo, ...]:
    """Every package on sale in a currency, from the smallest to the biggest; empty for an unknown currency."""
    return tuple(package_info(row) for row in _PACKAGES.all(at=at, currency=currency.replace("\0", "")))


def currencies_on_sale(*, at: datetime) -> tuple[str, ...]:
    """Those in which some package is on sale, in the order of CURRENCIES."""
    found = set(Package.objects.filter(on_sale_at(at)).values_list("currency", flat=True).distinct())
    return tuple(code for code in CURRENCIES if code in found)


@lru_cache(maxsize=1_000)
def package(package_id: UUID) -> PackageInfo:
    """Any version, on sale or not. Raises NoSuchPackage. Looked up once, as above."""
    found = Package.objects.filter(id=package_id).first()
    if found is None:
        raise NoSuchPackage()
    return package_info(found)


def session_prices(*, package_id: UUID, at: datetime) -> tuple[SessionPriceInfo, ...]:
    """The price in force at that moment for each route that the package can send on (CAT-6), by route id.

    A route that is not there cannot be used with this package: the send is refused, never free (CAT-3).
    """
    rows = (
        SessionPrice.objects.filter(package_id=package_id, valid_from__lte=at)
        .select_related("route")
        .order_by("route_id", "-valid_from")
        .distinct("route_id")
    )
    return tuple(session_price_info(row) for row in rows)


def routes() -> Mapping[RouteKey, int]:
    """Route ids by channel, kind and country; the country of a worldwide channel is `*`."""
    rows = Route.objects.values_list("channel_id", "kind", "country", "id")
    return {(channel, kind, country): key for channel, kind, country, key in rows}


def ways() -> Ways:
    """Every route and every channel."""
    return Ways(routes(), channel_uses())


def channels(*, language: str) -> tuple[ChannelInfo, ...]:
    """Every channel with its names, kinds and uses (PKG-10), in the order of the catalog."""
    return tuple(channel_info(row, language) for row in Channel.objects.order_by("position", "code"))


def channel_uses() -> Mapping[str, frozenset[str]]:
    """What each channel is allowed for (PKG-10), by its code."""
    return {code: frozenset(uses) for code, uses in Channel.objects.values_list("code", "uses")}


def function_labels(*, language: str) -> Mapping[str, str]:
    """Names of all functions by code, in the order of the catalog; also of those that no plan has any more."""
    return _labels(_functions(), language)


class _Kept:
    functions: tuple[Function, ...] = ()
    until_ns = 0


def functions_of(plan: PlanInfo, *, language: str) -> list[str]:
    """What a plan lets people do, by name, in the order of the catalog, for pages that are opened often: a new name is seen
    within a minute, a new function at once."""
    known = {row.code for row in _Kept.functions}
    if time.monotonic_ns() >= _Kept.until_ns or not known.issuperset(plan.function_codes):
        _Kept.functions = tuple(_functions())
        _Kept.until_ns = time.monotonic_ns() + _FRESH_NS
    return plan.functions(_labels(_Kept.functions, language))


def forget_functions() -> None:
    """The next reader reads anew."""
    _Kept.until_ns = 0


def _functions() -> QuerySet[Function]:
    return Function.objects.order_by("position", "code")


def _labels(functions: Iterable[Function], language: str) -> dict[str, str]:
    return {row.code: worded(row.labels, language, row.code) for row in functions}
