"""What others may know of campaigns, and what one would cost (PKG-11). Nothing here waits for a lock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from abono.domain.campaigns import rules
from abono.domain.campaigns.errors import NoSuchCampaign
from abono.domain.campaigns.types import Campaign, CampaignLine, CampaignState, Estimate, Wish
from abono.domain.catalog import queries as catalog
from abono.domain.metering import queries as metering

# While a campaign is open its slices know what was sent; afterwards its lines do, and there are no slices.
_CAMPAIGNS = """
SELECT c.contract_id, c.campaign_id, c.reference, c.state, c.cycle_start, c.held_at, c.expires_at, c.ended_at,
       c.total_micro,
       l.route_id, r.channel, r.kind, r.country, l.price_micro, coalesce(l.units, 1), l.places, l.sent + s.sent, l.rejected + s.rejected,
       l.saved_micro + s.saved
  FROM (SELECT * FROM metering_campaign x WHERE x.contract_id = %(contract)s{which}) c
  JOIN metering_campaign_line l ON l.contract_id = %(contract)s AND l.campaign_id = c.campaign_id
  JOIN catalog_route r ON r.id = l.route_id
 CROSS JOIN LATERAL (
       SELECT coalesce(sum(y.sent), 0)::bigint AS sent, coalesce(sum(y.rejected), 0)::bigint AS rejected,
                coalesce(sum(y.saved_micro), 0)::bigint AS saved
         FROM metering_campaign_slice y
        WHERE y.contract_id = %(contract)s AND y.cycle_start = c.cycle_start AND y.campaign_id = c.campaign_id
          AND y.line = l.line) s
 ORDER BY c.held_at DESC, c.campaign_id DESC, l.line
"""
_IS_THERE = "SELECT 1 FROM metering_campaign WHERE contract_id = %s AND campaign_id = %s"
_FACTS = 9  # columns of the campaign itself


def campaign(*, contract_id: UUID, campaign_id: UUID) -> Campaign:
    """One campaign and how far it is. Raises NoSuchCampaign."""
    found = _campaigns(" AND x.campaign_id = %(campaign)s", contract=contract_id, campaign=campaign_id)
    if not found:
        raise NoSuchCampaign()
    return found[0]


def is_there(contract_id: UUID, campaign_id: UUID) -> bool:
    """Whether it was ever held."""
    with connection.cursor() as cursor:
        cursor.execute(_IS_THERE, [contract_id, campaign_id])
        return cursor.fetchone() is not None


def campaigns(
    *, contract_id: UUID, before: tuple[datetime, UUID] | None = None, limit: int = 50
) -> list[Campaign]:
    """Campaigns of a contract, newest first, a page at a time.

    before   moment of the hold and id of the last campaign of the page before
    """
    older = "" if before is None else " AND (x.held_at, x.campaign_id) < (%(at)s, %(id)s)"
    at, key = before or (None, None)
    return _campaigns(
        f"{older} ORDER BY x.held_at DESC, x.campaign_id DESC LIMIT %(limit)s",
        contract=contract_id,
        at=at,
        id=key,
        limit=limit,
    )


def open_of(contract_id: UUID, *, limit: int) -> list[Campaign]:
    """Campaigns of a contract that still draw, so many at most."""
    return _campaigns(
        " AND x.state = %(open)s ORDER BY x.campaign_id LIMIT %(limit)s",
        contract=contract_id,
        open=int(CampaignState.OPEN),
        limit=limit,
    )


def estimate(*, contract_id: UUID, wishes: Sequence[Wish], at: datetime) -> Estimate:
    """Price, count, amount and parts of every line at `at`, and how many sends fit before the limit and within the customer's own (LIM-5).

    Waits for no lock and writes nothing, so that a hold a moment later may find less room.
    Raises CampaignMalformed, NoCycle.
    """
    rules.check_wishes(wishes)
    cycle = metering.balance(contract_id=contract_id, at=at)
    prices = {found.route_id: found for found in catalog.session_prices(package_id=cycle.package_id, at=at)}
    priced = [prices.get(wish.route_id) for wish in wishes]
    lines = rules.estimate_lines(
        wishes,
        [
            None if found is None else found.price_micro * wish.units
            for found, wish in zip(priced, wishes, strict=True)
        ],
        package_micro=cycle.unused_micro,
        room_micro=cycle.room_micro,
        blocked=cycle.blocked_at is not None,
        channels=["" if found is None else found.channel for found in priced],
        rooms_micro={own.channel: own.left_micro for own in cycle.budgets},
    )
    return Estimate(at, lines, cycle.room_micro, cycle.blocked_at is not None, cycle.overage_percent)


def _campaigns(which: str, **arguments: Any) -> list[Campaign]:
    with connection.cursor() as cursor:
        cursor.execute(_CAMPAIGNS.format(which=which), arguments)
        rows = cursor.fetchall()
    found: dict[UUID, Campaign] = {}
    for row in rows:
        contract, key, reference, state, start, held, expires, ended, total = row[:_FACTS]
        line = CampaignLine(*row[_FACTS:])
        before = found[key].lines if key in found else ()
        found[key] = Campaign(
            contract,
            key,
            reference,
            CampaignState(state),
            start,
            held,
            expires,
            ended,
            total,
            (*before, line),
        )
    return list(found.values())
