"""Campaigns: one hold for any number of sends, and what one would cost (PKG-5, PKG-11).

Reports of their sends go to /v1/campaign-settlements, beside those of other sends (entrypoints.meter).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from ninja import Field, Query, Router, Schema
from ninja.responses import Status

from abono.domain.campaigns import queries as campaign_queries
from abono.domain.campaigns.types import MAX_LINES, MAX_PLACES, Campaign, CampaignLine
from abono.domain.catalog.types import EVERYWHERE
from abono.domain.customers import queries as customers
from abono.domain.identity.keys import METER, READ
from abono.domain.metering.types import MAX_UNITS
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.cursors import BadCursor, PageQuery, page, read_cursor, write_cursor
from abono.entrypoints.api.protocol.declare import answers
from abono.entrypoints.api.protocol.fields import (
    Asked,
    CampaignId,
    ChosenCampaignId,
    Code,
    ContractId,
    CountryOrAny,
    Moment,
    Whole,
)
from abono.entrypoints.api.protocol.whose import own
from abono.flows.campaigns.close import close_campaign as end_campaign
from abono.flows.campaigns.close import extend_campaign
from abono.flows.campaigns.hold import hold_campaign
from abono.flows.campaigns.lines import LineAsked
from abono.kernel.ids import event_key, public
from abono.platform import clock

router = Router(tags=["campaigns"])

_1970 = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class AskedLine(Asked):
    """So many sends of one channel, kind and country."""

    channel: Annotated[Code, Field(examples=["whatsapp"])]
    kind: Annotated[Code, Field(examples=["company"])]
    country: Annotated[
        CountryOrAny, Field(description="ISO 3166-1; left out for a worldwide channel.", examples=["BR"])
    ] = EVERYWHERE
    count: Annotated[Whole, Field(ge=1, le=MAX_PLACES)]
    units: Annotated[Whole, Field(ge=1, le=MAX_UNITS, description="Of each send: segments, minutes.")] = 1


Lines = Annotated[
    list[AskedLine], Field(min_length=1, max_length=MAX_LINES, description="Each of another route.")
]


class CampaignAsked(Asked):
    id: ChosenCampaignId
    lines: Lines


class Extension(Asked):
    until: Annotated[Moment, Field(description="At most 7 days after the hold; never makes it shorter.")]


class CampaignLineAsItIs(Schema):
    """`left` are the sends that can still be drawn; rejected ones draw nothing."""

    channel: shown.Channel
    kind: shown.Kind
    country: shown.Country
    price_micro: Annotated[int, Field(description="Of each send with all its units, fixed by the hold.")]
    units: int
    count: int
    sent: int
    rejected: int
    saved_micro: Annotated[
        int, Field(description="What those that were sent drew less: counted as something cheaper, or free.")
    ]
    left: int


class CampaignAsItIs(Schema):
    """Amounts are millionths of the contract's currency: held while it is open, drawn by what was sent, released at
    the end."""

    id: shown.TheirId
    contract: shown.ContractId
    state: Literal["open", "closed", "cancelled", "expired"]
    cycle_start: datetime
    held_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    total_micro: int
    held_micro: int
    drawn_micro: int
    released_micro: int
    lines: list[CampaignLineAsItIs]


class CampaignHeld(CampaignAsItIs):
    left_micro: Annotated[int | None, Field(description="To the limit, right after the hold; null: none.")]
    replayed: Annotated[bool, Field(description="This id came before with the same lines.")]


class CampaignList(Schema):
    items: list[CampaignAsItIs]
    next_cursor: shown.Cursor | None


@router.post(
    "/contracts/{contract_id}/campaigns",
    **answers({201: CampaignHeld, 200: CampaignHeld}, 400, 402, 404, 409, 413, 415, 422, scope=METER),
)
def create_campaign(
    request: ApiRequest, contract_id: ContractId, body: CampaignAsked
) -> Status[CampaignHeld]:
    """Set package value aside for all sends of a campaign, or for none. 402: it does not fit, and how many sends
    would; sending goes on. The id is yours: it again with the same lines gets the first answer, with 200."""
    contract = own(request, contract_id)
    held = hold_campaign(
        contract_id=contract.id,
        customer_id=contract.customer_id,
        name=body.id,
        lines=asked(body.lines),
        actor=request.auth.actor,
        now=customers.moment_of(contract.customer_id, real=clock.now()).now,
    )
    found = campaign_queries.campaign(contract_id=contract.id, campaign_id=event_key(body.id))
    answer = CampaignHeld.model_validate(
        {**_members(found), "left_micro": held.left_micro, "replayed": held.replayed}
    )
    return Status(200 if held.replayed else 201, answer)


@router.get(
    "/contracts/{contract_id}/campaigns", **answers({200: CampaignList}, 404, 422, scope=(READ, METER))
)
def list_campaigns(request: ApiRequest, contract_id: ContractId, query: Query[PageQuery]) -> CampaignList:
    """Campaigns of a contract, newest first."""
    contract = own(request, contract_id)
    found = campaign_queries.campaigns(
        contract_id=contract.id, before=_read_place(query.cursor), limit=query.limit + 1
    )
    shown, following = page(found, query.limit, _write_place)
    return CampaignList(items=[_as_it_is(campaign) for campaign in shown], next_cursor=following)


@router.get(
    "/contracts/{contract_id}/campaigns/{campaign}",
    **answers({200: CampaignAsItIs}, 404, scope=(READ, METER)),
)
def read_campaign(request: ApiRequest, contract_id: ContractId, campaign: CampaignId) -> CampaignAsItIs:
    """One campaign by your own id, and how far it is."""
    contract = own(request, contract_id)
    return _as_it_is(campaign_queries.campaign(contract_id=contract.id, campaign_id=event_key(campaign)))


@router.post(
    "/contracts/{contract_id}/campaigns/{campaign}/extensions",
    **answers({200: CampaignAsItIs}, 400, 404, 409, 413, 415, 422, scope=METER),
)
def create_campaign_extension(
    request: ApiRequest, contract_id: ContractId, campaign: CampaignId, body: Extension
) -> CampaignAsItIs:
    """Let an open campaign last longer than its 24 hours."""
    contract = own(request, contract_id)
    extend_campaign(
        contract_id=contract.id,
        customer_id=contract.customer_id,
        name=campaign,
        until=body.until,
        actor=request.auth.actor,
        now=customers.moment_of(contract.customer_id, real=clock.now()).now,
    )
    return _as_it_is(campaign_queries.campaign(contract_id=contract.id, campaign_id=event_key(campaign)))


@router.post(
    "/contracts/{contract_id}/campaigns/{campaign}/close",
    **answers({200: CampaignAsItIs}, 400, 404, 413, 422, scope=METER),
)
def close_campaign(request: ApiRequest, contract_id: ContractId, campaign: CampaignId) -> CampaignAsItIs:
    """All is told: what was sent is used, the rest goes back to the package. One that has ended stays as it ended."""
    return _ended(request, contract_id, campaign, cancelled=False)


@router.post(
    "/contracts/{contract_id}/campaigns/{campaign}/cancel",
    **answers({200: CampaignAsItIs}, 400, 404, 413, 422, scope=METER),
)
def cancel_campaign(request: ApiRequest, contract_id: ContractId, campaign: CampaignId) -> CampaignAsItIs:
    """It is given up: as close, and noted as such."""
    return _ended(request, contract_id, campaign, cancelled=True)


def asked(lines: list[AskedLine]) -> list[LineAsked]:
    return [LineAsked(line.channel, line.kind, line.country, line.count, line.units) for line in lines]


def _ended(request: ApiRequest, contract_id: UUID, name: str, *, cancelled: bool) -> CampaignAsItIs:
    contract = own(request, contract_id)
    return _as_it_is(
        end_campaign(
            contract_id=contract.id,
            customer_id=contract.customer_id,
            name=name,
            cancelled=cancelled,
            actor=request.auth.actor,
            now=customers.moment_of(contract.customer_id, real=clock.now()).now,
        )
    )


def _as_it_is(found: Campaign) -> CampaignAsItIs:
    return CampaignAsItIs.model_validate(_members(found))


def _members(found: Campaign) -> dict[str, object]:
    return {
        "id": found.reference or str(found.campaign_id),
        "contract": public("ctr", found.contract_id),
        "state": found.state.name.lower(),
        "cycle_start": found.cycle_start,
        "held_at": found.held_at,
        "expires_at": found.expires_at,
        "ended_at": found.ended_at,
        "total_micro": found.total_micro,
        "held_micro": found.held_micro,
        "drawn_micro": found.drawn_micro,
        "released_micro": found.released_micro,
        "lines": [_line(line, open=found.ended_at is None) for line in found.lines],
    }


def _line(line: CampaignLine, *, open: bool) -> CampaignLineAsItIs:
    return CampaignLineAsItIs(
        channel=line.channel,
        kind=line.kind,
        country=line.country,
        price_micro=line.price_micro,
        units=line.units,
        count=line.count,
        sent=line.sent,
        rejected=line.rejected,
        saved_micro=line.saved_micro,
        left=line.not_sent if open else 0,
    )


def _write_place(last: Campaign) -> str:
    moment = (last.held_at - _1970) // _MICROSECOND
    return write_cursor("k", moment.to_bytes(8) + last.campaign_id.bytes)


def _read_place(text: str | None) -> tuple[datetime, UUID] | None:
    """Raises BadCursor."""
    raw = read_cursor("k", text, length=24)
    if raw is None:
        return None
    try:
        return _1970 + int.from_bytes(raw[:8]) * _MICROSECOND, UUID(bytes=raw[8:])
    except OverflowError:
        raise BadCursor() from None
