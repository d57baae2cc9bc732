"""A billing run: everything of real time whose next cycle is due, by any number of processes at once (INV-1).

Chunks are claimed from the agenda under a lease: those who work at once have different ones, and what somebody had in hand who was
killed comes back. What is ordinary in a chunk is renewed in one go, the rest one by one; what fails is tried again and then
parked with its reason, and holds up nobody. A cycle that began is due again at its end: a late run goes on until none is.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from time import monotonic
from uuid import UUID

from abono.domain.billing_runs import actions as runs
from abono.domain.billing_runs import queries
from abono.domain.billing_runs.types import RunInfo
from abono.domain.contracts.due import RENEW
from abono.domain.identity import staff
from abono.domain.identity.roles import Act
from abono.flows.billing.alike import Alike
from abono.flows.billing.in_one_go import renew_chunk
from abono.flows.billing.proof import Unproven
from abono.flows.billing.renew import renew
from abono.flows.tell import tell_staff
from abono.platform import agenda, together
from abono.platform.agenda import Entry
from abono.platform.use_case import use_case

CHUNK = 500  # renewals that are claimed together
TRIES = 3  # of a renewal that fails; one that cannot be proven has a single one
_FEW = 25  # renewals one by one between two looks at the time

log = logging.getLogger(__name__)

type Watch = Callable[[RunInfo], None]


def chunks_due(*, now: datetime) -> int:
    """For how many chunks there is work; one at least as long as a run is under way, which somebody has to end."""
    due = together.left(RENEW, now=now).due
    return -(-due // CHUNK) or (1 if queries.under_way() is not None else 0)


def run(
    *,
    now: datetime,
    begun_by: str = "system",
    stop: Callable[[], bool] = lambda: False,
    watch: Watch = lambda _run: None,
) -> int:
    """Begin a run, or join the one that is under way, and work until nothing is due by `now`. Whoever finds that nothing is left ends it.

    begun_by   who is told of as having begun it
    stop       whether to: what is left in hand comes back when its lease ends
    watch      is shown the run each time it was counted

    Returns how many renewals this call did. Those that go wrong are in the agenda with their reason.
    """
    if not chunks_due(now=now):
        return 0
    began = monotonic()

    def tell(*, must: bool = False) -> None:
        at = now + timedelta(seconds=monotonic() - began)
        if must or runs.may_tell(run_id, now=at):
            _tell(run_id, now=now, at=at)
            watch(queries.get(run_id))

    parked = together.left(RENEW, now=now).parked
    run_id, done, alike = runs.join(begun_by=begun_by, parked=parked, now=now), 0, Alike(now)
    while not stop() and (entries := together.claim(RENEW, now=now, limit=CHUNK)):
        left = _in_one_go(entries, run_id=run_id, alike=alike)
        done += len(entries) - len(left)
        for place, entry in enumerate(left, start=1):
            if stop():
                break
            done += _alone(entry, run_id=run_id, now=now)
            if place % _FEW == 0:
                together.keep(entry)
                tell()
        tell()
    tell(must=True)
    return done


def _in_one_go(entries: Sequence[Entry], *, run_id: UUID, alike: Alike) -> list[Entry]:
    """Whatever goes wrong with all of them, each is tried by itself."""
    collects = gc.isenabled()
    gc.disable()  # what a chunk makes stays until its end: to look for rubbish among it costs a tenth of its time
    try:
        return renew_chunk(entries, run_id=run_id, alike=alike)
    except Exception:
        log.exception("%s renewals cannot be done in one go", len(entries))
        return list(entries)
    finally:
        if collects:
            gc.enable()


def _alone(entry: Entry, *, run_id: UUID, now: datetime) -> bool:
    """Whether it went well."""
    try:
        renew(contract_id=entry.subject, now=now, run_id=run_id)
    except Exception as trouble:
        log.exception("%s of %s failed", entry.kind, entry.subject)
        tries = 1 if isinstance(trouble, Unproven) else TRIES
        agenda.fail(entry, f"{type(trouble).__name__}: {trouble}", now=now, most=tries)
        return False
    agenda.finish(entry)
    return True


def _tell(run_id: UUID, *, now: datetime, at: datetime) -> None:
    """How far it is; and that it has ended, where nothing is due by `now`, in hand, or to be tried again."""
    left = together.left(RENEW, now=now)
    runs.tell(run_id, left, now=at)
    if not left.due and not left.again:
        _end(run_id, now=at)


@use_case
def _end(run_id: UUID, *, now: datetime) -> None:
    if runs.end(run_id, now=now) and (parked := queries.get(run_id).parked):
        who = staff.colleagues(who_may=Act.CORRECT)
        tell_staff(people=who, kind="renewals_parked", key=str(run_id), facts={"parked": parked}, now=now)
