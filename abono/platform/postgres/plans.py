"""How the server looks for rows."""

from __future__ import annotations

from django.db import connection

_BY_INDEX = "SELECT " + ", ".join(
    f"set_config('{name}', '{value}', true)"
    for name, value in (
        ("enable_seqscan", "off"),
        ("enable_mergejoin", "off"),
        ("max_parallel_workers_per_gather", "0"),
        ("jit", "off"),
    )
)


def by_index() -> None:
    """From here on in the transaction: statements that ask for some hundred rows of a large table find them by their keys. What
    statistics of a table say that grew meanwhile has led to reading all of it, once a chunk."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_INDEX)


def by_key() -> None:
    """From here on in the transaction, after `by_index`: each of some hundred rows is looked for by its own key, also where the
    server takes a table for so small that it would rather read all of it first, to hash it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('enable_hashjoin', 'off', true)")
