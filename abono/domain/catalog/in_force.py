"""What is on sale, in the words of a catalog file, so that the two can be compared."""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

from abono.domain.catalog.content import (
    Catalog,
    ChannelEntry,
    FunctionEntry,
    KindEntry,
    PackageEntry,
    PlanEntry,
    PlanPriceEntry,
    SessionPriceEntry,
)
from abono.domain.catalog.models import Channel, Function, Package, Plan, SessionPrice
from abono.domain.catalog.rows import cost, terms


def in_force() -> Catalog:
    """Plans and packages that are not withdrawn, and every function and channel there is."""
    return Catalog(
        functions=tuple(
            FunctionEntry(row.code, row.labels, row.position)
            for row in Function.objects.order_by("position", "code")
        ),
        channels=tuple(_channel(row) for row in Channel.objects.order_by("position", "code")),
        plans=tuple(_plan(row) for row in _on_sale_plans()),
        packages=_packages(),
    )


def _channel(row: Channel) -> ChannelEntry:
    kinds = tuple(KindEntry(kind["code"], kind["labels"]) for kind in row.kinds)
    return ChannelEntry(row.code, row.labels, row.position, row.by_country, kinds, tuple(row.uses))


def _on_sale_plans() -> list[Plan]:
    return list(Plan.objects.filter(on_sale_until=None).prefetch_related("prices").order_by("rank", "code"))


def _plan(row: Plan) -> PlanEntry:
    prices = (
        PlanPriceEntry(
            currency=price.currency,
            interval=price.interval,
            price_minor=price.price_minor,
            activation_fee_minor=price.activation_fee_minor,
            extra_interaction_micro=price.extra_interaction_micro,
            extra_licence_minor=price.extra_licence_minor,
        )
        for price in row.prices.all()
    )
    return PlanEntry(
        code=row.code,
        name=row.name,
        rank=row.rank,
        on_request=row.on_request,
        most_chosen=row.most_chosen,
        credits=row.included_credits,
        licences=row.included_licences,
        limit_percent=row.limit_percent,
        functions=tuple(sorted(row.function_codes)),
        prices=tuple(sorted(prices)),
    )


def _packages() -> tuple[PackageEntry, ...]:
    prices: dict[UUID, list[SessionPriceEntry]] = defaultdict(list)
    rows = SessionPrice.objects.filter(package__on_sale_until=None).select_related("route")
    for row in rows:
        route = row.route
        prices[row.package_id].append(
            SessionPriceEntry(
                route.channel_id,
                route.kind,
                route.country,
                row.valid_from,
                row.price_micro,
                terms(row),
                cost(row),
            )
        )
    return tuple(
        PackageEntry(row.code, row.currency, row.value_minor, tuple(sorted(prices[row.id])))
        for row in Package.objects.filter(on_sale_until=None).order_by("currency", "value_minor", "code")
    )
