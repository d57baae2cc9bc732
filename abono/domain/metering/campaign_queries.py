"""What others may know of campaigns, as frozen dataclasses. Nothing here waits for a lock."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from abono.domain.metering.campaign_errors import NoSuchCampaign
from abono.domain.metering.campaign_types import Campaign, CampaignLine, CampaignState

# While a campaign is open its slices know what was sent; afterwards its lines do, and there are no slices.
_CAMPAIGNS = """
SELECT c.contract_id, c.campaign_id, c.reference, c.state, c.cycle_start, c.held_at, c.expires_at, c.ended_at,
       c.total_micro,
       l.route_id, r.channel, r.kind, r.country, l.price_micro, l.places, l.sent + s.sent, l.rejected + s.rejected
  FROM (SELECT * FROM metering_campaign x WHERE x.contract_id = %(contract)s{which}) c
  JOIN metering_campaign_line l ON l.contract_id = %(contract)s AND l.campaign_id = c.campaign_id
  JOIN catalog_route r ON r.id = l.route_id
 CROSS JOIN LATERAL (
       SELECT coalesce(sum(y.sent), 0)::bigint AS sent, coalesce(sum(y.rejected), 0)::bigint AS rejected
         FROM metering_campaign_slice y
        WHERE y.contract_id = %(contract)s AND y.cycle_start = c.cycle_start AND y.campaign_id = c.campaign_id
          AND y.line = l.line) s
 ORDER BY c.held_at DESC, c.campaign_id DESC, l.line
"""
_FACTS = 9  # columns of the campaign itself


def campaign(*, contract_id: UUID, campaign_id: UUID) -> Campaign:
    """One campaign and how far it is. Raises NoSuchCampaign."""
    found = _campaigns(" AND x.campaign_id = %(campaign)s", contract=contract_id, campaign=campaign_id)
    if not found:
        raise NoSuchCampaign()
    return found[0]


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


def open_campaigns(contract_id: UUID) -> list[Campaign]:
    """Campaigns of a contract that still hold package value, newest first."""
    return _campaigns(" AND x.state = 1", contract=contract_id)


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
