"""Set package value aside for a whole campaign (PKG-5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from abono.domain.campaigns import actions as campaigns
from abono.domain.campaigns.queries import is_there
from abono.domain.campaigns.types import CampaignHold
from abono.domain.contracts import queries as contracts
from abono.domain.contracts.errors import ContractRestricted
from abono.domain.contracts.states import State
from abono.domain.metering.types import keyed
from abono.domain.settings import queries as settings
from abono.domain.settings.known import HOLD_LASTS
from abono.flows.campaigns.expire import expires
from abono.flows.campaigns.lines import LineAsked, to_wishes
from abono.platform import events
from abono.platform.use_case import use_case


@use_case
def hold_campaign(
    *,
    contract_id: UUID,
    customer_id: UUID | None,
    name: str,
    lines: Sequence[LineAsked],
    actor: str,
    now: datetime,
) -> CampaignHold:
    """All of the lines, or nothing; the prices of the answer stand in the order of the lines and stay (PKG-8).

    customer_id   whose contract it has to be (ACC-2); None for the seller, who reaches every contract
    name          the caller's own id of the campaign, without NUL; the same again gets the first answer (PKG-9)
    now           on the customer's clock

    Raises NoSuchContract, ContractRestricted and what metering.campaigns.hold_campaign raises; two lines of one route are malformed.
    """
    contract = contracts.get(contract_id, customer_id=customer_id)
    campaign_id, reference = keyed(name)
    if contract.state is State.RESTRICTED and not is_there(contract_id, campaign_id):
        raise ContractRestricted(contract.number)
    lasts = settings.value(HOLD_LASTS, at=now)
    answer: CampaignHold = campaigns.hold_campaign(
        contract_id=contract_id,
        campaign_id=campaign_id,
        wishes=to_wishes(lines),
        now=now,
        reference=reference,
        lasts=lasts,
    )
    if not answer.replayed:
        expires(contract, campaign_id, now + lasts, now=now)
        events.record(
            name="campaign.held",
            subject=("campaign", campaign_id),
            customer_id=contract.customer_id,
            actor=actor,
            now=now,
            data={
                "number": contract.number,
                "campaign": name,
                "sends": sum(line.count for line in lines),
                "currency": contract.currency,
                "total_micro": answer.total_micro,
            },
        )
    return answer
