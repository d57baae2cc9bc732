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
    """At the moment of the step down what held without it holds again. The caller holds the contract."""
    assert change.begins_at is not None
    promised, instead = contract.at(change.begins_at), contract.without_last(change.begins_at)
    terms.change(
        contract,
        begins_at=change.begins_at,
        plan_id=instead.plan_id if instead.plan_id != promised.plan_id else None,
        package_id=instead.package_id if instead.package_id != promised.package_id else None,
        extra_licences=instead.extra_licences if instead.extra_licences != promised.extra_licences else None,
        actor=actor,
        now=now,
    )
    changes.move(change, to, actor=actor, now=now)
