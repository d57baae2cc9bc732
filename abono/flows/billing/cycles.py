"""Open a cycle's balance with what the contract's plan and package give."""

from __future__ import annotations

from abono.domain.catalog import queries as catalog
from abono.domain.contracts.models import Contract
from abono.domain.metering import actions as metering
from abono.kernel.money import Money
from abono.kernel.periods import Period
from abono.kernel.rating import ceiling, to_micro


def open_cycle(contract: Contract, *, cycle: Period) -> bool:
    """Create or correct the balance of a cycle that has not begun; a second call changes nothing.

    Allowances do not roll over: each cycle starts with the full value (PKG-3, INT-5).
    Returns False, and corrects nothing, when the cycle is in use already.
    """
    plan = catalog.plan(contract.plan_id)
    value_micro = to_micro(Money(contract.package.value_minor, contract.currency))
    return metering.open_cycle(
        contract_id=contract.id,
        cycle=cycle,
        package_id=contract.package_id,
        value_micro=value_micro,
        ceiling_micro=ceiling(value_micro, contract.limit_percent),
        included_interactions=plan.included_credits or 0,
    )
