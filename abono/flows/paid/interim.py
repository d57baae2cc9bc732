"""Paying the overage so far opens one more limit for the rest of the cycle (LIM-4)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from abono.domain.contracts import actions as contracts
from abono.domain.invoicing import keys
from abono.domain.metering import actions as metering
from abono.flows.billing.allowance import allowance
from abono.flows.tell import tell
from abono.kernel.rating import UNLIMITED
from abono.platform import events


def open_limit(*, contract_id: UUID, key: str, actor: str, now: datetime) -> None:
    """Raise the ceiling of the current cycle by one overage limit, inside the caller's transaction.

    key     of the interim invoice: money for a cycle that is over opens nothing
    """
    contract = contracts.lock(contract_id)
    if keys.cycle_of_interim(key) != contract.cycle_number:
        return
    assert contract.cycle is not None
    gives = allowance(contract, cycle=contract.cycle, package_value_minor=contract.package.value_minor)
    if gives.ceiling_micro == UNLIMITED:
        return
    metering.open_one_more_limit(
        contract_id=contract_id, at=contract.cycle.start, extra_micro=gives.ceiling_micro - gives.value_micro
    )
    events.record(
        name="sending.released",
        subject=("contract", contract_id),
        customer_id=contract.customer_id,
        actor=actor,
        now=now,
        data={"why": key},
    )
    tell(
        customer_id=contract.customer_id,
        kind="sending_released",
        key=key,
        facts={"number": contract.number},
        now=now,
    )
