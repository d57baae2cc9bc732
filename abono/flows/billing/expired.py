"""What is left of a package at the end of a cycle is lost, and its customer is told (PKG-3)."""

from __future__ import annotations

from datetime import datetime

from abono.domain.contracts.models import Contract
from abono.domain.metering.types import Balance
from abono.flows.tell import tell
from abono.platform import events


def tell_what_expired(contract: Contract, past: Balance, *, now: datetime) -> None:
    """The statement of a cycle that is over; nothing of one that had no package (END-5)."""
    if not past.value_micro:
        return
    said: dict[str, object] = {
        "number": contract.number,
        "currency": contract.currency,
        "value_micro": past.value_micro,
        "used_micro": past.used_micro,
        **({"held_micro": past.held_micro} if past.held_micro else {}),
        "expired_micro": past.unused_micro,
        "cycle_start": past.cycle.start.isoformat(),
        "cycle_end": past.cycle.end.isoformat(),
    }
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
        facts=said,
        now=now,
    )
