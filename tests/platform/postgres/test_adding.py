"""What is added is what was given, whatever rows have alike; and what wants to be told of it is."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from abono.platform.postgres.adding import Adding

pytestmark = pytest.mark.django_db

_ADDED = Adding(
    "pg_temp.added",
    "id uuid, what text, how_many bigint",
    said={"how_many": "{} + 1"},
    always={"which": "'all'"},
    then="ON CONFLICT (id) DO NOTHING RETURNING id::text, what, how_many - 1, which",
)
_TEXTS = st.none() | st.sampled_from(["", "a", "é\\", '"', "'", "{}", "NULL"])
_NUMBERS = st.none() | st.integers(0, 2)


@pytest.fixture(autouse=True)
def _table():
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE added (id uuid PRIMARY KEY, what text, how_many bigint, which text) ON COMMIT DROP"
        )


@given(
    rows=st.lists(
        st.tuples(st.uuids().map(str), _TEXTS, _NUMBERS), min_size=1, max_size=4, unique_by=lambda row: row[0]
    )
)
def test_rows_are_added_as_they_are_whatever_they_have_alike(rows: list[tuple[str, str | None, int | None]]):
    with transaction.atomic():
        added = _ADDED.add((of, what, None if many is None else str(many)) for of, what, many in rows)
        assert added == [(*row, "all") for row in rows]
        assert not _ADDED.add([(rows[0][0], "another", "1")])
        transaction.set_rollback(True)


def test_a_text_with_nul_is_refused_of_one_row_as_of_many():
    for rows in (
        [("a", "\0", "1")],
        [("a", "\0", "1"), ("b", "\0", "1")],
        [("a", "\0", "1"), ("b", "", "1")],
    ):
        with pytest.raises(ValueError, match="NUL"):
            _ADDED.add(rows)


def test_what_the_database_refuses_is_django_s_to_tell():
    bare, ids = Adding("pg_temp.added", "id uuid"), [("00000000-0000-0000-0000-000000000000",)] * 2
    with pytest.raises(IntegrityError), transaction.atomic():
        bare.add(ids)
