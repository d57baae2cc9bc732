"""From table rows to the frozen dataclasses that other packages see."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Q

from abono.domain.catalog.models import Channel, Package, Plan, PlanPrice, SessionPrice
from abono.domain.catalog.types import (
    ChannelInfo,
    Cost,
    FreeQuantity,
    FreeWindow,
    KindInfo,
    PackageInfo,
    PlanInfo,
    PlanPriceInfo,
    SessionPriceInfo,
    Terms,
)
from abono.platform.postgres.asked import Slot


def on_sale_at(moment: datetime | Slot) -> Q:
    """The versions on sale at a moment: `[on_sale_from, on_sale_until)` (TIM-3)."""
    return Q(on_sale_from__lte=moment) & (Q(on_sale_until=None) | Q(on_sale_until__gt=moment))


def worded(labels: Mapping[str, str], language: str, code: str) -> str:
    """The text in a language or a variant of it (`es-MX`), else in English, else the code itself."""
    wanted = language.lower().replace("_", "-")
    if wanted.startswith("pt"):
        wanted = "pt-br"
    return labels.get(wanted) or labels.get(wanted.partition("-")[0]) or labels.get("en") or code


def plan_info(row: Plan) -> PlanInfo:
    return PlanInfo(
        id=row.id,
        code=row.code,
        version=row.version,
        name=row.name,
        rank=row.rank,
        on_request=row.on_request,
        most_chosen=row.most_chosen,
        included_credits=row.included_credits,
        included_licences=row.included_licences,
        limit_percent=row.limit_percent,
        function_codes=tuple(row.function_codes),
    )


def plan_price_info(row: PlanPrice) -> PlanPriceInfo:
    return PlanPriceInfo(
        plan_id=row.plan_id,
        currency=row.currency,
        interval=row.interval,
        price_minor=row.price_minor,
        activation_fee_minor=row.activation_fee_minor,
        extra_interaction_micro=row.extra_interaction_micro,
        extra_licence_minor=row.extra_licence_minor,
    )


def package_info(row: Package) -> PackageInfo:
    return PackageInfo(row.id, row.code, row.version, row.currency, row.value_minor)


def session_price_info(row: SessionPrice) -> SessionPriceInfo:
    return SessionPriceInfo(
        route_id=row.route_id,
        channel=row.route.channel_id,
        kind=row.route.kind,
        country=row.route.country,
        price_micro=row.price_micro,
        valid_from=row.valid_from,
        terms=terms(row),
    )


def terms(row: SessionPrice) -> Terms:
    free, window = None, None
    if row.free_quantity and row.free_scope and row.free_period and row.free_zone:
        free = FreeQuantity(row.free_quantity, row.free_scope, row.free_period, row.free_zone)
    if row.free_after and row.free_hours:
        window = FreeWindow(row.free_after, row.free_hours)
    return Terms(row.unit, row.draws_at, row.zone, free, window)


def cost(row: SessionPrice) -> Cost | None:
    """What a unit costs the seller, where the row says it."""
    if row.cost_micro is None or row.cost_currency is None:
        return None
    return Cost(row.cost_micro, row.cost_currency)


def channel_info(row: Channel, language: str) -> ChannelInfo:
    kinds = tuple(
        KindInfo(kind["code"], worded(kind["labels"], language, kind["code"])) for kind in row.kinds
    )
    return ChannelInfo(
        row.code, worded(row.labels, language, row.code), row.by_country, kinds, tuple(row.uses)
    )
