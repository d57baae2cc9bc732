"""`abono migrate`: brings the database up to date, one at a time, and never on tables that it does not know; then the
walls between customers (docs/database-roles.md)."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import connection

from abono.entrypoints.cli.walls import LAYOUT
from abono.platform.postgres import roles, schema, walls
from abono.platform.postgres.drawing import each_model_by_itself


class Command(migrate.Command):
    help = "Bring the database up to date. Several at once wait for one another; it may be asked again at any time."

    def handle(self, *args: Any, **options: Any) -> None:
        if options["plan"] or options["check_unapplied"]:
            super().handle(*args, **options)
            return
        with schema.alone():
            edited = schema.state().edited
            if edited:
                raise CommandError(
                    f"this database was made by other forms of {schema.some(edited)}. {schema.BEGIN_ANEW}"
                )
            schema.patiently(partial(self._migrate, *args, **options), say=self.stderr.write)

    def _migrate(self, *args: Any, **options: Any) -> None:
        """As far as it comes: it is asked again, and goes on from there."""
        with each_model_by_itself():
            super().handle(*args, **options)
        schema.remember()
        # Migrated back to before there was anything to keep apart, nothing is.
        if settings.DATABASE_ROLES and LAYOUT.contracts in connection.introspection.table_names():
            self._raise_walls(loud=options["verbosity"] > 0)

    def _raise_walls(self, *, loud: bool) -> None:
        try:
            closed = walls.set_up(LAYOUT)
        except roles.CannotMake as error:
            raise CommandError(str(error)) from None
        for table in closed:
            self.stderr.write(
                f"{table} says of no row whose it is, and is not named as having no customer: closed."
            )
        if loud:
            self.stdout.write(
                f"  Roles {settings.DATABASE_ROLES}_…, rights and policies are as they must be."
            )
