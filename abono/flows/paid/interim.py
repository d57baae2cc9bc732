"""Paying the overage so far opens one more limit for the rest of the cycle (LIM-4)."""

from __future__ import annotations

from datetime import datetime

from abono.domain.contracts.models import Contract
from abono.domain.contracts.states import RUNNING, State
from abono.domain.invoicing import keys
from abono.domain.invoicing.models import Invoice
from abono.domain.metering import actions as metering
from abono.flows.billing.renew import catch_up
from abono.flows.charges.allowance import allowance
from abono.flows.tell import tell
from abono.kernel.rating import UNLIMITED
from abono.platform import events


def open_limit(contract: Contract, invoice: Invoice, *, actor: str, now: datetime) -> None:
    """Raise the ceiling of the current cycle by one overage limit. Money for a cycle, or a contract, that is over opens
    nothing."""
    catch_up(contract, now=now)
    over = State(contract.state) not in RUNNING
    if over or keys.cycle_of_interim(invoice.key) != contract.cycle_number:
        return
    assert contract.cycle is not None
    gives = allowance(contract, contract.term, cycle=contract.cycle)
    if gives.ceiling_micro == UNLIMITED:
        return
    metering.open_one_more_limit(
        contract_id=contract.id, at=contract.cycle.start, extra_micro=gives.ceiling_micro - gives.value_micro
    )
    events.record(
        name="sending.released",
        subject=("contract", contract.id),
        customer_id=contract.customer_id,
        actor=actor,
        now=now,
        data={"why": invoice.key},
    )
    tell(
        customer_id=contract.customer_id,
        kind="sending_released",
        key=invoice.key,
        facts={"number": contract.number},
        now=now,
    )
