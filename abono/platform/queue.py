"""Jobs for the workers, put down in the caller's transaction: if that fails there is no job.

A job is a call to act now, not a record of what is due: that is `platform.agenda`, or a row of an outbox. So a job
that is lost with its worker loses nothing, and one that comes twice finds nothing to do.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from enum import StrEnum

from django.db import connection
from procrastinate import jobs, manager, tasks
from procrastinate.contrib.django.django_connector import DjangoConnector

from abono.platform import use_case

WORK = "work"  # one entry of the agenda: kind, subject, key
BILLING_RUN = "billing_run"  # renewals that are due
SEND_EMAILS = "send_emails"  # the outbox of mail
SEND_LETTER = "send_letter"  # to one person: letter, person_id, language, address, change, by, what


class Lane(StrEnum):
    """Who waits behind whom: a worker takes each lane by itself, so that a slow gateway holds up gateways alone."""

    BILLING = "billing"
    GATEWAYS = "gateways"
    MAIL = "mail"
    UPKEEP = "upkeep"


# Not the app's connector: while a worker runs it is another one, and a job would outlive a rolled back transaction.
_jobs = manager.JobManager(DjangoConnector())


def defer(name: str, *, lane: Lane, lock: str | None = None, in_s: float = 0, **arguments: str) -> None:
    """Let a worker do the job of this name, at once or `in_s` seconds from now.

    lock   of jobs with the same one, one runs at a time

    A job without arguments is put down once in a transaction: it does all that there is.
    """
    if arguments or in_s > 0 or use_case.first(name):
        use_case.gather(
            _put_down, _configured(name, lane=lane, lock=lock, in_s=in_s).make_new_job(**arguments)
        )


def _put_down(those: Sequence[jobs.Job]) -> None:
    _jobs.batch_defer_jobs(list(those))


def defer_each(name: str, arguments: Sequence[Mapping[str, str]], *, lane: Lane) -> None:
    """One job for each of the arguments, in one statement."""
    if arguments:
        each = _configured(name, lane=lane)
        _put_down([each.make_new_job(**one) for one in arguments])


def _configured(name: str, *, lane: Lane, lock: str | None = None, in_s: float = 0) -> jobs.JobDeferrer:
    return tasks.configure_task(
        name=name,
        job_manager=_jobs,
        queue=lane.value,
        lock=lock,
        schedule_in={"seconds": math.ceil(in_s)} if in_s > 0 else None,
    )


def call_up_to(name: str, most: int, *, lane: Lane) -> int:
    """So many jobs of this name, with those that wait or run already; it takes no arguments. Returns how many were put down."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE task_name = %s AND status IN ('todo', 'doing')",
            [name],
        )
        missing = max(most - int(cursor.fetchone()[0]), 0)
    defer_each(name, [{}] * missing, lane=lane)
    return missing
