from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from abono.domain.restrictions.states import Cause


@dataclass(frozen=True, slots=True)
class RestrictionInfo:
    """Why a contract is or was restricted. `why` is what the seller gave as the reason; empty for a debt. `ends_on` is the
    local day on which a debt ends the contract, as the customer was told `told` times; None before (END-5)."""

    id: UUID
    contract_id: UUID
    cause: Cause
    why: str
    made_by: str
    made_at: datetime
    lifted_by: str
    lifted_why: str
    lifted_at: datetime | None
    ends_on: date | None
    told: int
