"""A cast that a use case made in a test's transaction is put back as rows in the next one, which takes a thirtieth.

Each process makes it twice: what only one test wants is not kept. A test makes its own when anything differs from what
was there: rows that it wrote before, its settings, its language, a gateway that was called, a patch of the code.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

import pytest
from django.conf import UserSettingsHolder, settings
from django.db import connection
from django.utils import translation

from abono.domain.payments import registry
from abono.platform import clock
from tests.citus import on_cluster
from tests.fakes import FakeGateway

OLDEST = timedelta(minutes=5)

_patches = pytest.MonkeyPatch()  # of the test that runs
_lately: datetime | None = None

# Of each table the columns that are given, and whether it had rows at the start.
_TABLES = """
SELECT c.relname, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum), to_regclass('fresh.' || quote_ident(c.relname)) IS NOT NULL
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
 WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace
 GROUP BY c.relname"""
_ROWS = """
SELECT string_agg(format('(%L::public.{1})', one::text), ', ' ORDER BY one::text) FROM {0}.{1} one"""
_PUT = "INSERT INTO public.{0} ({1}) SELECT {2} FROM (VALUES {3}) given (one);"


@dataclass(frozen=True, slots=True)
class _Made:
    """What making it gave, the rows that it left, and what the gateway knew of it."""

    given: Any
    statements: str
    gateway: dict[str, Any]


def remembered[**P, T](make: Callable[P, T]) -> Callable[P, T]:
    """Of a function of hashable words that reads no more than them and the clock, and writes rows alone."""
    known: dict[object, _Made | None] = {}

    @wraps(make)
    def make_or_put_back(*args: P.args, **words: P.kwargs) -> T:
        if not _untouched():
            return make(*args, **words)
        key = (args, tuple(sorted(words.items())))
        if made := known.get(key):
            return _put_back(made)
        given = make(*args, **words)
        known[key] = _Made(deepcopy(given), _rows(), deepcopy(_book())) if key in known else None
        return given

    return make_or_put_back


def lately() -> datetime:
    """Now, or up to OLDEST ago in the same hour: one moment for all who ask meanwhile, so that they share what they make."""
    global _lately
    now = clock.now()
    hour = now.replace(minute=0, second=0, microsecond=0)  # no midnight of our cast lies between
    if _lately is None or not max(hour, now - OLDEST) < _lately <= now:
        _lately = now
    return _lately


@pytest.fixture(autouse=True)
def own_patches(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test patches, `_untouched` sees."""
    global _patches
    _patches = monkeypatch


def _untouched() -> bool:
    """Whether the test's transaction has written nothing yet, and all else is as any test finds it."""
    if (
        any(vars(_patches).values())
        or on_cluster.URL
        or not connection.in_atomic_block
        or translation.get_language() != "en"
    ):
        return False
    if _overridden() != {"GATEWAYS"} or not _fake() or any(_book().values()):
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id_if_assigned() IS NULL")
        return bool(cursor.fetchone()[0])


def _overridden() -> set[str]:
    """Names of settings that the test gave another value."""
    names: set[str] = set()
    layer = settings._wrapped
    while isinstance(layer, UserSettingsHolder):
        names |= {name for name in vars(layer) if name.isupper() and name != "SETTINGS_MODULE"}
        layer = layer.default_settings
    return names


def _fake() -> bool:
    return isinstance(registry.gateway("simulator"), FakeGateway)


def _book() -> dict[str, Any]:
    """All that the gateway keeps."""
    kept = vars(registry.gateway("simulator")).items()
    return {name: value for name, value in kept if isinstance(value, dict | set | list)}


def _rows() -> str:
    """What makes the tables what they are now out of what they were at the start."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        for table, columns, filled in cursor.fetchall():
            rows = _rows_of(cursor, "public", table)
            if filled and rows == _rows_of(cursor, "fresh", table):
                continue
            if filled:
                found.append(f"DELETE FROM public.{table};")
            if rows:
                read = ", ".join(f"(one).{column}" for column in columns.split(", "))
                found.append(_PUT.format(table, columns, read, rows))
    return "\n".join(found)


def _rows_of(cursor: Any, schema: str, table: str) -> str | None:
    cursor.execute(_ROWS.format(schema, table))
    (rows,) = cursor.fetchone()
    return rows


def _put_back(made: _Made) -> Any:
    """No trigger fires and no key is checked: the rows are what was left when all of that was done."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL session_replication_role = replica;"
            f"{made.statements} SET LOCAL session_replication_role = origin"
        )
    vars(registry.gateway("simulator")).update(deepcopy(made.gateway))
    return deepcopy(made.given)
