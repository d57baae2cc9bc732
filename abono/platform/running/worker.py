"""The workers of one process: those for gateways apart from all others, so that a slow one holds up gateways alone.

A database that goes away takes them along, and they begin anew once it answers; what was in hand comes back from the
agenda and the outbox (OPS-1). Who does not get to work for minutes gives up, so that whoever watches over the process
sees it and starts another.
"""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import psycopg
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import ConnectorException
from procrastinate.job_context import JobContext
from procrastinate.middleware import AsyncCallNext
from procrastinate.psycopg_connector import PsycopgConnector
from psycopg_pool import AsyncConnectionPool

from abono.kernel import trace
from abono.platform.queue import Lane
from abono.platform.running import logs, metrics, stopping

_APART = ([Lane.GATEWAYS.value], [lane.value for lane in Lane if lane is not Lane.GATEWAYS])
GRACE_S = 20  # what is in hand may be finished
WAIT_S = 5  # for a connection
STEADY_S = 30  # who worked so long was well
GIVE_UP_S = 300  # without having been well
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 15.0

log = logging.getLogger(__name__)


class GaveUp(Exception):
    """No work could be done for `GIVE_UP_S`."""


async def run(*, concurrency: int) -> None:
    """Work until the task is cancelled; what is in hand is finished first.

    concurrency   jobs at a time, of gateways and of all others each

    Raises GaveUp after minutes without a database, and at once what made a worker give up for another reason.
    """
    threads = ThreadPoolExecutor(max_workers=len(_APART) * concurrency + 1)
    asyncio.get_running_loop().set_default_executor(threads)
    try:
        await _work_on(concurrency)
    finally:
        stopping.forget()


async def _work_on(concurrency: int) -> None:
    pause_s, well_at = FIRST_PAUSE_S, monotonic()
    while True:
        began = monotonic()
        try:
            await _work(concurrency)
            why = "its connection was cut"
        except (ConnectorException, psycopg.OperationalError) as error:
            why = _why_away(error)
        if monotonic() - began >= STEADY_S:
            pause_s, well_at = FIRST_PAUSE_S, monotonic()
        if monotonic() - well_at >= GIVE_UP_S:
            raise GaveUp(f"no work for {GIVE_UP_S} seconds: {why}")
        log.warning("the database is away, looking again in %.1f s: %s", pause_s, why)
        await asyncio.sleep(pause_s)
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)


def _why_away(error: Exception) -> str:
    """What a database that is away said. Raises what has another cause: waiting would not mend it."""
    cause = error.__cause__ if isinstance(error, ConnectorException) else error
    if not isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError):
        raise error
    return str(cause)


async def _work(concurrency: int) -> None:
    """Returns or raises when one of the workers ends: half a worker would not be noticed."""
    kwargs = connector_params("default")
    check = AsyncConnectionPool.check_connection
    async with AsyncConnectionPool(kwargs=kwargs, timeout=WAIT_S, check=check, open=False) as pool:
        await pool.wait(WAIT_S)
        with app.replace_connector(PsycopgConnector()) as here:
            await here.open_async(pool)
            workers = [
                asyncio.create_task(
                    here.run_worker_async(
                        queues=lanes,
                        concurrency=concurrency,
                        delete_jobs="successful",
                        shutdown_graceful_timeout=GRACE_S,
                        install_signal_handlers=False,
                        worker_middleware=[_named],
                    )
                )
                for lanes in _APART
            ]
            try:
                await asyncio.wait(workers, return_when=asyncio.FIRST_COMPLETED)
            except asyncio.CancelledError:
                stopping.tell()
                raise
            finally:
                for worker in workers:
                    worker.cancel()
                ends = await asyncio.gather(*workers, return_exceptions=True)
    for end in ends:
        if isinstance(end, Exception):
            raise end


async def _named(call_next: AsyncCallNext, context: JobContext, _worker: object) -> object:
    """What is said during a job says which, and for which request."""
    job = context.job
    asked = str(job.task_kwargs.get("request_id", ""))
    about = {"job": job.id, "task": job.task_name, **({"request_id": asked} if asked else {})}
    with logs.about(**about), trace.within(asked), metrics.timed(metrics.JOBS, job.task_name):
        return await call_next()
