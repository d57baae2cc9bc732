"""A contract ends; before, it is cancelled for a moment to come, and that is taken back (END-3). Whoever calls holds the contract."""

from __future__ import annotations

from datetime import datetime

from abono.domain.contracts import actions
from abono.domain.contracts.due import END, note_renewal
from abono.domain.contracts.models import Contract
from abono.domain.contracts.states import CANCELLATION_WITHDRAWN, State
from abono.platform import agenda, events


def cancel(contract: Contract, *, ends_at: datetime, why: str, actor: str, now: datetime) -> None:
    """It ends at the end of a cycle. One that is restricted stays so, and ends then too. Raises MoveNotAllowed."""
    contract.ends_at = ends_at
    told: dict[str, object] = {"number": contract.number, "ends_at": ends_at.isoformat()}
    if State(contract.state) is State.RESTRICTED:
        _note(contract, "contract.ending", why, told, actor=actor, now=now)
    else:
        actions.move(contract, State.ENDING, "ends_at", actor=actor, reason=why, now=now, **told)


def take_back(contract: Contract, *, why: str, actor: str, now: datetime) -> None:
    """It goes on. Raises MoveNotAllowed."""
    contract.ends_at = None
    told: dict[str, object] = {"number": contract.number}
    agenda.withdraw(END, subject=contract.id)
    if State(contract.state) is State.RESTRICTED:
        _note(contract, CANCELLATION_WITHDRAWN, why, told, actor=actor, now=now)
    else:
        actions.move(contract, State.ACTIVE, "ends_at", actor=actor, reason=why, now=now, **told)


def end(contract: Contract, *, since: datetime | None = None, actor: str, reason: str, now: datetime) -> None:
    """It serves no more, from this moment on, or since an earlier one. Raises MoveNotAllowed."""
    contract.ended_at = since or now
    actions.move(contract, State.ENDED, "ended_at", actor=actor, reason=reason, now=now)


def _note(
    contract: Contract, name: str, why: str, told: dict[str, object], *, actor: str, now: datetime
) -> None:
    contract.save(update_fields=["ends_at"])
    events.record(
        name=name,
        subject=("contract", contract.id),
        customer_id=contract.customer_id,
        actor=actor,
        now=now,
        why=why,
        data=told,
    )
    note_renewal(contract, now=now)
