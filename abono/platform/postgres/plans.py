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
