"""The seller restricts a contract for fraud, with a reason; nobody else lifts that (END-4)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from abono.domain.contracts.errors import ContractNotRunning
from abono.domain.contracts.states import RUNNING, State
from abono.domain.restrictions import actions as restrictions
from abono.domain.restrictions.errors import NotRestricted, RestrictedAlready
from abono.domain.restrictions.queries import standing
from abono.domain.restrictions.states import Cause
from abono.flows import locks
from abono.flows.restriction.close import close
from abono.flows.restriction.debt import lifted
from abono.flows.tell import tell
from abono.platform.idempotency import Ask


def restrict_for_fraud(
    *, contract_id: UUID, why: str, actor: str, now: datetime, ask: Ask | None = None
) -> None:
    """Sending and sign-in close at once, and the customer is told why. Again, for the same reason, it changes nothing.

    ask   the call with its key, where the door has one: if it restricted it before, nothing is left to do (API-2)

    Raises NoSuchContract, ContractNotRunning; RestrictedAlready for another reason, which stands.
    """
    if ask is not None and "restricted" in ask.led_to:
        return
    with locks.contract(contract_id) as contract:
        if State(contract.state) not in RUNNING:
            raise ContractNotRunning(contract.number)
        for one in standing(contract.id):
            if one.cause is Cause.FRAUD and one.why != why:
                raise RestrictedAlready(contract.number, one.why)
        if close(contract, Cause.FRAUD, why=why, actor=actor, now=now):
            tell(
                customer_id=contract.customer_id,
                kind="contract_restricted",
                key=f"{contract.id}:{now.isoformat()}",
                facts={"number": contract.number, "cause": Cause.FRAUD.value, "why": why},
                now=now,
            )
        if ask is not None:
            ask.note(restricted=str(contract_id))


def lift_for_fraud(*, contract_id: UUID, why: str, actor: str, now: datetime, ask: Ask | None = None) -> None:
    """The contract runs again, unless something is overdue for too long.

    ask   the call with its key, where the door has one: if it lifted it before, nothing is left to do (API-2)

    Raises NoSuchContract, NotRestricted.
    """
    if ask is not None and "lifted" in ask.led_to:
        return
    with locks.contract(contract_id) as contract:
        if not any(one.cause is Cause.FRAUD for one in standing(contract.id)):
            raise NotRestricted(contract.number)
        restrictions.lift(contract, Cause.FRAUD, why=why, actor=actor, now=now)
        lifted(contract, Cause.FRAUD, why=why, now=now)
        if ask is not None:
            ask.note(lifted=str(contract_id))
