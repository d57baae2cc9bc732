"""Whether the database has all tables of this version of the program."""

from __future__ import annotations

from django.db.migrations.loader import MigrationLoader

# Of so many migrations, by app and name.
APPLIED = """
SELECT NOT EXISTS (
  SELECT FROM unnest(%s::text[], %s::text[]) AS needed (app, name)
   WHERE NOT EXISTS (SELECT FROM django_migrations AS has WHERE has.app = needed.app AND has.name = needed.name)
)"""


def needed() -> tuple[list[str], list[str]]:
    """Apps and names of all migrations that this program has; reads files, asks no database."""
    found = sorted(MigrationLoader(None).disk_migrations)
    return [app for app, _name in found], [name for _app, name in found]
