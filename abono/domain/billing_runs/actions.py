from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from time import monotonic
from typing import Any
from uuid import UUID

from django.db.models import F, Value
from django.db.models.functions import Greatest

from abono.domain.billing_runs.models import Run
from abono.domain.invoicing import runs as invoices
from abono.platform import events
from abono.platform.together import Left

TIMES = 3  # an invoice of so many times the one of the cycle before stands out
FAR_NAMED = 200  # of those that stand out; beyond they are counted
_PAUSE = timedelta(seconds=5)  # between two counts at least,
_SHARE = 30  # … and so many times as long as counting took: a big run is counted rarely
_COUNTING = timedelta(minutes=2)  # whoever counts for longer was killed


def join(*, begun_by: str, parked: int = 0, now: datetime) -> UUID:
    """The run that is under way; a new one where there is none. Two who begin at once are in the same one.

    parked   how many renewals were given up already
    """
    while True:
        found = Run.objects.filter(ended_at=None).values_list("id", flat=True).first()
        if found is not None:
            return found
        new = Run(begun_by=begun_by, begun_at=now, told_at=now, tell_next_at=now, parked_before=parked)
        Run.objects.bulk_create([new], ignore_conflicts=True)


def may_tell(run_id: UUID, *, now: datetime) -> bool:
    """Whether it is time to count again and nobody else does: from now on it is the caller's turn, until `tell`."""
    due = Run.objects.filter(id=run_id, tell_next_at__lte=now)
    return due.update(tell_next_at=now + _COUNTING) == 1


def tell(run_id: UUID, left: Left, *, now: datetime) -> None:
    """Count what it came to until now; also of one that has ended: whoever worked last tells last.

    left   what of the agenda is not done
    """
    began = monotonic()
    billed = invoices.billed(run_id)
    pause = max(_PAUSE, _SHARE * timedelta(seconds=monotonic() - began))
    Run.objects.filter(id=run_id).update(
        told_at=Greatest(Value(now), "begun_at"),  # by the clock of another machine
        tell_next_at=now + pause,
        done=sum(one.invoices for one in billed),
        left=left.due,
        again=left.again,
        parked=Greatest(left.parked - F("parked_before"), 0),
        billed=[asdict(one) for one in billed],
    )


def end(run_id: UUID, *, now: datetime) -> bool:
    """Close it, with what stands out of it. False where somebody did already: nothing is changed then."""
    open_ = Run.objects.filter(id=run_id, ended_at=None)
    if not open_.exists():
        return False
    count, far = invoices.far(run_id, times=TIMES, limit=FAR_NAMED)
    named = [_named(asdict(one)) for one in far]
    if not open_.update(ended_at=Greatest(Value(now), "begun_at"), far_count=count, far=named):
        return False
    run = Run.objects.get(id=run_id)
    events.record(
        name="billing_run.finished",
        subject=("billing_run", run_id),
        customer_id=None,
        actor="system",
        now=now,
        data={
            "begun_at": run.begun_at.isoformat(),
            "invoices": run.done,
            "parked": run.parked,
            "far": count,
            "totals": {one["currency"]: one["total_minor"] for one in run.billed},
        },
    )
    return True


def _named(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, UUID) else value for name, value in row.items()}
