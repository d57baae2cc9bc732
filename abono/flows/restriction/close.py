"""What was opened while a contract ran is closed with it (END-1, END-4)."""

from __future__ import annotations

from datetime import datetime

from abono.domain.contracts.models import Contract
from abono.domain.restrictions import actions as restrictions
from abono.domain.restrictions.states import Cause
from abono.flows.campaigns.end_all import end_campaigns
from abono.flows.restriction.granted import hold_back


def close(contract: Contract, cause: Cause, *, why: str = "", actor: str, now: datetime) -> bool:
    """Restrict it; nothing may be sent for its open campaigns any more, and what they set aside goes back to the package. What
    is reported of them afterwards has left and draws by itself (PKG-12); a send that was held by itself was let go a moment ago
    and is settled as ever. The caller holds the contract. False where nothing was changed.

    why   the seller's reason
    """
    if not restrictions.restrict(contract, cause, why=why, actor=actor, now=now):
        return False
    end_campaigns(contract, actor=actor, now=now)
    hold_back(contract)
    return True
