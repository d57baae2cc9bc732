"""`abono billing-run`: how the newest billing runs went, or work of this process at what is due."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from abono.domain.billing_runs import queries as runs
from abono.domain.billing_runs.types import RunInfo
from abono.flows.billing import run
from abono.kernel.money import Money
from abono.platform import clock, formats

SHOWN = 10


class Command(BaseCommand):
    help = "Shows the newest billing runs, or renews with those who do already all contracts whose next cycle is due."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--start",
            action="store_true",
            help="renew what is due, in the run that is under way or in a new one, and show how far it is",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["start"]:
            for found in reversed(runs.page(limit=SHOWN)):
                self._show(found)
            return
        done = run.run(now=clock.now(), begun_by="cli", watch=self._show)
        self.stderr.write(f"{done} renewed by this process")

    def _show(self, found: RunInfo) -> None:
        """One line: since when, how long, what is done and left, how fast, and what it came to."""
        ended = "ended" if found.ended_at else "goes on"
        sums = (formats.money(Money(one.total_minor, one.currency), "en") for one in found.billed)
        self.stdout.write(
            f"{found.begun_at:%Y-%m-%d %H:%M}  {ended} after {found.took_s:.0f} s  {found.done} renewed"
            f"  {found.rate:.0f}/s  {found.left} left  {found.again} again  {found.parked} parked  {', '.join(sums)}"
        )
