"""What becomes of a contract while a payment of it is contested at the bank, as the seller set it (PAY-10)."""

from __future__ import annotations

from datetime import datetime

from abono.domain.contracts.models import Contract
from abono.domain.contracts.states import RUNNING, State
from abono.domain.invoicing.labels import AT_THE_BANK
from abono.domain.payments import disputes
from abono.domain.restrictions import actions as restrictions
from abono.domain.restrictions.queries import standing
from abono.domain.restrictions.states import Cause
from abono.domain.settings import queries as settings
from abono.domain.settings.restriction import DISPUTED_SERVICE
from abono.domain.settings.types import Whose
from abono.flows.restriction.close import close
from abono.flows.restriction.debt import lifted
from abono.flows.tell import tell


def follow_dispute(contract: Contract, *, now: datetime) -> None:
    """A payment of it is contested since a moment ago: by the seller's word, said ahead in a setting, it is restricted, or goes
    on. The caller holds the contract."""
    whose = Whose(contract.plan.code, contract.id)
    goes_on = settings.value(DISPUTED_SERVICE, whose=whose, at=now) == "goes_on"
    if goes_on or State(contract.state) not in RUNNING:
        return
    if close(contract, Cause.FRAUD, why=AT_THE_BANK, actor="system", now=now):
        tell(
            customer_id=contract.customer_id,
            kind="contract_restricted",
            key=f"{contract.id}:{now.isoformat()}",
            facts={
                "number": contract.number,
                "cause": Cause.FRAUD.value,
                "why": AT_THE_BANK,
                "until_dispute_ends": True,
            },
            now=now,
        )


def open_after_dispute(contract: Contract, *, now: datetime) -> None:
    """A dispute has ended: what it closed opens again, unless another payment is contested. What is owed since restricts by itself
    (END-1). The caller holds the contract."""
    by_it = [one for one in standing(contract.id) if one.cause is Cause.FRAUD and one.why == AT_THE_BANK]
    if by_it and not disputes.open_payments(contract_id=contract.id):
        restrictions.lift(contract, Cause.FRAUD, actor="system", now=now)
        lifted(contract, Cause.FRAUD, now=now)
