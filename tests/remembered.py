"""A cast that a use case made in a test's transaction is put back as rows in the next one, which takes a thirtieth.

Each process makes it twice: what only one test wants is not kept. One cast may follow another: then it is known by
what it followed, too. A test makes its own when anything differs from what was there: rows that it wrote otherwise,
its settings, its language, a gateway that was called, a patch of the code.
"""

from __future__ import annotations

from collections import Counter
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
from tests.pushes import PUSHED, FakePush

OLDEST = timedelta(minutes=5)

_patches = pytest.MonkeyPatch()  # of the test that runs
_lately: datetime | None = None

# Of each table the columns that are given.
_TABLES = """
SELECT c.relname, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
 WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace
 GROUP BY c.relname"""
_ROWS = "SELECT format('(%L::public.{0})', one::text) FROM public.{0} one"
_PUT = "INSERT INTO public.{0} ({1}) SELECT {2} FROM (VALUES {3}) given (one);"
# A row that only we write: its number tells whether what came after it was rolled back, its command whether anything
# was written since. Commands that write nothing are not counted.
_MARK = "UPDATE remembered.mark SET number = number + 1 RETURNING number, cmin::text::bigint"

type _Rows = dict[str, tuple[str, Counter[str]]]


@dataclass(frozen=True, slots=True, eq=False)
class _Made:
    """What making it gave, what it changed in the tables, and what the gateway knew of it."""

    given: Any
    statements: str
    gateway: dict[str, Any]


_NOTHING = _Made(None, "", {})
_last = _NOTHING  # what the test's transaction holds, and nothing else
_mark: tuple[int, int] | None = None


def remembered[**P, T](make: Callable[P, T]) -> Callable[P, T]:
    """Of a function of hashable words that reads no more than them and the clock, and writes rows alone."""
    known: dict[object, _Made | None] = {}

    @wraps(make)
    def make_or_put_back(*args: P.args, **words: P.kwargs) -> T:
        if not _as_left():
            return make(*args, **words)
        in_memory = _in_memory()
        key = (_last, in_memory, args, tuple(sorted(words.items())))
        if made := known.get(key):
            given = _put_back(made)
        elif key in known:
            before = _rows()
            given = make(*args, **words)
            made = None
            if _in_memory() == in_memory:
                made = _Made(deepcopy(given), _changed(before, _rows()), deepcopy(_book()))
        else:
            given = make(*args, **words)
        known[key] = made
        _leave(made)
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
    """What a test patches, `_as_left` sees."""
    global _patches
    _patches = monkeypatch
    begin()


def begin() -> None:
    """A transaction of a test begins, in which there is nothing yet."""
    global _last, _mark
    _last, _mark = _NOTHING, None


def _as_left() -> bool:
    """Whether the test's transaction holds what was remembered last and nothing else, and all else is as any test finds it."""
    if (
        any(vars(_patches).values())
        or on_cluster.URL
        or not connection.in_atomic_block
        or translation.get_language() != "en"
    ):
        return False
    if overridden() - _in_memory() or _book() != _last.gateway:
        return False
    with connection.cursor() as cursor:
        if _mark is None:
            cursor.execute("SELECT pg_current_xact_id_if_assigned() IS NULL")
            return bool(cursor.fetchone()[0])
        cursor.execute(_MARK)
        return cursor.fetchone() == (_mark[0] + 1, _mark[1] + 1)


def _leave(made: _Made | None) -> None:
    """From here on the transaction holds this as well; None for what was not kept, after which nothing is put back."""
    global _last, _mark
    _last, _mark = made or _NOTHING, None
    if made:
        with connection.cursor() as cursor:
            cursor.execute(_MARK)
            _mark = cursor.fetchone()


def overridden() -> set[str]:
    """Names of settings that the test gave another value."""
    names: set[str] = set()
    layer = settings._wrapped
    while isinstance(layer, UserSettingsHolder):
        names |= {name for name in vars(layer) if name.isupper() and name != "SETTINGS_MODULE"}
        layer = layer.default_settings
    return names


def _fake() -> bool:
    """Whether the test has the gateway in memory."""
    return "GATEWAYS" in overridden() and isinstance(registry.gateway("simulator"), FakeGateway)


def _in_memory() -> frozenset[str]:
    """Names of the settings by which the test has gateways in memory; that of slips and Pix while nobody asked it for anything."""
    if not _fake():
        return frozenset()
    offered = settings.PUSH_GATEWAYS == PUSHED and vars(registry.push_gateway("bank")) == vars(FakePush())
    return frozenset({"GATEWAYS", "PUSH_GATEWAYS"} if offered else {"GATEWAYS"})


def _book() -> dict[str, Any]:
    """All that the gateway keeps."""
    if not _fake():
        return {}
    kept = vars(registry.gateway("simulator")).items()
    return {name: value for name, value in kept if isinstance(value, dict | set | list) and value}


def _rows() -> _Rows:
    """Of each table its columns and all rows."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        found: _Rows = {}
        for table, columns in cursor.fetchall():
            cursor.execute(_ROWS.format(table))
            found[table] = (columns, Counter(row for (row,) in cursor.fetchall()))
    return found


def _changed(before: _Rows, after: _Rows) -> str:
    """What makes one of the other."""
    found = []
    for table, (columns, rows) in after.items():
        were = before[table][1]
        if gone := were - rows:
            found.append(f"DELETE FROM public.{table};")
        if put := rows if gone else rows - were:
            read = ", ".join(f"(one).{column}" for column in columns.split(", "))
            found.append(_PUT.format(table, columns, read, ", ".join(put.elements())))
    return "\n".join(found)


def _put_back(made: _Made) -> Any:
    """No trigger fires and no key is checked: the rows are what was left when all of that was done."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL session_replication_role = replica;"
            f"{made.statements} SET LOCAL session_replication_role = origin"
        )
    if made.gateway:
        vars(registry.gateway("simulator")).update(deepcopy(made.gateway))
    return deepcopy(made.given)
