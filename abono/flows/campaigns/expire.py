"""The end of a campaign that nobody closed in time (PKG-5)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from abono.domain.contracts.types import ContractInfo
from abono.domain.customers import queries as customers
from abono.platform import agenda
from abono.platform.queue import Lane

EXPIRE = agenda.Kind("expire_campaigns", Lane.BILLING)


def expires(contract: ContractInfo, campaign_id: UUID, expires_at: datetime, *, now: datetime) -> None:
    """Write down when a campaign that was held or extended ends by itself, in the caller's transaction."""
    agenda.note(
        EXPIRE,
        subject=contract.id,
        key=str(campaign_id),
        customer_id=contract.customer_id,
        sandbox=customers.get(contract.customer_id).sandbox,
        due_at=expires_at,
        now=now,
    )


def ended(contract_id: UUID, campaign_id: UUID) -> None:
    """It has ended otherwise."""
    agenda.withdraw(EXPIRE, subject=contract_id, key=str(campaign_id))
