"""A contract that ends, or is restricted, ends its open campaigns."""

from __future__ import annotations

from datetime import datetime

from abono.domain.campaigns import queries as campaigns
from abono.domain.campaigns.actions import close_campaign
from abono.domain.contracts.models import Contract
from abono.flows.campaigns.expire import ended
from abono.platform import events

_PAGE = 200


def end_campaigns(contract: Contract, *, actor: str, now: datetime) -> None:
    """What they hold goes back to the package. The caller holds the contract."""
    while found := campaigns.open_of(contract.id, limit=_PAGE):
        for one in found:
            end = close_campaign(
                contract_id=contract.id, campaign_id=one.campaign_id, now=now, cancelled=True
            )
            ended(contract.id, one.campaign_id)
            events.record(
                name=f"campaign.{end.state.name.lower()}",
                subject=("campaign", one.campaign_id),
                customer_id=contract.customer_id,
                actor=actor,
                now=now,
                data={
                    "number": contract.number,
                    "campaign": one.reference or str(one.campaign_id),
                    "currency": contract.currency,
                    "used_micro": end.drawn_micro,
                    "released_micro": end.released_micro,
                },
            )
