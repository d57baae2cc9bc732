"""`abono migrate`: brings the database up to date, one at a time, and never on tables that it does not know."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate

from abono.platform.postgres import schema


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
            super().handle(*args, **options)
            schema.remember()
