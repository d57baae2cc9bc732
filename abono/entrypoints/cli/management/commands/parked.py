"""`abono parked`: work that failed so often that nothing tries it any more, and why."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from abono.platform import agenda, clock


class Command(BaseCommand):
    help = "Show the work that nothing tries any more; each line says since when, what, of what, and why."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--again", action="store_true", help="let all of it be tried again")

    def handle(self, *args: Any, **options: Any) -> None:
        for entry, since, reason in agenda.parked():
            self.stdout.write(f"{since:%Y-%m-%d %H:%M}  {entry.kind}  {entry.subject} {entry.key}  {reason}")
        if options["again"]:
            self.stderr.write(f"{agenda.release_parked(real=clock.now())} are tried again")
