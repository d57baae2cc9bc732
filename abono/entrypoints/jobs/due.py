"""What is due: renewals, collections, questions to gateways, ends of campaigns. One job for each (see `flows.due_work`).

A job may be killed at any moment: what it had in hand stands in the agenda and comes back (OPS-1).
"""

from __future__ import annotations

from uuid import UUID

from procrastinate.contrib.django import app

from abono.flows import due_work
from abono.flows.billing import run
from abono.platform import clock, queue
from abono.platform.queue import Lane
from abono.platform.running import stopping


@app.task(name=queue.WORK, queue=Lane.BILLING)  # whoever defers it names its lane
def work(kind: str, subject: str, key: str, request_id: str = "") -> None:
    """One entry of the agenda; `request_id`, of the request that led to it, is for the log (`platform.running.worker`)."""
    due_work.work(kind=kind, subject=UUID(subject), key=key, real=clock.now())


@app.task(name=queue.BILLING_RUN, queue=Lane.BILLING)
def billing_run() -> None:
    """Renewals that are due: this process joins the run that is under way, or begins one."""
    run.run(now=clock.now(), stop=stopping.told)


@app.periodic(cron="* * * * *")
@app.task(name="sweep", queue=Lane.UPKEEP, queueing_lock="sweep", lock="sweep")
def sweep(timestamp: int) -> None:
    """What is due and nobody was called for: its time has come, it failed before, or a worker was killed."""
    due_work.sweep(real=clock.now())
