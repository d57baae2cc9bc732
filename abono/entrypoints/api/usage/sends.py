"""GET /v1/contracts/{contract_id}/sends: every send of a cycle, a page at a time (FIN-5, API-5)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from ninja import Field, Query, Router, Schema

from abono.domain.catalog import queries as catalog
from abono.domain.customers import queries as customers
from abono.domain.identity.keys import READ
from abono.domain.metering import queries as metering
from abono.domain.metering.errors import NoCycle, UnknownChannel
from abono.domain.metering.types import Balance
from abono.domain.usage.send_lines import Chosen, Sent, page_of_sends
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.cursors import SpanQuery, read_id, write_cursor
from abono.entrypoints.api.protocol.declare import answers
from abono.entrypoints.api.protocol.fields import Code, ContractId, Day
from abono.entrypoints.api.protocol.whose import own
from abono.kernel.periods import boundary_day
from abono.platform import clock

router = Router(tags=["contracts"])


class ListedSend(Schema):
    """One send as it stands. Amounts are millionths of the contract's currency; parts are null where nobody noted
    them, as for sends of a campaign."""

    id: Annotated[shown.TheirId, Field(description="The caller's own.")]
    channel: shown.Channel
    kind: shown.Kind
    country: shown.Country
    units: Annotated[int, Field(description="Of the price: segments, minutes.")]
    price_micro: Annotated[int, Field(description="What it holds or drew, all units.")]
    package_micro: Annotated[int | None, Field(description="What of its price the package pays.")]
    overage_micro: Annotated[int | None, Field(description="What of it lies beyond the package.")]
    held_at: datetime
    outcome: Annotated[shown.Outcome | None, Field(description="`sent` if it drew; null while it is open.")]
    settled_at: datetime | None


class SendList(Schema):
    overage_price_percent: Annotated[
        int, Field(description="What the parts beyond the package cost, in % of them.", examples=[100])
    ]
    items: list[ListedSend]
    next_cursor: shown.Cursor | None


class SendQuery(SpanQuery):
    """Which sends of the cycle, in `[since, until)` of the moment at which they were held."""

    cycle: Annotated[
        Day | None, Field(description="First local day of a cycle; without it, the present one.")
    ] = None
    channel: Code | None = None


@router.get("/contracts/{contract_id}/sends", **answers({200: SendList}, 404, 422, scope=READ))
def list_sends(request: ApiRequest, contract_id: ContractId, query: Query[SendQuery]) -> SendList:
    """Sends in the order of their ids: UUIDv7 by time, any others after them. A page may be short, or empty, while
    `next_cursor` says that there is more."""
    contract = own(request, contract_id)
    if query.channel is not None and query.channel not in catalog.channel_uses():
        raise UnknownChannel(query.channel)
    balance = _cycle(contract.id, contract.customer_id, query)
    found, following = page_of_sends(
        Chosen(contract.id, balance.cycle.start, query.channel or "", query.since, query.until),
        after=read_id("s", query.cursor),
        limit=query.limit,
    )
    return SendList(
        overage_price_percent=balance.overage_percent,
        items=[_send(send, balance.value_micro) for send in found],
        next_cursor=None if following is None else write_cursor("s", following.bytes),
    )


def _cycle(contract_id: UUID, customer_id: UUID, query: SendQuery) -> Balance:
    """Raises NoCycle for one that has not begun or never was."""
    customer = customers.get(customer_id)
    zone, now = customer.time_zone, customer.moment(clock.now()).now
    for balance in metering.cycles(contract_id):
        start = balance.cycle.start
        if start <= now and query.cycle in (None, boundary_day(start, zone)):
            return balance
    raise NoCycle()


def _send(send: Sent, value_micro: int) -> ListedSend:
    within, beyond = send.parts_micro(value_micro) or (None, None)
    return ListedSend(
        id=send.name,
        channel=send.channel,
        kind=send.kind,
        country=send.country,
        units=send.units,
        price_micro=send.amount_micro,
        package_micro=within,
        overage_micro=beyond,
        held_at=send.held_at,
        outcome=None if send.outcome is None else send.outcome.name.lower(),
        settled_at=send.settled_at,
    )
