"""Numbers without gaps: the counter row is locked until the transaction ends, a rollback gives it back."""

from __future__ import annotations

from django.db import connection

from abono.platform import use_case


def next_number(series: str) -> int:
    """The next number of a series, from 1 (INV-4). Take it as the last step of a transaction:
    what the transaction had gathered is written before, so that nobody waits for that."""
    use_case.write_gathered()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO platform_counter (name, value) VALUES (%s, 1)"
            " ON CONFLICT (name) DO UPDATE SET value = platform_counter.value + 1 RETURNING value",
            [series],
        )
        return int(cursor.fetchone()[0])
