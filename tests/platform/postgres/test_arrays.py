"""UUIDs and moments mean the same in the server's binary form as in text, and NULLs, offsets and bounds do no harm."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import psycopg
import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from abono.platform.postgres.arrays import Moments, Uuids, columns

pytestmark = pytest.mark.django_db

_ZONES = st.builds(
    timezone, st.timedeltas(timedelta(hours=-23, minutes=-59), timedelta(hours=23, minutes=59))
)
_MOMENTS = st.datetimes(timezones=_ZONES)


def _both(column: Uuids | Moments, of: str) -> list[list[object]]:
    """What the server reads of it when it comes beside the statement (in binary), and in its text, as Django does it."""
    statement = (
        f"SELECT coalesce(array_agg(u ORDER BY n), '{{}}') FROM unnest(%s::{of}[]) WITH ORDINALITY x (u, n)"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [column])
        (as_text,) = cursor.fetchone()
        with psycopg.Cursor(connection.connection) as beside:
            (in_binary,) = beside.execute(statement, [column]).fetchone()
    return [as_text, in_binary]


@given(st.lists(st.uuids(), max_size=5))
def test_uuids_are_the_same_in_both_forms(ids: list[UUID]):
    assert _both(Uuids(map(str, ids)), "uuid") == [ids, ids]


@given(st.lists(_MOMENTS.filter(lambda at: 1 < at.year < 9999), max_size=5))
def test_moments_are_the_same_in_both_forms_whatever_their_offset(moments: list[datetime]):
    assert _both(Moments(moments), "timestamptz") == [moments, moments]


def test_the_first_and_the_last_moment_that_there_are_pass_in_both_forms():
    ends = [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]
    assert _both(Moments(ends), "timestamptz") == [ends, ends]


_TEXTS = st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5)


@given(st.lists(st.tuples(_TEXTS, _TEXTS.filter(lambda text: text is not None)), min_size=1, max_size=5))
def test_columns_of_any_texts_are_read_as_the_rows_they_were_made_of(rows: list[tuple[str | None, str]]):
    with connection.cursor() as cursor:
        cursor.execute("SELECT unnest(%s::text[]), unnest(%s::text[])", columns(rows))
        assert cursor.fetchall() == rows


@pytest.mark.parametrize("rows", [[("a\0b",)], [("a\0b",), (None,)]])
def test_a_column_with_nul_is_refused(rows: list[tuple[str | None]]):
    with pytest.raises(ValueError, match="NUL"):
        columns(rows)
