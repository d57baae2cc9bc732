"""After a test with real transactions every table is emptied, also those that no model stands for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from django.db.backends.postgresql.creation import DatabaseCreation
from django.db.backends.postgresql.operations import DatabaseOperations

_KEPT = {"django_migrations", "metering_interaction_kind"}  # filled by migrations


def reach_every_table(patch: pytest.MonkeyPatch) -> None:
    """Django empties the tables of its models: not those of metering and of the job queue, which refer to
    them, so that it would even fail. Ours is one TRUNCATE of all."""
    of_models = DatabaseOperations.sql_flush

    def sql_flush(self: Any, style: Any, tables: Sequence[str], **options: Any) -> list[str]:
        every = sorted(set(self.connection.introspection.table_names()) - _KEPT)
        return of_models(self, style, every, **options)

    patch.setattr(DatabaseOperations, "sql_flush", sql_flush)


def drop_whoever_is_connected(patch: pytest.MonkeyPatch) -> None:
    """The test database goes at the end although a process that a test killed is still being noticed."""

    def destroy(self: Any, test_database_name: str, verbosity: int) -> None:
        with self._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE {self.connection.ops.quote_name(test_database_name)} WITH (FORCE)")

    patch.setattr(DatabaseCreation, "_destroy_test_db", destroy)
