"""Open a cycle's balance with what the contract's plan and package give."""

from __future__ import annotations

from abono.domain.contracts.models import Contract
from abono.domain.metering import actions as metering
from abono.flows.billing.allowance import allowance
from abono.kernel.periods import Period


def open_cycle(contract: Contract, *, cycle: Period) -> bool:
    """Create or correct the balance of a cycle that has not begun; a second call changes nothing.

    Allowances do not roll over: each cycle starts with the full value (PKG-3, INT-5).
    Returns False, and corrects nothing, when the cycle is in use already.
    """
    gives = allowance(contract, cycle=cycle, package_value_minor=contract.package.value_minor)
    return metering.open_cycle(
        contract_id=contract.id,
        cycle=cycle,
        package_id=contract.package_id,
        value_micro=gives.value_micro,
        ceiling_micro=gives.ceiling_micro,
        included_interactions=gives.included_interactions,
    )
