"""The house itself: old answers, the nightly proof of the books, jobs of workers that were killed."""

from __future__ import annotations

from procrastinate.contrib.django import app
from procrastinate.jobs import Status

from abono.domain.contracts import changes
from abono.domain.identity import sessions
from abono.domain.licences import actions as licences
from abono.domain.payments import actions as payments
from abono.flows.check_books import check_nightly
from abono.flows.licences.proofs import keep_signing_keys
from abono.flows.signup.forget import forget_unpaid
from abono.platform import clock, idempotency, rate, throttle
from abono.platform.queue import Lane

JOBS_KEPT_H = 30 * 24


@app.periodic(cron="* * * * *")
@app.task(name="free_stalled", queue=Lane.UPKEEP, queueing_lock="free_stalled")
async def free_stalled(timestamp: int) -> None:
    """End jobs of workers that were killed: a job that runs for ever keeps its lock, and with it all later
    ones of its kind waiting. Nothing is lost: what is due stands in the agenda or an outbox (OPS-1)."""
    for job in await app.job_manager.get_stalled_jobs():
        await app.job_manager.finish_job(job, Status.ABORTED, delete_job=True)


@app.periodic(cron="* * * * *")
@app.task(name="keep_signing_keys", queue=Lane.UPKEEP, queueing_lock="keep_signing_keys")
def keep_signing(timestamp: int) -> None:
    """The first key that signs proofs of leases, and the next one before it is needed (LIC-11)."""
    keep_signing_keys(now=clock.now())


@app.periodic(cron="30 3 * * *")
@app.task(name="forget_old_answers", queue=Lane.UPKEEP, queueing_lock="forget_old_answers")
def forget_old_answers(timestamp: int) -> None:
    """First answers of the API that nobody asks for again (API-2)."""
    idempotency.forget_old(now=clock.now())


@app.periodic(cron="35 3 * * *")
@app.task(name="forget_old_news", queue=Lane.UPKEEP, queueing_lock="forget_old_news")
def forget_old_news(timestamp: int) -> None:
    """What gateways told us and was acted on, once no gateway tells it again."""
    payments.forget_old_news(now=clock.now())


@app.periodic(cron="45 3 * * *")
@app.task(name="check_books", queue=Lane.UPKEEP, queueing_lock="check_books", lock="check_books")
def check(timestamp: int) -> None:
    """Everything that is booked is proven from the facts, each night (OPS-2)."""
    check_nightly(now=clock.now())


@app.periodic(cron="0 4 * * *")
@app.task(name="forget_visitors", queue=Lane.UPKEEP, queueing_lock="forget_visitors")
def forget_visitors(timestamp: int) -> None:
    """What people leave behind: orders that nobody went on with or paid, quotes that nobody accepted, sessions that ended,
    tries that do not count, leases that were lost and nobody asks of, refusals of long ago."""
    now = clock.now()
    forget_unpaid(now=now)
    changes.forget_quotes(now=now)
    throttle.forget_old(now=now)
    rate.forget_old(now=now)
    sessions.forget_ended(now=now)
    licences.forget_old(now=now)


@app.periodic(cron="20 4 * * *")
@app.task(name="forget_ended_jobs", queue=Lane.UPKEEP, queueing_lock="forget_ended_jobs")
async def forget_ended_jobs(timestamp: int) -> None:
    """Jobs that failed or were given up: what was due of them stands in the agenda."""
    await app.job_manager.delete_old_jobs(nb_hours=JOBS_KEPT_H, include_failed=True, include_aborted=True)
