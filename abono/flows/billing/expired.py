"""What is left of a package at the end of a cycle is lost, and its customer is told (PKG-3)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from abono.domain.contracts.models import Contract
from abono.domain.contracts.states import State
from abono.domain.metering.types import Balance
from abono.flows.tell import Telling, tell, tell_each
from abono.platform import events


def tell_what_expired(contract: Contract, past: Balance, *, last: bool = False, now: datetime) -> None:
    """The statement of a cycle that is over, the last one of a contract that ends; nothing of one that had no package (END-5)."""
    if not past.value_micro:
        return
    said = _said(contract, past)
    events.record(
        name="package.expired",
        subject=("contract", contract.id),
        customer_id=contract.customer_id,
        actor="system",
        now=now,
        data=said,
    )
    tell(
        customer_id=contract.customer_id,
        kind="package_expired",
        key=past.cycle.start.isoformat(),
        facts={**said, **_next(contract, last)},
        now=now,
    )


def tell_what_expired_of_many(those: Iterable[tuple[Contract, Balance]], *, now: datetime) -> None:
    """The same of many contracts, each of its own cycle that is over, and none of its last one."""
    happened, told = [], []
    for contract, past in those:
        if past.value_micro:
            said = _said(contract, past)
            happened.append(events.One(contract.id, contract.customer_id, data=said))
            facts = {**said, **_next(contract, last=False)}
            told.append(Telling(contract.customer_id, past.cycle.start.isoformat(), facts))
    events.record_each(name="package.expired", subject="contract", those=happened, actor="system", now=now)
    tell_each("package_expired", told, now=now)


def _said(contract: Contract, past: Balance) -> dict[str, object]:
    return {
        "number": contract.number,
        "currency": contract.currency,
        "value_micro": past.value_micro,
        "used_micro": past.used_micro,
        **({"held_micro": past.held_micro} if past.held_micro else {}),
        "expired_micro": past.unused_micro,
        "cycle_start": past.cycle.start.isoformat(),
        "cycle_end": past.cycle.end.isoformat(),
    }


def _next(contract: Contract, last: bool) -> dict[str, str]:
    """What the cycle after it is, where it is not one with a package."""
    if last:
        return {"next": "none"}
    return {"next": "restricted"} if State(contract.state) is State.RESTRICTED else {}
