from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Max

from abono.domain.catalog import rules
from abono.domain.catalog.content import (
    Action,
    Catalog,
    Changes,
    PackageEntry,
    PlanEntry,
    SessionPriceEntry,
    fingerprint,
)
from abono.domain.catalog.in_force import in_force
from abono.domain.catalog.models import (
    Channel,
    FreePeriod,
    Function,
    Package,
    Plan,
    PlanPrice,
    Route,
    SessionPrice,
)
from abono.domain.catalog.queries import forget_functions, routes
from abono.domain.catalog.types import RouteKey
from abono.kernel.ids import uuid7
from abono.kernel.periods import add_months, day_start
from abono.platform import events
from abono.platform.use_case import use_case

FIRST_FREE = date(2020, 1, 1)
_CREATES = (Action.NEW, Action.NEW_VERSION)
_CLOSES = (Action.WITHDRAWN, Action.NEW_VERSION)


@use_case
def apply(*, catalog: Catalog, actor: str, now: datetime) -> Changes:
    """Put on sale what the catalog says, from `now` on, and say what that changed (CAT-8).

    A plan or package that differs from the version on sale gets a new version; contracts keep theirs (CAT-5).
    What the catalog leaves out is withdrawn. A second time the same catalog changes nothing.

    Raises ChannelScopeFixed; then nothing changed.
    """
    with connection.cursor() as cursor:  # of two at once the second compares with what the first has done
        cursor.execute("LOCK TABLE catalog_plan, catalog_package IN SHARE ROW EXCLUSIVE MODE")
    before = in_force()
    changes = rules.compare(before, catalog, now=now)
    if not changes:
        return changes
    _names(catalog, changes)
    _plans(catalog.plans, changes, now=now)
    _packages(before.packages, catalog.packages, changes, now=now)
    forget_functions()
    events.record(
        name="catalog.applied",
        subject=("catalog", uuid7()),
        customer_id=None,
        actor=actor,
        now=now,
        data={"changes": [{"what": str(change), "details": change.details} for change in changes]},
    )
    return changes


def _names(catalog: Catalog, changes: Changes) -> None:
    """Functions and channels: new ones, and new names or places of old ones."""
    function_codes = changes.codes("function", Action.NEW, Action.UPDATED)
    for function in catalog.functions:
        if function.code in function_codes:
            Function.objects.update_or_create(
                code=function.code, defaults={"labels": function.labels, "position": function.position}
            )
    channel_codes = changes.codes("channel", Action.NEW, Action.UPDATED)
    for channel in catalog.channels:
        if channel.code in channel_codes:
            Channel.objects.update_or_create(
                code=channel.code,
                defaults={
                    "by_country": channel.by_country,
                    "position": channel.position,
                    "labels": channel.labels,
                    "kinds": [asdict(kind) for kind in channel.kinds],
                    "uses": list(channel.uses),
                },
            )


def _plans(plans: Iterable[PlanEntry], changes: Changes, *, now: datetime) -> None:
    Plan.objects.filter(code__in=changes.codes("plan", *_CLOSES), on_sale_until=None).update(
        on_sale_until=now
    )
    created = changes.codes("plan", *_CREATES)
    versions = dict(Plan.objects.values_list("code").annotate(Max("version")))
    for entry in plans:
        if entry.code not in created:
            continue
        plan = Plan.objects.create(
            code=entry.code,
            version=versions.get(entry.code, 0) + 1,
            name=entry.name,
            rank=entry.rank,
            on_request=entry.on_request,
            most_chosen=entry.most_chosen,
            included_credits=entry.credits,
            included_licences=entry.licences,
            limit_percent=entry.limit_percent,
            function_codes=list(entry.functions),
            fingerprint=fingerprint(entry),
            on_sale_from=now,
        )
        PlanPrice.objects.bulk_create(PlanPrice(plan=plan, **asdict(price)) for price in entry.prices)


def _packages(
    before: Iterable[PackageEntry], packages: Iterable[PackageEntry], changes: Changes, *, now: datetime
) -> None:
    Package.objects.filter(code__in=changes.codes("package", *_CLOSES), on_sale_until=None).update(
        on_sale_until=now
    )
    created = changes.codes("package", *_CREATES)
    dated = changes.codes("package", Action.DATED_PRICES)
    versions = dict(Package.objects.values_list("code").annotate(Max("version")))
    old = {entry.code: entry for entry in before}
    known = _routes(price.route for entry in packages for price in entry.prices)
    for entry in packages:
        if entry.code in created:
            package = Package.objects.create(
                code=entry.code,
                version=versions.get(entry.code, 0) + 1,
                currency=entry.currency,
                value_minor=entry.value_minor,
                fingerprint=fingerprint(entry),
                on_sale_from=now,
            )
            _prices(package.id, entry.prices, known)
        elif entry.code in dated:
            package = Package.objects.get(code=entry.code, on_sale_until=None)
            _prices(package.id, rules.added_prices(old[entry.code], entry), known)


def _prices(package_id: UUID, prices: Iterable[SessionPriceEntry], known: Mapping[RouteKey, int]) -> None:
    rows = [_price(package_id, known[price.route], price) for price in prices]
    SessionPrice.objects.bulk_create(rows)
    for every, zone in sorted(
        {(row.free_period, row.free_zone) for row in rows if row.free_period and row.free_zone}
    ):
        know_free_periods(every=every, zone=zone)


def know_free_periods(*, every: str, zone: str) -> None:
    """Write down when each month or day of a zone begins, from 2020 to the end of the century; once for each of them.

    A boundary that was written down stands, whatever the zone's rules become (TIM-6).
    """
    if FreePeriod.objects.filter(every=every, zone=zone).exists():
        return
    days = (date(2100, 1, 1) - FIRST_FREE).days
    firsts = (
        [add_months(FIRST_FREE, n) for n in range(80 * 12)]
        if every == "month"
        else [FIRST_FREE + timedelta(days=n) for n in range(days)]
    )
    FreePeriod.objects.bulk_create(
        (FreePeriod(zone=zone, every=every, starts_at=day_start(first, zone)) for first in firsts),
        ignore_conflicts=True,
    )


def _price(package_id: UUID, route_id: int, price: SessionPriceEntry) -> SessionPrice:
    terms, free, window, cost = price.terms, price.terms.free, price.terms.window, price.cost
    return SessionPrice(
        package_id=package_id,
        route_id=route_id,
        valid_from=price.valid_from,
        price_micro=price.price_micro,
        unit=terms.unit,
        draws_at=terms.draws_at,
        zone=terms.zone,
        free_quantity=free.quantity if free else None,
        free_scope=free.scope if free else None,
        free_period=free.period if free else None,
        free_zone=free.zone if free else None,
        free_after=window.after if window else None,
        free_hours=window.hours if window else None,
        cost_micro=cost.micro if cost else None,
        cost_currency=cost.currency if cost else None,
    )


def _routes(wanted: Iterable[RouteKey]) -> Mapping[RouteKey, int]:
    """Ids of all routes, after the missing ones were made; in sorted order, so that a new world is always the same."""
    missing = sorted({*wanted} - routes().keys())
    Route.objects.bulk_create(
        Route(channel_id=channel, kind=kind, country=country) for channel, kind, country in missing
    )
    return routes()
