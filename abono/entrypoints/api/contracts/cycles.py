"""Cycles of a contract: what was allowed, what was used, and the invoice to come (FIN-5)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import get_language
from ninja import Field, Query, Router, Schema

from abono.domain.catalog import queries as catalog
from abono.domain.contracts.errors import ContractNotRunning
from abono.domain.contracts.types import ContractInfo
from abono.domain.customers import queries as customers
from abono.domain.identity.keys import READ
from abono.domain.interactions import queries as interactions
from abono.domain.invoicing.types import NewLine
from abono.domain.metering import queries as metering
from abono.domain.metering.errors import NoCycle
from abono.domain.metering.rules import SendingState
from abono.domain.metering.types import Balance
from abono.domain.usage import queries as usage
from abono.domain.usage.types import RouteUse
from abono.entrypoints.api.invoices.lines import Line, line
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest, count_file
from abono.entrypoints.api.protocol.cursors import PageQuery, page, read_cursor, write_cursor
from abono.entrypoints.api.protocol.declare import PDF, answers
from abono.entrypoints.api.protocol.fields import ContractId, Day
from abono.entrypoints.api.protocol.whose import own
from abono.flows.billing.project import Projection, project_invoice
from abono.flows.charges.costs import costs_of_cycle
from abono.flows.documents.statement import statement_file
from abono.kernel.periods import boundary_day
from abono.platform import clock
from abono.platform.web import download

router = Router(tags=["contracts"])


class CycleInteractions(Schema):
    included: int
    used: int
    extra: Annotated[int, Field(description="Beyond the allowance; billed, never blocked.")]


class Cycle(Schema):
    """`[start, end)`. Amounts are millionths of the contract's currency; a null ceiling is no limit."""

    day: Annotated[date, Field(description="The first local day of the customer: names the cycle.")]
    start: datetime
    end: datetime
    package: Annotated[shown.Code, Field(examples=["brl-250"])]
    value_micro: int
    ceiling_micro: int | None
    held_micro: int
    used_micro: int
    left_micro: int | None
    overage_micro: int
    overage_price_percent: Annotated[
        int, Field(description="What overage costs, in % of the session prices.", examples=[100])
    ]
    overage_price_micro: Annotated[int, Field(description="What the overage so far costs.")]
    unused_micro: int
    expired_micro: Annotated[
        int | None, Field(description="Left of the package at the end, and lost; null while it runs.")
    ]
    sending_state: Annotated[
        SendingState,
        Field(description="`capped`: the customer's own cap stops sends that cost something."),
    ]
    blocked_at: datetime | None
    cap_micro: Annotated[int | None, Field(description="The customer's own cap.")]
    capped_at: Annotated[datetime | None, Field(description="Since when that stops sends.")]
    interactions: CycleInteractions


class CycleList(Schema):
    items: list[Cycle]
    next_cursor: shown.Cursor | None


class RouteUsed(Schema):
    """Sends of one channel, kind and country, by how they ended."""

    channel: shown.Channel
    kind: shown.Kind
    country: shown.Country
    sent: int
    units: Annotated[int, Field(description="Of those that were sent, as they were held.")]
    sent_micro: int
    held: int
    held_micro: int
    rejected: int
    expired: int


class ChannelInteractions(Schema):
    channel: shown.Channel
    interactions: int


class CycleUse(Schema):
    """One cycle, route by route: `sent_micro` of the routes add up to `used_micro` of the cycle. Its `costs` add up to
    what its invoices ask for; those that are nothing are there too."""

    cycle: Cycle
    routes: list[RouteUsed]
    interactions: list[ChannelInteractions]
    currency: shown.Currency
    costs: list[Line]


class NextInvoice(Schema):
    """The invoice that would be issued if nothing more were used; it is not written yet."""

    issued_at: datetime
    currency: shown.Currency
    total_minor: int
    credit_minor: Annotated[int, Field(description="What the contract's credit will pay of it.")]
    lines: list[Line]


@router.get("/contracts/{contract_id}/cycles", **answers({200: CycleList}, 404, 422, scope=READ))
def list_cycles(request: ApiRequest, contract_id: ContractId, query: Query[PageQuery]) -> CycleList:
    """Cycles that have begun, newest first."""
    contract = own(request, contract_id)
    now = _now(contract)
    found = _begun(contract, now)
    raw = read_cursor("y", query.cursor, length=8)
    if raw is not None:
        last = int.from_bytes(raw)
        found = [balance for balance in found if _seconds(balance) < last]
    shown, following = page(
        found[: query.limit + 1], query.limit, lambda last: write_cursor("y", _seconds(last).to_bytes(8))
    )
    zone = customers.get(contract.customer_id).time_zone
    codes: dict[UUID, str] = {}
    return CycleList(items=[_cycle(balance, zone, codes, now) for balance in shown], next_cursor=following)


@router.get("/contracts/{contract_id}/cycles/{day}", **answers({200: CycleUse}, 404, 422, scope=READ))
def read_cycle(request: ApiRequest, contract_id: ContractId, day: Day) -> CycleUse:
    """One cycle, by its first local day, with its use per channel, kind and country."""
    contract = own(request, contract_id)
    zone = customers.get(contract.customer_id).time_zone
    now = _now(contract)
    balance = named(contract, day, zone, now)
    start = balance.cycle.start
    routes = usage.use_by_route(contract_id=contract_id, cycle_start=start)
    opened = interactions.interactions_by_channel(contract_id=contract_id, cycle_start=start)
    return CycleUse(
        cycle=_cycle(balance, zone, {}, now),
        routes=[_route(use) for use in routes],
        interactions=[ChannelInteractions(channel=channel, interactions=count) for channel, count in opened],
        currency=contract.currency,
        costs=[_line(new) for new in costs_of_cycle(contract_id=contract_id, cycle=balance)],
    )


@router.get(
    "/contracts/{contract_id}/cycles/{day}/pdf",
    **answers({200: None}, 404, 409, 422, scope=READ, openapi_extra=PDF),
)
def read_cycle_pdf(request: ApiRequest, contract_id: ContractId, day: Day) -> HttpResponse:
    """The statement of the package in that cycle, in the language asked for, under the customer's password as an invoice (PKG-3)."""
    count_file(request)
    contract = own(request, contract_id)
    customer = customers.get(contract.customer_id)
    now = customer.moment(clock.now()).now
    balance = named(contract, day, customer.time_zone, now)
    name, content = statement_file(
        contract, customer, balance, get_language() or "en", now=now, for_seller=request.auth.sellers
    )
    return download.pdf(content, name)


@router.get("/contracts/{contract_id}/next-invoice", **answers({200: NextInvoice}, 404, 409, scope=READ))
def read_next_invoice(request: ApiRequest, contract_id: ContractId) -> NextInvoice:
    """What the coming invoice amounts to as things stand."""
    contract = own(request, contract_id)
    coming = project_invoice(contract_id=contract.id)
    if coming is None:
        raise ContractNotRunning(contract.number)
    return next_invoice(coming)


def next_invoice(coming: Projection) -> NextInvoice:
    return NextInvoice(
        issued_at=coming.issued_at,
        currency=coming.currency,
        total_minor=coming.total.minor,
        credit_minor=coming.credit.minor,
        lines=[_line(new) for new in coming.lines],
    )


def _now(contract: ContractInfo) -> datetime:
    """The present of the customer's clock."""
    return customers.moment_of(contract.customer_id, real=clock.now()).now


def named(contract: ContractInfo, day: date, zone: str, now: datetime) -> Balance:
    """The cycle whose first local day it is. Raises NoCycle."""
    for balance in _begun(contract, now):
        if boundary_day(balance.cycle.start, zone) == day:
            return balance
    raise NoCycle()


def _begun(contract: ContractInfo, now: datetime) -> list[Balance]:
    """Cycles up to the present; the next one is there before it begins."""
    return [balance for balance in metering.cycles(contract.id) if balance.cycle.start <= now]


def _seconds(balance: Balance) -> int:
    """Since 1970, of the cycle's start, which has no fraction."""
    return (balance.cycle.start - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)


def _cycle(balance: Balance, zone: str, codes: dict[UUID, str], now: datetime) -> Cycle:
    """`codes` remembers what packages are called."""
    if balance.package_id not in codes:
        codes[balance.package_id] = catalog.package(balance.package_id).code
    return Cycle(
        day=boundary_day(balance.cycle.start, zone),
        start=balance.cycle.start,
        end=balance.cycle.end,
        package=codes[balance.package_id],
        value_micro=balance.value_micro,
        ceiling_micro=None if balance.unlimited else balance.ceiling_micro,
        held_micro=balance.held_micro,
        used_micro=balance.used_micro,
        left_micro=balance.left_micro,
        overage_micro=balance.overage_micro,
        overage_price_percent=balance.overage_percent,
        overage_price_micro=balance.overage_price_micro,
        unused_micro=balance.unused_micro,
        expired_micro=balance.unused_micro if balance.cycle.end <= now else None,
        sending_state=balance.sending_state,
        blocked_at=balance.blocked_at,
        cap_micro=balance.cap_micro,
        capped_at=balance.capped_at,
        interactions=CycleInteractions(
            included=balance.included_interactions,
            used=balance.interactions,
            extra=balance.extra_interactions,
        ),
    )


def _line(new: NewLine) -> Line:
    return line(
        kind=new.kind,
        name=new.name,
        period=new.period,
        quantity=new.quantity,
        unit_price_micro=new.unit_price_micro,
        amount=new.amount,
        how=new.calculation,
        fiscal=new.fiscal_type,
    )


def _route(use: RouteUse) -> RouteUsed:
    return RouteUsed(
        channel=use.channel,
        kind=use.kind,
        country=use.country,
        sent=use.sent,
        units=use.units,
        sent_micro=use.sent_micro,
        held=use.held,
        held_micro=use.held_micro,
        rejected=use.rejected,
        expired=use.expired,
    )
