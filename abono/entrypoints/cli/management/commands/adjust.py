"""`abono adjust --index CODE --preview`, then `--apply ID`: the yearly adjustment of prices (CAT-13)."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from abono.entrypoints.cli import adjustments
from abono.entrypoints.cli.shell import actor
from abono.kernel.errors import Refusal


class Command(BaseCommand):
    help = "Adjusts prices that are twelve months old by an index: --preview, then --apply."
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        adjustments.arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            adjustments.adjust(options, actor=actor(), write=self.stdout.write)
        except Refusal as refused:
            raise CommandError(str(refused)) from None
