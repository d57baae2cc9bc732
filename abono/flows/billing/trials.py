"""What a customer is told of the trial of their contract (INV-10)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from abono.domain.contracts.models import Contract
from abono.domain.contracts.states import RUNNING, State
from abono.flows import locks
from abono.flows.billing.project import project_invoice
from abono.flows.tell import tell
from abono.kernel.periods import boundary_day


def trial_facts(contract: Contract) -> dict[str, object]:
    """Its last day, and the day on which fees begin; of a contract that has no trial nothing."""
    if contract.trial_until is None:
        return {}
    begins = boundary_day(contract.trial_until, contract.customer.time_zone)
    return {"trial_last_date": begins - timedelta(days=1), "fees_begin_date": begins}


def tell_trial_ends(*, contract_id: UUID, now: datetime) -> None:
    """Some days before; nothing where it is over by then. Each end is told of once."""
    with locks.contract(contract_id) as contract:
        if _tried(contract):
            _tell(contract, "trial_ends", **_asked(contract), now=now)


def tell_trial_moved(contract: Contract, *, why: str, now: datetime) -> None:
    """The caller holds the contract."""
    _tell(contract, "trial_moved", **_asked(contract), why=why, now=now)


def tell_trial_ended(contract: Contract, *, now: datetime) -> None:
    """The caller holds the contract, whose first fees are billed; their invoice is told of by itself."""
    _tell(contract, "trial_ended", now=now)


def _tried(contract: Contract) -> bool:
    in_force = State(contract.state) in RUNNING and contract.cycle is not None
    return in_force and contract.trial_until == contract.cycle_end and contract.ends_at is None


def _asked(contract: Contract) -> dict[str, object]:
    """What the first invoice asks for, as things stand."""
    coming = project_invoice(contract_id=contract.id)
    assert coming is not None
    return {"total_minor": coming.charge.minor, "currency": coming.currency}


def _tell(contract: Contract, kind: str, *, now: datetime, **more: object) -> None:
    assert contract.trial_until is not None
    facts = {
        "number": contract.number,
        "plan": contract.plan.name,
        "package": contract.package.code,
        **trial_facts(contract),
        **more,
    }
    key = f"{contract.id}:{contract.trial_until.isoformat()}"
    tell(customer_id=contract.customer_id, kind=kind, key=key, facts=facts, now=now)
