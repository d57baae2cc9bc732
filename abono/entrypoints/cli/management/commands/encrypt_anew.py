"""`abono encrypt-anew`: after a change of ABONO_SECRET_KEY (docs/production.md)."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from abono.domain.identity import factors, sealed
from abono.domain.identity.sealed import Under
from abono.flows.forget_factors import forget_lost_factors
from abono.platform import clock


class Command(BaseCommand):
    help = "Encrypt under ABONO_SECRET_KEY what lies under ABONO_SECRET_KEY_BEFORE; exit 1 if something is read by neither."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--forget",
            type=int,
            metavar="COUNT",
            help="remove second factors that no key reads, so that their people get in and add others; how many they are",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{sealed.anew()} texts are encrypted anew")
        if options["forget"] is not None:
            self._forget(options["forget"])
        lost = sealed.standing()[Under.NONE]
        if lost:
            raise CommandError(f"{lost} texts are read by no key that is given, and stay as they are")

    def _forget(self, expected: int) -> None:
        """With a key that was mistyped all of them seem lost: so whoever asks says how many."""
        there = len(factors.lost())
        if there != expected:
            raise CommandError(
                f"{there} second factors are read by no key; say --forget {there} to remove them"
            )
        done = forget_lost_factors(actor="cli", now=clock.now())
        self.stdout.write(f"{done} second factors are forgotten")
