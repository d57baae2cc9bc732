"""The end of a campaign by its owner's wish, and more time for it (PKG-5)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from abono.domain.campaigns import actions as campaigns
from abono.domain.campaigns import queries as campaign_queries
from abono.domain.campaigns.types import Campaign, CampaignEnd
from abono.domain.contracts import queries as contracts
from abono.flows.campaigns.expire import ended, expires
from abono.kernel.ids import event_key
from abono.platform import events
from abono.platform.use_case import use_case


@use_case
def close_campaign(
    *,
    contract_id: UUID,
    customer_id: UUID | None,
    name: str,
    cancelled: bool = False,
    actor: str,
    now: datetime,
) -> Campaign:
    """What was sent is used, the rest goes back to the package. Returns the campaign as it ended.

    customer_id   whose contract it has to be (ACC-2); None for the seller
    name          the caller's own id of the campaign
    cancelled     given up, rather than told to the end

    A campaign that had ended before stays as it ended. Raises NoSuchContract, NoSuchCampaign.
    """
    contract = contracts.get(contract_id, customer_id=customer_id)
    campaign_id = event_key(name)
    end: CampaignEnd = campaigns.close_campaign(
        contract_id=contract_id, campaign_id=campaign_id, now=now, cancelled=cancelled
    )
    if end.ended_now:
        ended(contract_id, campaign_id)
        events.record(
            name=f"campaign.{end.state.name.lower()}",
            subject=("campaign", campaign_id),
            customer_id=contract.customer_id,
            actor=actor,
            now=now,
            data={
                "number": contract.number,
                "campaign": name,
                "currency": contract.currency,
                "used_micro": end.drawn_micro,
                "released_micro": end.released_micro,
            },
        )
    return campaign_queries.campaign(contract_id=contract_id, campaign_id=campaign_id)


@use_case
def extend_campaign(
    *, contract_id: UUID, customer_id: UUID | None, name: str, until: datetime, actor: str, now: datetime
) -> datetime:
    """Let an open campaign last longer; never shorter. Returns when it expires now.

    until   at most 7 days after its hold

    Raises NoSuchContract, NoSuchCampaign, CampaignEnded, CampaignTooLong.
    """
    contract = contracts.get(contract_id, customer_id=customer_id)
    campaign_id = event_key(name)
    expires_at: datetime = campaigns.extend_campaign(
        contract_id=contract_id, campaign_id=campaign_id, until=until
    )
    expires(contract, campaign_id, expires_at, now=now)
    events.record(
        name="campaign.extended",
        subject=("campaign", campaign_id),
        customer_id=contract.customer_id,
        actor=actor,
        now=now,
        data={"number": contract.number, "campaign": name, "expires_at": expires_at.isoformat()},
    )
    return expires_at
