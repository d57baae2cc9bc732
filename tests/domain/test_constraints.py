"""Every rule that the database holds is asked of the database, by SQL that tries to break it."""

from __future__ import annotations

import re
from functools import cache
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from psycopg.types.json import Jsonb

from tests.domain.forbidden import COPIED, FORBIDDEN, FROZEN
from tests.domain.rows import rows_in_every_table

pytestmark = pytest.mark.django_db

# An invoice of an unknown state has no right number either, which is asked first.
_SAID_BY_ANOTHER = {"invoice_state_known_2": "invoice_issued_has_number_2"}

_OURS = "n.oid = 'public'::regnamespace AND t.relname !~ '^(auth|django|procrastinate|account|mfa|socialaccount|usersessions)_' AND NOT t.relispartition"
_CONSTRAINTS = f"""
SELECT c.conname, t.relname FROM pg_constraint c
  JOIN pg_class t ON t.oid = c.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace
 WHERE {_OURS} AND c.contype IN ('c', 'u', 'x')
UNION
SELECT i.relname, t.relname FROM pg_index x
  JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
  JOIN pg_namespace n ON n.oid = t.relnamespace
 WHERE {_OURS} AND x.indisunique AND NOT x.indisprimary"""
_TRIGGERS = f"""
SELECT g.tgname, t.relname FROM pg_trigger g
  JOIN pg_class t ON t.oid = g.tgrelid JOIN pg_namespace n ON n.oid = t.relnamespace
 WHERE {_OURS} AND NOT g.tgisinternal AND g.tgname !~ '_told$'"""  # which refuse nothing
_NEVER = r"never change|is not what its lines say|does not follow|does not sum to zero|is not that of customer|followed by later ones only|can only be taken off sale"
_COMPOSITE_KEYS = f"""
SELECT t.relname FROM pg_constraint c
  JOIN pg_class t ON t.oid = c.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace
 WHERE {_OURS} AND c.contype = 'p' AND cardinality(c.conkey) > 1"""


def ask(statement: str, arguments: list[Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        return list(cursor.fetchall()) if cursor.description else []


def kind_of(trigger: str) -> str:
    """The append-only triggers are named after their tables."""
    return next((kind for kind in ("append_only", "never_emptied") if trigger.endswith(f"_{kind}")), trigger)


@cache
def columns_of(table: str) -> dict[str, str]:
    """Those of which a row is given values, and their types."""
    columns = """SELECT quote_ident(attname), format_type(atttypid, NULL) FROM pg_attribute
                  WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum"""
    return dict(ask(columns, [table]))


def refused_by(table: str, changes: dict[str, Any]) -> str | None:
    """The rule that refuses a copy of a row of the table with these changes."""
    columns = columns_of(table)
    own_id = {"uuid": str(uuid4()), "bigint": 10**9, "integer": 10**9}
    if changes.get("id") is None and "id" in columns:
        changes = {"id": own_id[columns["id"]], **changes}
    row = f"SELECT to_jsonb(x) FROM {table} x WHERE {COPIED.get(table, 'true')} LIMIT 1"
    assert ask(row), f"no row of {table} to copy"
    given = ", ".join(columns)
    copy = f"INSERT INTO {table} ({given}) SELECT {given} FROM jsonb_populate_record(NULL::{table}, ({row}) || %s)"
    try:
        with transaction.atomic():
            ask(copy, [Jsonb(changes)])
    except DatabaseError as refused:
        return getattr(getattr(refused.__cause__, "diag", None), "constraint_name", None)
    return None


def test_every_rule_of_the_database_stands_here() -> None:
    assert {name for name, _table in ask(_CONSTRAINTS)} == set(FORBIDDEN)
    assert {kind_of(name) for name, _table in ask(_TRIGGERS)} == set(FROZEN)


@pytest.mark.rule("PKG-6", part="the database refuses")
def test_every_rule_of_the_database_refuses_what_it_forbids(gateway: object) -> None:
    # Prices only go forward, which refuses the same price twice before its own rule can.
    ask("ALTER TABLE catalog_sessionprice DISABLE TRIGGER catalog_price_in_order")
    rows_in_every_table()
    refused = {name: refused_by(table, FORBIDDEN[name]) for name, table in ask(_CONSTRAINTS)}
    assert refused == {name: name for name in FORBIDDEN} | _SAID_BY_ANOTHER


def test_a_row_that_has_its_key_from_what_it_says_is_there_once(gateway: object) -> None:
    rows_in_every_table()
    for (table,) in ask(_COMPOSITE_KEYS):
        assert re.fullmatch(rf"{table}(_p\d+|_default|_other)?_pkey", refused_by(table, {}) or "nobody"), (
            table
        )


@pytest.mark.rule("ACC-6", part="cannot be changed")
@pytest.mark.rule("INV-4", part="never changes")
@pytest.mark.rule("CAT-5", part="never changes")
def test_what_never_changes_is_refused_every_change(gateway: object) -> None:
    rows_in_every_table()
    ask("SET CONSTRAINTS ALL IMMEDIATE")  # nothing is emptied while foreign keys wait to be looked at
    for trigger, table in ask(_TRIGGERS):
        for statement in FROZEN[kind_of(trigger)]:
            assert ask(f"SELECT 1 FROM {table} LIMIT 1"), table
            with pytest.raises(DatabaseError, match=_NEVER), transaction.atomic():
                ask(statement.format(table=table))
