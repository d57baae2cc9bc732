"""What is smaller from the next cycle on, and does not come to be (CHG-3)."""

from __future__ import annotations

from datetime import datetime

from abono.domain.contracts import changes, terms
from abono.domain.contracts.models import Change, Contract
from abono.domain.contracts.states import ChangeState


def take_back_step_down(
    contract: Contract,
    change: Change,
    *,
    to: ChangeState = ChangeState.WITHDRAWN,
    actor: str,
    now: datetime,
) -> None:
    """At each moment of the step down that is to come, the last one first, what held without it holds again. The caller holds
    the contract."""
    assert contract.cycle is not None
    for moment in begins(change):
        if moment >= contract.cycle.end:
            _put_back(contract, moment, actor=actor, now=now)
    changes.move(change, to, actor=actor, now=now)


def begins(change: Change) -> list[datetime]:
    """The moments of its step down: of the plan perhaps after that of package and licences (CAT-10); the last one first."""
    assert change.begins_at is not None
    rest = change.quote.get("rest_at")
    return [change.begins_at, *([datetime.fromisoformat(rest)] if rest else [])]


def _put_back(contract: Contract, moment: datetime, *, actor: str, now: datetime) -> None:
    promised, instead = contract.at(moment), contract.without_last(moment)
    parts = ("plan_id", "package_id", "extra_licences", "interval")
    differ = {one: getattr(instead, one) for one in parts if getattr(instead, one) != getattr(promised, one)}
    terms.change(contract, begins_at=moment, **differ, actor=actor, now=now)
