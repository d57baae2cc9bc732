"""`abono worker`: does the work that is due until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from argparse import ArgumentParser
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from prometheus_client import REGISTRY

from abono.platform.running import metrics, worker
from abono.platform.work import Work

STOP_S = worker.GRACE_S + 5  # what has not ended by then comes back to whoever works next
_log = logging.getLogger("abono.worker")


class Command(BaseCommand):
    help = "Run the background work: renewals, payments, notices, e-mails. Several may run at once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--concurrency",
            type=int,
            default=4,
            help="jobs at a time, of gateways and of all others each (4)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with suppress(asyncio.CancelledError):
                asyncio.run(_until_told(options["concurrency"]))
        except worker.GaveUp as why:
            raise CommandError(str(why), returncode=os.EX_UNAVAILABLE) from why


async def _until_told(concurrency: int) -> None:
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None

    def stop() -> None:
        task.cancel()
        loop.call_later(STOP_S, _leave)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    REGISTRY.register(work := Work())
    end_metrics = metrics.serve(settings.METRICS_PORT)
    try:
        await worker.run(concurrency=concurrency)
    finally:
        end_metrics()
        REGISTRY.unregister(work)


def _leave() -> None:
    """A job that takes too long is left as if the process had been killed: it comes back (OPS-1)."""
    _log.error("ended in the middle of a job: it is taken up again")
    os._exit(os.EX_TEMPFAIL)
