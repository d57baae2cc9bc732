"""SQL functions live in versioned files beside the package that owns them; a migration loads them."""

from __future__ import annotations

from importlib.resources import files

from django.db import migrations


def read(package: str, file: str) -> str:
    """The text of `<package>/sql/<file>`."""
    return (files(package) / "sql" / file).read_text()


def script(package: str, file: str, *, undo: str) -> migrations.RunSQL:
    """A migration step that runs the file, and `undo` on the way back."""
    return migrations.RunSQL([(read(package, file), None)], [(undo, None)])


def function(package: str, file: str, *, drop: str) -> migrations.RunSQL:
    """A migration step that creates the function in the file; `drop` is its signature."""
    return script(package, file, undo=f"DROP FUNCTION {drop}")


def append_only(table: str) -> migrations.RunSQL:
    """A migration step after which rows of the table can be added, but not changed or removed, nor all at once.

    Needs `append_only_v1()` of the platform's first migration.
    """
    return migrations.RunSQL(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION append_only_v1();"
        f"CREATE TRIGGER {table}_never_emptied BEFORE TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION append_only_v1()",
        f"DROP TRIGGER {table}_append_only ON {table}; DROP TRIGGER {table}_never_emptied ON {table}",
    )
