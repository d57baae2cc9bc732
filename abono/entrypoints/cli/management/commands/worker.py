"""`abono worker`: does the scheduled work until it is told to stop."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Run the background work: renewals, payments, notices, e-mails. Several may run at once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--concurrency", type=int, default=4, help="tasks at a time (4)")

    def handle(self, *args: Any, **options: Any) -> None:
        call_command(
            "procrastinate",
            "worker",
            concurrency=options["concurrency"],
            delete_jobs="successful",
            shutdown_graceful_timeout=20,
        )
