"""`abono partitions show | ahead | detach`: entries by month (docs/growth.md)."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from abono.domain.metering.layout import ENTRIES
from abono.domain.usage import detach
from abono.platform import clock
from abono.platform.postgres import partitions


class Command(BaseCommand):
    help = "Shows the partitions of sends and settlements, makes those of the next months, detaches old ones."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", metavar="show | ahead | detach")
        acts.add_parser("show", help="list them with their sizes; rows as last analysed")
        ahead = acts.add_parser("ahead", help="make what lacks; the schedule does it every day")
        ahead.add_argument(
            "--months", type=int, default=settings.MONTHS_AHEAD, help="beyond this one (%(default)s)"
        )
        old = acts.add_parser("detach", help="detach old months; the schedule does it every day")
        old.add_argument("--keep", type=int, default=settings.MONTHS_KEPT, help="whole months (%(default)s)")

    def handle(self, *args: Any, act: str | None, **options: Any) -> None:
        now = clock.now()
        if act == "ahead":
            made = partitions.create_ahead(ENTRIES, now=now, ahead=options["months"])
            self.stdout.write(f"made {', '.join(made)}" if made else "nothing to make")
        elif act == "detach":
            found = detach.detach_old(now=now, kept=options["keep"])
            for one in found:
                if one.why_not is None:
                    self.stdout.write(f"{one.month:%Y-%m}: detached as {', '.join(one.tables)}")
                else:
                    self.stdout.write(f"{one.month:%Y-%m}: stays: {one.why_not}")
            if not found:
                self.stdout.write("nothing is old enough")
        else:
            for partition in partitions.partitions(ENTRIES):
                size = f"{partition.bytes / 1_048_576:,.1f} MB"
                self.stdout.write(f"{partition.name:32} {partition.rows:>14,} rows {size:>14}")
