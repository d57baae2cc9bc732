"""Numbers without gaps: the counter row is locked until the transaction ends, a rollback gives it back."""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection
from django.db.models import Model

from abono.platform import use_case

NEXT = (
    "INSERT INTO platform_counter (name, value) VALUES (%s, 1)"
    " ON CONFLICT (name) DO UPDATE SET value = platform_counter.value + 1 RETURNING value"
)


def next_number(series: str) -> int:
    """The next number of a series, from 1 (INV-4). Take it as the last step of a transaction: what the transaction had
    gathered is written before, so that nobody waits for that; but for events and mail, which tell of the number."""
    use_case.write_gathered(late=False)
    with connection.cursor() as cursor:
        cursor.execute(NEXT, [series])
        return int(cursor.fetchone()[0])


def number(row: Model, series: str, names: Collection[str]) -> int:
    """The same for a row that is there: the number is saved with its fields of these names, in one statement, and returned."""
    use_case.write_gathered(late=False)
    fields = [field for field in row._meta.concrete_fields if field.name in names]
    sets = "".join(f", {field.column} = %s" for field in fields)
    values = [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH taken AS ({NEXT}) UPDATE {row._meta.db_table} SET number = taken.value{sets} FROM taken"  # noqa: S608 - our own names
            " WHERE id = %s RETURNING number",
            [series, *values, row.pk],
        )
        return int(cursor.fetchone()[0])
