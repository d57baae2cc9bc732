"""A statement by hand, where a test breaks or looks at what no code of ours would."""

from __future__ import annotations

from typing import Any

from django.db import connection


def run(statement: str, *values: object) -> list[tuple[Any, ...]]:
    """Its rows; none for a statement that gives none."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return list(cursor.fetchall()) if cursor.description else []
