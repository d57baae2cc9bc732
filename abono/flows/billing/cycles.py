"""Cycles of a contract: when they are, and what the contract's plan and package give in them."""

from __future__ import annotations

from abono.domain.contracts.models import Contract
from abono.domain.metering import actions as metering
from abono.flows.billing.allowance import allowance
from abono.kernel.periods import Period, cycle


def cycle_of(contract: Contract, number: int) -> Period:
    """The nth cycle of a contract that has begun, from 0, by its customer's local days (INV-2)."""
    assert contract.adhesion_date is not None
    return cycle(contract.adhesion_date, number, contract.customer.time_zone)


def open_cycle(contract: Contract, period: Period) -> bool:
    """Create or correct the balance of a cycle that has not begun; a second call changes nothing.

    Allowances do not roll over: each cycle starts with the full value (PKG-3, INT-5).
    Returns False, and corrects nothing, when the cycle is in use already.
    """
    gives = allowance(contract, cycle=period, package_value_minor=contract.package.value_minor)
    return metering.open_cycle(
        contract_id=contract.id,
        cycle=period,
        package_id=contract.package_id,
        value_micro=gives.value_micro,
        ceiling_micro=gives.ceiling_micro,
        included_interactions=gives.included_interactions,
    )
