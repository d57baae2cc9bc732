"""How the server looks for some hundred rows of a transaction."""

from __future__ import annotations

import pytest
from django.db import transaction

from abono.kernel.ids import uuid7_texts
from abono.platform.postgres.adding import beside
from abono.platform.postgres.arrays import Uuids
from abono.platform.postgres.plans import by_index, by_key

pytestmark = pytest.mark.django_db

NAMED = "SELECT few.said FROM unnest(%s::uuid[]) AS named(id) JOIN few USING (id)"


def a_table_of_a_few() -> None:
    """Whose statistics are of this moment, whoever else fills and empties the tables of the product meanwhile."""
    with beside() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE few (id uuid PRIMARY KEY, said text) ON COMMIT DROP")
        cursor.execute(
            "INSERT INTO few SELECT id, 'so' FROM unnest(%s::uuid[]) AS id", [Uuids(uuid7_texts(300))]
        )
        cursor.execute("ANALYZE few")


def plan() -> str:
    with beside() as cursor:
        cursor.execute(f"EXPLAIN {NAMED}", [Uuids(uuid7_texts(500))])
        return "\n".join(line for (line,) in cursor.fetchall())


def test_rows_that_are_named_are_looked_for_one_by_one_even_in_a_table_of_a_few() -> None:
    with transaction.atomic():
        a_table_of_a_few()
        by_index()
        assert "Hash Join" in plan()  # which reads all of it
        by_key()
        assert "Index Cond: (id = named.id)" in plan()
