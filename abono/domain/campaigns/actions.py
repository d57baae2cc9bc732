"""Campaign holds: one hold for any number of sends, settled as their reports come (PKG-5).

The rules live in the SQL functions, where the rows are locked; docs/adr/0011 says why they are as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from abono.domain.campaigns import hot, rules
from abono.domain.campaigns.errors import (
    CampaignClash,
    CampaignDoesNotFit,
    CampaignEnded,
    CampaignNoPrice,
    CampaignOverBudget,
    CampaignOverCap,
    CampaignTooLong,
    NoSuchCampaign,
    SendingBlocked,
)
from abono.domain.campaigns.types import (
    CampaignEnd,
    CampaignHold,
    CampaignReport,
    CampaignReportAnswer,
    CampaignSettleStatus,
    CampaignState,
    Wish,
)
from abono.domain.metering.errors import NoCycle
from abono.domain.metering.hot import left
from abono.domain.settings import queries as settings
from abono.domain.settings.known import HOLD_LASTS
from abono.platform.postgres.arrays import literal, quoted
from abono.platform.use_case import use_case

_HOLD = (
    "SELECT status, price, total, remaining, over FROM metering_campaign_hold_v1"
    "(%s, %s, %s::integer[], %s::smallint[], %s::bigint[], %s::integer[], %s, %s, %s)"
)
_END = "SELECT state, ended, released, drawn FROM metering_campaign_end_v1(%s, %s, %s::smallint, %s)"
_HELD, _REPLAYED, _CLASH, _TOO_BIG, _NO_PRICE, _NO_CYCLE, _BLOCKED, _CAPPED, _OVER_BUDGET = range(1, 10)


@use_case
def hold_campaign(
    *,
    contract_id: UUID,
    campaign_id: UUID,
    wishes: Sequence[Wish],
    now: datetime,
    reference: str | None = None,
    lasts: timedelta | None = None,
    slice_places: int = rules.SLICE_PLACES,
) -> CampaignHold:
    """Set package value aside for all sends of a campaign, or for none (PKG-5, PKG-6, PKG-8).

    wishes         1 to 200, each of another route and 1 to 1,000,000,000 sends
    now            on the customer's clock
    reference      the caller's own id where it was no UUIDv7 (types.keyed)
    lasts          after so long it ends by itself, at most types.CAMPAIGN_MOST; as long as any hold when left out
    slice_places   least places that one writer at a time draws from

    The same id with the same wishes gets the first answer again (PKG-9). Raises CampaignDoesNotFit, which blocks
    nothing, as do CampaignOverCap and CampaignOverBudget; SendingBlocked, CampaignNoPrice, CampaignClash, CampaignTooLong, CampaignMalformed, NoCycle.
    """
    rules.check_wishes(wishes)
    ends_at = now + (settings.value(HOLD_LASTS, at=now) if lasts is None else lasts)
    if ends_at > rules.latest_expiry(now):
        raise CampaignTooLong(rules.latest_expiry(now))
    status, prices, total, remaining, over = _row(
        _HOLD,
        contract_id,
        campaign_id,
        [wish.route_id for wish in wishes],
        [wish.units for wish in wishes],
        [wish.count for wish in wishes],
        [rules.slices(wish.count, slice_places=slice_places) for wish in wishes],
        now,
        ends_at,
        reference,
    )
    if status in (_HELD, _REPLAYED):
        return CampaignHold(status == _REPLAYED, tuple(prices), total, left(remaining))
    if status == _TOO_BIG:
        fits = rules.fits(wishes, prices, room_micro=remaining)
        raise CampaignDoesNotFit(sum(wish.count for wish in wishes), sum(fits), fits, remaining)
    if status == _CAPPED:
        raise CampaignOverCap(remaining)
    if status == _OVER_BUDGET:
        raise CampaignOverBudget(over, remaining)
    if status == _NO_PRICE:
        lacking = tuple(n for n, price in enumerate(prices) if price is None)
        raise CampaignNoPrice(len(lacking), lacking)
    raise {_CLASH: CampaignClash, _NO_CYCLE: NoCycle, _BLOCKED: SendingBlocked}[status]()


@use_case
def settle_campaign(
    *, contract_id: UUID, campaign_id: UUID, reports: Sequence[CampaignReport], now: datetime
) -> list[CampaignReportAnswer]:
    """Say how sends of a campaign ended, each answered by itself, in order (PKG-4, PKG-7).

    A send that left draws one place of its line; a rejected one draws nothing, and its place stays open.
    An id that was held, drawn or settled before, in whatever way, draws nothing again. Raises NoSuchCampaign.
    """
    if not reports:
        return []
    status, price = _row(
        hot.SETTLE_ONE,
        contract_id,
        campaign_id,
        literal(str(r.send_id) for r in reports),
        literal(str(r.route_id) for r in reports),
        literal(str(r.outcome.value) for r in reports),
        now,
        literal(quoted(r.reference) for r in reports),
        literal(quoted(r.kind) for r in reports),
        literal("NULL" if r.units is None else str(r.units) for r in reports),
        literal("NULL" if r.contact is None else str(r.contact) for r in reports),
        literal(quoted(r.sender) for r in reports),
    )
    if status[0] == hot.UNKNOWN_CAMPAIGN:
        raise NoSuchCampaign()
    return [CampaignReportAnswer(CampaignSettleStatus(s), p) for s, p in zip(status, price, strict=True)]


@use_case
def extend_campaign(*, contract_id: UUID, campaign_id: UUID, until: datetime) -> datetime:
    """Let an open campaign last until then; never shorter than before. Returns when it expires now.

    Raises CampaignTooLong beyond 7 days after its hold, CampaignEnded, NoSuchCampaign.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT state, held_at, expires_at FROM metering_campaign"
            " WHERE contract_id = %s AND campaign_id = %s FOR NO KEY UPDATE",
            [contract_id, campaign_id],
        )
        found = cursor.fetchone()
        if found is None:
            raise NoSuchCampaign()
        state, held_at = found[:2]
        expires_at: datetime = found[2]
        if state != CampaignState.OPEN:
            raise CampaignEnded(CampaignState(state).name.lower())
        latest = rules.latest_expiry(held_at)
        if until > latest:
            raise CampaignTooLong(latest)
        if until <= expires_at:
            return expires_at
        cursor.execute(
            "UPDATE metering_campaign SET expires_at = %s WHERE contract_id = %s AND campaign_id = %s",
            [until, contract_id, campaign_id],
        )
        return until


@use_case
def close_campaign(
    *, contract_id: UUID, campaign_id: UUID, now: datetime, cancelled: bool = False
) -> CampaignEnd:
    """End a campaign: what was sent is used, the rest goes back to the package (PKG-5), a block ends (LIM-2).

    cancelled   whether it was given up; it is only noted

    A campaign that had ended before stays as it ended. Raises NoSuchCampaign.
    """
    wanted = CampaignState.CANCELLED if cancelled else CampaignState.CLOSED
    state, ended, released_micro, drawn_micro = _row(_END, contract_id, campaign_id, wanted.value, now)
    if state is None:
        raise NoSuchCampaign()
    return CampaignEnd(CampaignState(state), ended, released_micro, drawn_micro)


def expire_due(*, now: datetime, contract_id: UUID | None = None, limit: int = 1_000) -> int:
    """End campaigns that nobody closed in time (PKG-5), each in a transaction of its own. Returns how many.

    With a contract, `now` is the present of that customer's clock. Without, it is real time and every contract is
    looked at: a sandbox clock is never behind real time, so no campaign ends too early.
    A campaign ends when this finds it, not at the instant itself: reports until then still draw.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT contract_id, campaign_id FROM metering_campaign WHERE state = 1 AND expires_at <= %(now)s"
            " AND (%(contract)s::uuid IS NULL OR contract_id = %(contract)s) ORDER BY expires_at LIMIT %(limit)s",
            {"now": now, "contract": contract_id, "limit": limit},
        )
        due = cursor.fetchall()
    return sum(_expire(contract_id=contract, campaign_id=campaign, now=now) for contract, campaign in due)


@use_case
def _expire(*, contract_id: UUID, campaign_id: UUID, now: datetime) -> bool:
    _state, ended, *_amounts = _row(_END, contract_id, campaign_id, CampaignState.EXPIRED.value, now)
    return bool(ended)


def _row(statement: str, *arguments: Any) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        return tuple(cursor.fetchone())
