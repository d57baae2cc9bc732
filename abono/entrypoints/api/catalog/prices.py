"""GET /v1/catalog: plans, channel packages and session prices, as on the price page (CAT-7)."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from django.utils.translation import get_language
from ninja import Field, Query, Router, Schema

from abono.domain.catalog import queries as catalog
from abono.domain.catalog.types import PlanColumn, PricePage, Terms
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.declare import answers
from abono.entrypoints.api.protocol.fields import Country, Currency
from abono.kernel.ids import public
from abono.platform import clock

router = Router(tags=["catalog"])


class Function(Schema):
    code: shown.Code
    label: str


class Plan(Schema):
    """A software plan. Prices are null when it is on request or not sold in this currency."""

    id: shown.PlanId
    code: Annotated[shown.Code, Field(examples=["specialist"])]
    version: int
    name: str
    rank: Annotated[int, Field(description="A higher rank is a step up.")]
    on_request: bool
    included_credits: Annotated[int | None, Field(description="Interactions a month; null: by contract.")]
    included_licences: int | None
    limit_percent: Annotated[int | None, Field(description="Overage limit in % of the package; null: none.")]
    overage_price_percent: Annotated[
        int, Field(description="What overage costs, in % of the session prices.", examples=[100])
    ]
    functions: list[shown.Code]
    price_minor: int | None
    activation_fee_minor: int | None
    extra_interaction_micro: int | None
    extra_licence_minor: int | None


class Package(Schema):
    id: shown.PackageId
    code: Annotated[shown.Code, Field(examples=["brl-250"])]
    version: int
    value_minor: Annotated[int, Field(description="A month.", examples=[25000])]


class SessionPrice(Schema):
    """What one send costs inside one package, and how many the package's value allows."""

    package: shown.Code
    price_micro: Annotated[int | None, Field(description="Millionths; null: cannot be sent with it.")]
    volume: Annotated[
        int | None,
        Field(
            description="About how many the package allows: rounded up, or what really fits where the seller shows"
            " that. Null when it is free or cannot be sent."
        ),
    ]


class FreeUnits(Schema):
    """So many units cost nothing, again every month or day."""

    quantity: int
    per: Annotated[shown.FreePer, Field(description="Counted for each: `sender` is a number that sends.")]
    every: shown.FreeEvery
    time_zone: Annotated[shown.TimeZone, Field(description="In which the month or day begins.")]


class FreeHours(Schema):
    """Sends to a contact cost nothing for so many hours after such an event of /v1/interactions."""

    after: shown.Code
    hours: int


class Session(Schema):
    """What one unit of a kind of send costs with each package, and by which rules it is drawn."""

    channel: shown.Channel
    channel_label: str
    kind: shown.Kind
    kind_label: str
    unit: Annotated[shown.Unit, Field(description="A session lasts 24 hours.")]
    draws_at: Annotated[shown.DrawsAt, Field(description="The status at which it is drawn.")]
    free_units: FreeUnits | None
    free_hours: FreeHours | None
    prices: list[SessionPrice]


class Catalog(Schema):
    currency: shown.Currency
    interval: shown.Interval
    country: Annotated[shown.Country, Field(description="Whose session prices these are.")]
    currencies: list[shown.Currency]
    countries: list[shown.Country]
    functions: list[Function]
    plans: list[Plan]
    packages: list[Package]
    sessions: list[Session]


class CatalogQuery(Schema):
    currency: Annotated[Currency, Field(examples=["BRL"])]
    country: Annotated[
        Country | None, Field(description="ISO 3166-1; the first one served when left out.", examples=["BR"])
    ] = None


@router.get("/catalog", **answers({200: Catalog}, 404, 422))
def read_catalog(request: HttpRequest, query: Query[CatalogQuery]) -> Catalog:
    """Everything that is on sale now in one currency. Needs no key."""
    page = catalog.price_page(
        currency=query.currency, language=get_language() or "en", at=clock.now(), country=query.country
    )
    return Catalog(
        currency=page.currency,
        interval=page.interval,
        country=page.country,
        currencies=list(page.currencies),
        countries=list(page.countries),
        functions=[Function(code=row.code, label=row.label) for row in page.functions],
        plans=[_plan(column) for column in page.plans],
        packages=[
            Package(id=public("pkg", p.id), code=p.code, version=p.version, value_minor=p.value_minor)
            for p in page.packages
        ],
        sessions=_sessions(page),
    )


def _plan(column: PlanColumn) -> Plan:
    plan, price = column.plan, column.price
    return Plan(
        id=public("pln", plan.id),
        code=plan.code,
        version=plan.version,
        name=plan.name,
        rank=plan.rank,
        on_request=plan.on_request,
        included_credits=plan.included_credits,
        included_licences=plan.included_licences,
        limit_percent=plan.limit_percent,
        overage_price_percent=column.overage_price_percent,
        functions=list(plan.function_codes),
        price_minor=None if price is None else price.price_minor,
        activation_fee_minor=None if price is None else price.activation_fee_minor,
        extra_interaction_micro=None if price is None else price.extra_interaction_micro,
        extra_licence_minor=None if price is None else price.extra_licence_minor,
    )


def _sessions(page: PricePage) -> list[Session]:
    return [
        Session(
            channel=row.channel,
            channel_label=row.channel_label,
            kind=row.kind,
            kind_label=row.kind_label,
            unit=row.terms.unit,
            draws_at=row.terms.draws_at,
            free_units=_free_units(row.terms),
            free_hours=_free_hours(row.terms),
            prices=[
                SessionPrice(package=package.code, price_micro=cell.price_micro, volume=cell.volume)
                for package, cell in zip(page.packages, row.cells, strict=True)
            ],
        )
        for row in page.sessions
    ]


def _free_units(terms: Terms) -> FreeUnits | None:
    free = terms.free
    if free is None:
        return None
    return FreeUnits(quantity=free.quantity, per=free.scope, every=free.period, time_zone=free.zone)


def _free_hours(terms: Terms) -> FreeHours | None:
    return None if terms.window is None else FreeHours(after=terms.window.after, hours=terms.window.hours)
