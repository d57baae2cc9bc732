"""`abono worker`: does the work that is due until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
from argparse import ArgumentParser
from contextlib import suppress
from typing import Any

from django.core.management.base import BaseCommand

from abono.platform import worker


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
        with suppress(asyncio.CancelledError):
            asyncio.run(_until_told(options["concurrency"]))


async def _until_told(concurrency: int) -> None:
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    await worker.run(concurrency=concurrency)
