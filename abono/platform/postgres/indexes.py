"""Indexes that migrations take away while programs work (OPS-5, docs/releasing.md)."""

from __future__ import annotations

from django.db import migrations


def begun_by_another(
    index: str, on: str, change: migrations.AlterField
) -> migrations.SeparateDatabaseAndState:
    """A foreign key goes without an index of its own, `index` on `on` (table and column), since another begins with its column.

    In a migration that is not atomic. Django itself would make the key anew, which reads the whole table.
    """
    gone = ("SET lock_timeout = 0", f"DROP INDEX CONCURRENTLY IF EXISTS {index}")
    back = f"CREATE INDEX CONCURRENTLY {index} ON {on}"
    return migrations.SeparateDatabaseAndState([migrations.RunSQL(gone, back)], [change])
