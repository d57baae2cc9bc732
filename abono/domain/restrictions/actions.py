"""Restrict a contract, and lift that. Whoever calls holds the contract."""

from __future__ import annotations

from datetime import datetime

from abono.domain.contracts import actions as contracts
from abono.domain.contracts.models import Contract
from abono.domain.contracts.states import State
from abono.domain.restrictions.models import Restriction
from abono.domain.restrictions.queries import standing
from abono.domain.restrictions.states import Cause


def restrict(contract: Contract, cause: Cause, *, why: str = "", actor: str, now: datetime) -> bool:
    """Close sending and sign-in. False where it is restricted for that already: nothing is changed then.

    why   the seller's reason

    Raises MoveNotAllowed for a contract that does not run.
    """
    if State(contract.state) is State.RESTRICTED:
        if any(one.cause is cause for one in standing(contract.id)):
            return False
    else:
        contracts.move(contract, State.RESTRICTED, actor=actor, reason=why or cause.value, now=now)
    Restriction.objects.create(
        contract=contract,
        customer_id=contract.customer_id,
        cause=cause.value,
        why=why,
        made_by=actor,
        made_at=now,
    )
    return True


def lift(contract: Contract, cause: Cause, *, why: str = "", actor: str, now: datetime) -> bool:
    """The cause is gone; the contract runs again unless there is another one, until its end where it is cancelled. False where it was
    not restricted for that.

    now   who read the clock before it was restricted, and waited for that, lifts it at the moment at which it was
    """
    row = Restriction.objects.filter(contract=contract, cause=cause.value, lifted_at=None).first()
    if row is None:
        return False
    now = max(now, row.made_at)
    row.lifted_by, row.lifted_why, row.lifted_at = actor, why, now
    row.save(update_fields=["lifted_by", "lifted_why", "lifted_at"])
    if State(contract.state) is State.RESTRICTED and not standing(contract.id):
        to = State.ACTIVE if contract.ends_at is None else State.ENDING
        contracts.move(contract, to, actor=actor, reason=why or f"{cause.value} settled", now=now)
    return True
