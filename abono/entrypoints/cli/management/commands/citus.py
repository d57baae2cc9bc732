"""`abono citus distribute [--check] [--shards N]`: metering on a Citus cluster (docs/citus.md)."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from abono.domain.metering.layout import CLUSTER
from abono.platform.postgres import citus


class Command(BaseCommand):
    help = "Spreads metering over the nodes of a Citus cluster; takes only the steps that are missing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True, metavar="distribute")
        act = acts.add_parser(
            "distribute", help="take the missing steps", description="Take the missing steps, one by one."
        )
        act.add_argument(
            "--check", action="store_true", help="only say what is missing; exit 1 if anything is"
        )
        act.add_argument(
            "--shards",
            type=int,
            default=citus.SHARDS,
            help=f"into how many parts the tables are cut, the first time ({citus.SHARDS})",
        )

    def handle(self, *args: Any, check: bool, shards: int, **options: Any) -> None:
        try:
            steps = (
                citus.missing(CLUSTER, shards=shards) if check else citus.distribute(CLUSTER, shards=shards)
            )
            count = 0
            for count, step in enumerate(steps, 1):  # noqa: B007
                self.stdout.write(step.what)
        except citus.NoCluster as error:
            raise CommandError(str(error)) from None
        if check and count:
            raise CommandError(f"{count} steps are missing: abono citus distribute")
        self.stdout.write(f"{count} steps taken." if count else "Nothing is missing.")
