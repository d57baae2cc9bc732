"""`abono rollups roll | check | rebuild`: use of cycles, added up (docs/growth.md)."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from abono.domain.metering.check import differences
from abono.domain.usage import rollups
from abono.domain.usage.check import DIFFERENCES
from abono.entrypoints.cli.contracts import contract_key
from abono.platform import clock


class Command(BaseCommand):
    help = "Adds up sends that ended, proves what is added up, or makes it anew from the entries."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True, metavar="roll | check | rebuild")
        for act, what in (
            ("roll", "go on where it stopped; the schedule does it every ten minutes"),
            ("check", "prove every roll-up from its entries; exit 1 and the first difference otherwise"),
            ("rebuild", "forget what is added up, make it anew, and prove it"),
        ):
            one = acts.add_parser(act, help=what)
            one.add_argument("--contract", type=contract_key, help="only this contract: its id, or ctr_…")

    def handle(self, *args: Any, act: str, contract: Any = None, **options: Any) -> None:
        """Ends with status 1 at a difference; CommandError does that."""
        if act == "roll":
            self.stdout.write(f"{rollups.roll(now=clock.now(), contract_id=contract)} sends added up")
            return
        if act == "rebuild":
            self.stdout.write(f"{rollups.rebuild(now=clock.now(), contract_id=contract)} cycles made anew")
        wrong = next(differences((DIFFERENCES,), contract_id=contract), None)
        if wrong is not None:
            raise CommandError(
                f"{wrong.what}: contract {wrong.contract_id}, cycle of {wrong.cycle_start}:"
                f" booked {wrong.booked}, proven {wrong.proven}"
            )
        self.stdout.write("the roll-ups are what the entries say")
