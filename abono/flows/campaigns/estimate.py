"""What a campaign would cost, without holding anything (PKG-11)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from abono.domain.campaigns.errors import CampaignBeyondCounting
from abono.domain.campaigns.queries import estimate
from abono.domain.campaigns.types import Estimate
from abono.domain.contracts import queries as contracts
from abono.flows.campaigns.lines import LineAsked, to_wishes

_COUNTABLE_MICRO = 2**63 - 1  # what the database can count, and JSON of others can read


def estimate_campaign(
    *, contract_id: UUID, customer_id: UUID | None, lines: Sequence[LineAsked], now: datetime
) -> Estimate:
    """Lines of the answer stand in the order of those asked for. Nothing is written.

    customer_id   whose contract it has to be (ACC-2); None for the seller
    now           on the customer's clock

    Raises NoSuchContract, NoCycle, CampaignMalformed, CampaignBeyondCounting, CampaignUseNotAllowed, and
    CampaignNoPrice where not even a route exists.
    """
    contracts.get(contract_id, customer_id=customer_id)
    found = estimate(contract_id=contract_id, wishes=to_wishes(lines), at=now)
    if found.amount_micro > _COUNTABLE_MICRO:
        raise CampaignBeyondCounting()
    return found
