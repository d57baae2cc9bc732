"""A statement by hand, where a test breaks or looks at what no code of ours would."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

from django.db import connection, transaction

_PLACE = re.compile(r"%(?:\((\w+)\)s|s|%)")
_named: WeakKeyDictionary[Any, dict[str, str]] = WeakKeyDictionary()  # statements by connection


def run(statement: str, *values: object) -> list[tuple[Any, ...]]:
    """Its rows; none for a statement that gives none."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return list(cursor.fetchall()) if cursor.description else []


@contextmanager
def taken_back() -> Iterator[None]:
    """What is done meanwhile, by hand or otherwise, was never done afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def planned_once() -> Iterator[None]:
    """What is asked meanwhile is planned by a connection once, not each time: to plan is most of what a server does to look at
    the books of a single contract."""
    with connection.execute_wrapper(_planned):
        yield


def _planned(execute: Any, statement: str, values: Any, many: bool, context: dict[str, Any]) -> Any:
    if many or not statement.lstrip().startswith(("SELECT", "WITH")):
        return execute(statement, values, many, context)
    named = _named.setdefault(connection.connection, {})
    numbered, given = _numbered(statement, values)
    if numbered not in named:
        execute(f"PREPARE planned_{len(named)} AS {numbered}", None, False, context)
        named[numbered] = f"planned_{len(named)}"
    places = f"({', '.join(['%s'] * len(given))})" if given else ""
    return execute(f"EXECUTE {named[numbered]}{places}", given or None, False, context)


def _numbered(statement: str, values: Any) -> tuple[str, list[Any]]:
    """The statement with its places as PostgreSQL numbers them, and what stands there."""
    given: list[Any] = []
    if values is None:
        return statement, given

    def place(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        given.append(values[found[1]] if found[1] else values[len(given)])
        return f"${len(given)}"

    return _PLACE.sub(place, statement), given
