"""Move a sandbox customer's clock and let happen what would have happened (TIM-2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from abono.domain.contracts import queries as contracts
from abono.domain.contracts.states import RENEWED
from abono.domain.customers import actions as customers
from abono.domain.customers import queries as customer_queries
from abono.domain.customers import rules as customer_rules
from abono.flows.due_work import run_due_work
from abono.platform import clock, events
from abono.platform.use_case import use_case


@dataclass(frozen=True, slots=True)
class Happening:
    """One event on the way, with its moment on the customer's clock and its facts as recorded."""

    name: str
    happened_at: datetime
    facts: Mapping[str, object]


def advance_clock(*, customer_id: UUID, to: datetime, actor: str) -> list[Happening]:
    """Advance to `to`, stopping at each cycle's end on the way so that everything happens at its own time.

    Returns what happened, in order.
    Raises NoSuchCustomer, NotASandbox, ClockOnlyForward.
    """
    customer_rules.check_clock(shown=customer_queries.now_of(customer_id), to=to)
    before = events.newest(customer_id=customer_id)
    while (stop := _next_stop(customer_id, to)) is not None:
        _stop_at(stop, customer_id=customer_id, actor=actor)
    _stop_at(to, customer_id=customer_id, actor=actor)
    return [Happening(*event) for event in events.since(customer_id=customer_id, after=before)]


def _next_stop(customer_id: UUID, to: datetime) -> datetime | None:
    """The end of the current cycle, when that lies before `to`."""
    contract = contracts.served(customer_id)
    if contract is None or contract.cycle_end is None or contract.state not in RENEWED:
        return None
    return contract.cycle_end if contract.cycle_end < to else None


def _stop_at(moment: datetime, *, customer_id: UUID, actor: str) -> None:
    """Do what is due at a moment; where it has passed meanwhile the clock stays and the work is done now."""
    _move(customer_id=customer_id, to=moment, actor=actor)
    _run_to_quiet(customer_id, max(moment, customer_queries.now_of(customer_id)))


@use_case
def _move(*, customer_id: UUID, to: datetime, actor: str) -> None:
    real = clock.now()
    shown = real + timedelta(seconds=customers.lock(customer_id).clock_offset_s)
    customers.set_clock(customer_id=customer_id, real=real, to=max(to, shown), actor=actor)


def _run_to_quiet(customer_id: UUID, now: datetime) -> None:
    for _round in range(1000):
        if run_due_work(now=now, customer_id=customer_id) == 0:
            return
    raise RuntimeError(f"due work of customer {customer_id} does not come to rest")
