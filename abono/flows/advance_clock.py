"""Move a sandbox customer's clock and let happen what would have happened (TIM-2)."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from abono.domain.customers import actions as customers
from abono.domain.customers import queries as customer_queries
from abono.domain.customers import rules as customer_rules
from abono.flows import locks
from abono.flows.due_work import run_due_work
from abono.kernel.moment import Moment
from abono.platform import agenda, events

PATIENCE_S = 30.0
_LOOK_S = 0.05


@dataclass(frozen=True, slots=True)
class Happening:
    """One event on the way, with its moment on the customer's clock and its facts as recorded."""

    name: str
    happened_at: datetime
    facts: Mapping[str, object]


def advance_clock(*, customer_id: UUID, to: datetime, actor: str, real: datetime) -> list[Happening]:
    """Advance to `to`, stopping at whatever is due on the way so that everything happens at its own time.

    Returns what happened, in order.
    Raises NoSuchCustomer, NotASandbox, ClockOnlyForward.
    """
    shown = customer_queries.moment_of(customer_id, real=real).now
    customer_rules.check_clock(shown=shown, to=to)
    before = events.newest(customer_id=customer_id)
    while (stop := agenda.next_due(customer_id)) is not None and stop < to:
        _stop_at(stop, customer_id=customer_id, actor=actor, real=real)
    _stop_at(to, customer_id=customer_id, actor=actor, real=real)
    return [Happening(*event) for event in events.since(customer_id=customer_id, after=before)]


def _stop_at(stop: datetime, *, customer_id: UUID, actor: str, real: datetime) -> None:
    """Do what is due at a moment; where the clock has passed it, it stays and the work is done now."""
    with locks.customer(customer_id) as customer:
        now = max(stop, customer.moment(real).now)
        customers.set_clock(customer_id=customer_id, real=real, to=now, actor=actor)
    _run_to_quiet(customer_id, Moment(real, now))


def _run_to_quiet(customer_id: UUID, moment: Moment) -> None:
    """Until nothing is due any more; what a worker has in hand is waited for."""
    until = time.monotonic() + PATIENCE_S
    while True:
        if run_due_work(now=moment.now, real=moment.real, customer_id=customer_id):
            until = time.monotonic() + PATIENCE_S
        elif not agenda.in_hand(now=moment.now, customer_id=customer_id):
            return
        elif time.monotonic() > until:
            raise RuntimeError(f"due work of customer {customer_id} does not come to rest")
        else:
            time.sleep(_LOOK_S)
