"""Orders whose money never came leave nothing behind either, once nobody goes on with them (CON-9, OPS-6)."""

from __future__ import annotations

from datetime import datetime

from abono.domain.contracts import actions as contracts
from abono.flows.signup.undo import undo
from abono.platform.running import stopping


def forget_unpaid(*, now: datetime) -> int:
    """Take away what orders made whose cards were declined long ago, when nobody was there to see it; then the orders.

    One stays whose charge may still turn out to be paid, or that a person has to look at. Returns how many orders went.
    """
    for signup_id, contract_id in contracts.unpaid_orders(now=now):
        if stopping.told():
            break
        undo(signup_id=signup_id, contract_id=contract_id, actor="system", now=now)
    return contracts.forget_old_signups(now=now)
