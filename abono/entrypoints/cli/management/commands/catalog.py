"""`abono catalog check | diff | apply [FILE]` (CAT-8), and `move`: contracts go on with newer versions (CAT-5)."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from abono.domain.catalog import actions, queries, reader
from abono.domain.catalog.content import Catalog, Changes
from abono.domain.catalog.errors import CatalogRefused
from abono.entrypoints.cli import versions
from abono.entrypoints.cli.shell import actor
from abono.kernel.errors import Refusal
from abono.platform import clock


class Command(BaseCommand):
    help = "Checks a catalog file, says what it would change, puts it on sale, or moves contracts to what is."
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True, metavar="check | diff | apply | move")
        for act, what in (
            ("check", "read the file and list every mistake in it, with its line"),
            ("diff", "say what applying the file would change; nothing is written"),
            ("apply", "put on sale what the file says; all of it, or nothing if it has a mistake"),
        ):
            one = acts.add_parser(act, help=what, description=f"{what[0].upper()}{what[1:]}.")
            one.add_argument(
                "file",
                nargs="?",
                type=Path,
                default=reader.SHIPPED,
                help="a catalog file; without it, the shipped one",
            )
        what = (
            "let contracts in force go on with newer versions at their next cycles: --preview, then --apply"
        )
        versions.arguments(acts.add_parser("move", help=what, description=f"{what[0].upper()}{what[1:]}."))

    def handle(self, *args: Any, act: str, file: Path | None = None, **options: Any) -> None:
        """Ends with status 1 when the file is refused; CommandError does that."""
        try:
            if act == "move":
                versions.move(options, actor=actor(), write=self.stdout.write)
                return
            assert file is not None
            catalog = reader.read(file)
            if act == "check":
                self.stdout.write(f"{file} is right: {_counted(catalog)}.")
            elif act == "diff":
                self._tell(queries.diff(catalog, now=clock.now()), "Nothing would change.")
            else:
                changes = actions.apply(catalog=catalog, actor=actor(), now=clock.now())
                self._tell(changes, "Nothing to change: the catalog is in force already.")
        except CatalogRefused as refused:
            for problem in refused.problems:
                self.stderr.write(str(problem))
            count = f"{refused.count} problem{'s' if refused.count > 1 else ''}{' or more' if refused.cut else ''}"
            raise CommandError(f"{file} is refused whole: {count}.") from None
        except Refusal as refused:
            raise CommandError(str(refused)) from None

    def _tell(self, changes: Changes, nothing: str) -> None:
        if not changes:
            self.stdout.write(nothing)
        for change in changes:
            self.stdout.write(str(change))
            for detail in change.details:
                self.stdout.write(f"    {detail}")


def _counted(catalog: Catalog) -> str:
    prices = sum(len(package.prices) for package in catalog.packages)
    return (
        f"{len(catalog.plans)} plans, {len(catalog.functions)} functions, {len(catalog.channels)} channels,"
        f" {len(catalog.packages)} packages with {prices} session prices"
    )
