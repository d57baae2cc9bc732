"""Numbers without gaps: the counter row is locked until the transaction ends, a rollback gives it back."""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection
from django.db.models import Model

from abono.platform import use_case

NEXT = (
    "INSERT INTO platform_counter AS c (name, value) VALUES (%s, 1)"
    " ON CONFLICT (name) DO UPDATE SET value = c.value + 1 RETURNING value"
)
_MANY = (
    "INSERT INTO platform_counter AS c (name, value) VALUES (%(name)s, %(before)s + %(count)s)"
    " ON CONFLICT (name) DO UPDATE SET value = greatest(c.value, %(before)s) + %(count)s RETURNING value"
)


def next_number(series: str, *, first: int = 1) -> int:
    """The next number of a series, from `first` (INV-4), which may rise: then the series goes on there. Take it as the last step of a transaction: what the transaction had
    gathered is written before, so that nobody waits for that; but for events and mail, which tell of the number."""
    [number] = next_numbers(series, 1, first=first)
    return number


def next_numbers(series: str, count: int, *, first: int = 1) -> range:
    """So many of them at once, one or more, in order; all of them have to be used."""
    use_case.write_gathered(late=False)
    with connection.cursor() as cursor:
        cursor.execute(_MANY, {"name": series, "count": count, "before": first - 1})
        last = int(cursor.fetchone()[0])
    return range(last - count + 1, last + 1)


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
