"""Restrict a contract, and lift that. Whoever calls holds the contract."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from abono.domain.contracts import actions as contracts
from abono.domain.contracts.models import Contract
from abono.domain.contracts.states import State
from abono.domain.restrictions.due import look_no_more
from abono.domain.restrictions.models import Restriction
from abono.domain.restrictions.queries import read_anew, standing
from abono.domain.restrictions.states import Cause
from abono.platform import events

_JUST = timedelta(microseconds=1)


def restrict(contract: Contract, cause: Cause, *, why: str = "", actor: str, now: datetime) -> bool:
    """Close sending and sign-in. False where it is restricted for that already: nothing is changed then.

    why   the seller's reason
    now   see `_in_its_cycle`

    Raises MoveNotAllowed for a contract that does not run.
    """
    now = _in_its_cycle(contract, now)
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
    read_anew(contract)
    return True


def lift(contract: Contract, cause: Cause, *, why: str = "", actor: str, now: datetime) -> bool:
    """The cause is gone; the contract runs again unless there is another one, until its end where it is cancelled. False where it was
    not restricted for that.

    now   who read the clock before it was restricted, and waited for that, lifts it at the moment at which it was; see `_in_its_cycle`
    """
    row = Restriction.objects.filter(contract=contract, cause=cause.value, lifted_at=None).first()
    if row is None:
        return False
    now = max(_in_its_cycle(contract, now), row.made_at)
    row.lifted_by, row.lifted_why, row.lifted_at = actor, why, now
    row.save(update_fields=["lifted_by", "lifted_why", "lifted_at"])
    read_anew(contract)
    if cause is Cause.DEBT:
        look_no_more(contract)
    if State(contract.state) is State.RESTRICTED and not standing(contract.id):
        to = State.ACTIVE if contract.ends_at is None else State.ENDING
        contracts.move(contract, to, actor=actor, reason=why or f"{cause.value} settled", now=now)
    return True


def _in_its_cycle(contract: Contract, now: datetime) -> datetime:
    """A moment within the cycle in which the contract is: what it gives and what is billed of it was decided when it began, so that
    whoever read the clock before that, and waited for the renewal or for a gateway, comes after it (END-5)."""
    return now if contract.cycle is None else max(now, contract.cycle.start + _JUST)


def tell_end(contract: Contract, restriction_id: UUID, *, ends_on: date, told: int, now: datetime) -> None:
    """The customer is told once more on which local day a debt ends the contract. Whoever calls holds the contract."""
    Restriction.objects.filter(id=restriction_id).update(ends_on=ends_on, told=told)
    events.record(
        name="contract.ends_for_debt",
        subject=("contract", contract.id),
        customer_id=contract.customer_id,
        actor="system",
        now=now,
        data={"number": contract.number, "ends_on": ends_on.isoformat(), "told": told},
    )
