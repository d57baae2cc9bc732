"""Move a sandbox customer's clock and let happen what would have happened (TIM-2)."""

from __future__ import annotations

import time
from datetime import datetime
from uuid import UUID

from abono.domain.customers import actions as customers
from abono.domain.customers import advances
from abono.domain.customers.errors import ClockUnderWay
from abono.domain.customers.types import AdvanceInfo
from abono.domain.notices import queries as notices
from abono.domain.notices.types import Told
from abono.flows import locks
from abono.flows.due_work import run_due_work
from abono.kernel.moment import Moment
from abono.platform import agenda, events
from abono.platform.running.alone import alone

PATIENCE_S = 30.0
_LOOK_S = 0.05

type Happening = events.Happening | Told


def advance_clock(
    *, customer_id: UUID, to: datetime, actor: str, real: datetime, within_s: float | None = None
) -> AdvanceInfo:
    """Advance to `to`, stopping at whatever is due on the way so that everything happens at its own time.

    within_s   for so long, and then as far as it came; without it, as long as it takes

    Whoever asks for the same moment again goes on where it was cut off, ran out of time, or was stopped by work that
    failed; once the clock is there, nothing happens any more. What gateways are asked goes by real time. Holds end
    at their own moment, at whatever later one they are looked at, so that the clock need not stop there.
    Raises NoSuchCustomer, NotASandbox, ClockOnlyForward, ClockTooFar; ClockUnderWay, where it goes elsewhere, or
    somebody else is at it.
    """
    with alone(f"clock:{customer_id}") as nobody_is:
        if not nobody_is:
            raise ClockUnderWay(to.isoformat())
        with locks.customer(customer_id) as customer:
            advance = advances.begin(customer, to=to, actor=actor, real=real)
        if advance.arrived_at is None:
            _go_on(advance, real=real, within_s=within_s)
        return advances.get(advance.id)


def happened(advance: AdvanceInfo, language: str) -> list[Happening]:
    """What happened on the way so far, in order: events, and what the customer was told, in a language."""
    span = {"after": advance.id, "until": advance.last}
    found: list[Happening] = [
        *events.between(customer_id=advance.customer_id, **span),
        *notices.told_between(advance.customer_id, language, **span),
    ]
    return sorted(found, key=lambda one: one.id)


def _go_on(advance: AdvanceInfo, *, real: datetime, within_s: float | None) -> None:
    began = time.monotonic()
    if advance.trouble:
        advances.stopped(advance.id, "")
    while True:
        due = agenda.next_due(advance.customer_id)
        stop = advance.to_at if due is None else min(due, advance.to_at)
        trouble = _stop_at(stop, advance, real=real)
        if trouble:
            advances.stopped(advance.id, trouble)
            return
        if stop == advance.to_at:
            advances.arrived(advance.id, real=real)
            return
        if within_s is not None and time.monotonic() - began >= within_s:
            return


def _stop_at(stop: datetime, advance: AdvanceInfo, *, real: datetime) -> str:
    """Do what is due at a moment; where the clock has passed it, it stays and the work is done now.

    Returns what stops the clock there; nothing where all went well.
    """
    customer_id = advance.customer_id
    failed = agenda.failed(customer_id)
    with locks.customer(customer_id) as customer:
        now = max(stop, customer.moment(real).now)
        due = agenda.due_kinds(customer_id, now=now)
        customers.set_clock(customer_id=customer_id, real=real, to=now, due=due, actor=advance.actor)
    if not _run_to_quiet(customer_id, Moment(real, now)):
        return "a worker has had something of it in hand for too long"
    return "; ".join(
        f"{one.kind}, try {one.tries}: {one.reason}" for one in agenda.failed(customer_id) - failed
    )


def _run_to_quiet(customer_id: UUID, moment: Moment) -> bool:
    """Until nothing is due any more; what a worker has in hand is waited for. False: it does not come to rest."""
    until = time.monotonic() + PATIENCE_S
    while True:
        if run_due_work(now=moment.now, real=moment.real, customer_id=customer_id):
            until = time.monotonic() + PATIENCE_S
        elif not agenda.in_hand(now=moment.now, customer_id=customer_id):
            return True
        elif time.monotonic() > until:
            return False
        else:
            time.sleep(_LOOK_S)
