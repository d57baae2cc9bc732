"""Changes of a contract as things with a state, from the asking on (CHG-1, CHG-8)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from abono.domain.contracts.models import Change, Contract
from abono.domain.contracts.states import CHANGE, ChangeState
from abono.platform import events


def ask(contract: Contract, *, package_id: UUID, actor: str, now: datetime) -> Change:
    """Another package is asked for, and waits for its payment. The caller holds the contract, and has seen that nothing
    else waits: raises IntegrityError otherwise."""
    change = Change.objects.create(
        contract=contract,
        package_before_id=contract.term.package_id,
        package_after_id=package_id,
        asked_by=actor,
        asked_at=now,
    )
    _tell(change, actor=actor, now=now)
    return change


def end(change: Change, state: ChangeState, *, actor: str, now: datetime) -> None:
    """It is applied, or given up. The caller holds the contract. Raises MoveNotAllowed."""
    before = ChangeState(change.state)
    CHANGE.require(before, state)
    change.state, change.ended_at = state.value, now
    change.save(update_fields=["state", "ended_at"])
    _tell(change, before=before, actor=actor, now=now)


def get(change_id: UUID) -> Change:
    return Change.objects.select_related("contract", "package_before", "package_after").get(id=change_id)


def waiting(contract_id: UUID) -> Change | None:
    """The one that waits for its payment."""
    found = Change.objects.select_related("contract", "package_before", "package_after")
    return found.filter(contract_id=contract_id, state=ChangeState.WAITING.value).first()


def _tell(change: Change, *, before: ChangeState | None = None, actor: str, now: datetime) -> None:
    events.record(
        name=f"change.{change.state}",
        subject=("change", change.id),
        customer_id=change.contract.customer_id,
        actor=actor,
        now=now,
        before=None if before is None else {"state": before.value},
        after={"state": change.state},
        data={
            "number": change.contract.number,
            "before": str(change.package_before),
            "after": str(change.package_after),
        },
    )
