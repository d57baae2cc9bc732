"""The schedule: each task finds what is due and does it; a second run finds nothing (TIM-1).

Every task may be killed at any moment: it works in transactions of its own and the next run goes on.
The queueing lock keeps at most one of a kind waiting; rows are claimed or locked by the use cases.
"""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from procrastinate.contrib.django import app
from procrastinate.jobs import Status

from abono.domain.metering.layout import ENTRIES
from abono.domain.notices import actions as notices
from abono.domain.usage import detach, minutes, rollups
from abono.entrypoints.site import links
from abono.flows import due_work
from abono.flows.billing import documents
from abono.flows.check_books import check_nightly
from abono.flows.collecting.chase import chase_unknown
from abono.flows.limits.tell_thresholds import tell_thresholds
from abono.platform import clock, idempotency, partitions


@app.periodic(cron="* * * * *")
@app.task(name="renew", queue="billing", queueing_lock="renew", lock="renew")
def renew(timestamp: int) -> None:
    """Cycles that ended: the next one begins, its invoice is issued and collected."""
    now = clock.now()
    due_work.renew_due(now=now)
    due_work.collect_due(now=now)


@app.periodic(cron="* * * * *")
@app.task(name="expire_holds", queue="billing", queueing_lock="expire_holds")
def expire_holds(timestamp: int) -> None:
    """Holds that nobody settled in time give their value back (PKG-5)."""
    due_work.expire_holds(now=clock.now())


@app.periodic(cron="* * * * *")
@app.task(name="sandboxes", queue="billing", queueing_lock="sandboxes", lock="sandboxes")
def sandboxes(timestamp: int) -> None:
    """The same work for customers whose clock is their own (TIM-2)."""
    due_work.run_sandboxes()


@app.periodic(cron="* * * * * */5")
@app.task(name="chase_unknown", queue="payments", queueing_lock="chase_unknown", lock="chase_unknown")
def chase(timestamp: int) -> None:
    """Charges without a clear answer are asked about until known (PAY-7)."""
    chase_unknown(real=clock.now())


@app.periodic(cron="* * * * * */5")
@app.task(name="tell_thresholds", queue="notices", queueing_lock="tell_thresholds")
def thresholds(timestamp: int) -> None:
    """Packages that warn or are blocked: notices, once for each crossing (LIM-3)."""
    tell_thresholds()


@app.periodic(cron="* * * * * */5")
@app.task(name="send_emails", queue="notices", queueing_lock="send_emails")
def send_emails(timestamp: int) -> None:
    """The outbox of e-mails."""
    notices.send_due(now=clock.now(), limit=100, attach=_attach, link_for=links.link_for)


@app.periodic(cron="* * * * *")
@app.task(name="free_stalled", queue="schedule", queueing_lock="free_stalled")
async def free_stalled(timestamp: int) -> None:
    """End tasks of workers that were killed: a task that runs for ever keeps its lock, and with it all later
    ones of its kind waiting. Nothing is lost, because the schedule brings each again (OPS-1)."""
    for job in await app.job_manager.get_stalled_jobs():
        await app.job_manager.finish_job(job, Status.ABORTED, delete_job=True)


@app.periodic(cron="30 3 * * *")
@app.task(name="forget_old_answers", queue="billing", queueing_lock="forget_old_answers")
def forget_old_answers(timestamp: int) -> None:
    """First answers of the API that nobody asks for again (API-2)."""
    idempotency.forget_old(now=clock.now())


@app.periodic(cron="* * * * *")
@app.task(name="note_oldest_open_hold", queue="billing", queueing_lock="note_oldest_open_hold")
def note_oldest_open_hold(timestamp: int) -> None:
    """Up to where every send is settled, so that the seller's page need not look there again."""
    minutes.note_oldest_open_hold(now=clock.now())


@app.periodic(cron="10 * * * *")
@app.task(name="forget_old_minutes", queue="billing", queueing_lock="forget_old_minutes")
def forget_old_minutes(timestamp: int) -> None:
    """Figures of the minutes of the day before yesterday."""
    minutes.forget_old(now=clock.now())


@app.periodic(cron="*/10 * * * *")
@app.task(name="roll_up", queue="billing", queueing_lock="roll_up", lock="roll_up")
def roll_up(timestamp: int) -> None:
    """Sends that ended are added up, so that usage pages need not read them one by one (FIN-5)."""
    rollups.roll(now=clock.now())


@app.periodic(cron="15 2 * * *")
@app.task(name="partitions", queue="billing", queueing_lock="partitions", lock="partitions")
def months(timestamp: int) -> None:
    """Partitions of entries: the next months are made, old ones detached."""
    now = clock.now()
    partitions.create_ahead(ENTRIES, now=now, ahead=settings.MONTHS_AHEAD)
    detach.detach_old(now=now, kept=settings.MONTHS_KEPT)


@app.periodic(cron="45 3 * * *")
@app.task(name="check_books", queue="billing", queueing_lock="check_books", lock="check_books")
def check(timestamp: int) -> None:
    """Everything that is booked is proven from the facts, each night (OPS-2)."""
    check_nightly(now=clock.now())


def _attach(invoice_id: UUID, language: str) -> tuple[str, bytes]:
    return documents.invoice_file(invoice_id=invoice_id, language=language)
