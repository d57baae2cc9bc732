"""Asking the database as each of its roles, for a customer or for nobody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction

from abono.entrypoints.cli.walls import LAYOUT
from abono.platform.postgres import roles, scope, walls
from abono.platform.postgres.engine.base import SERVED
from abono.platform.postgres.roles import Role
from abono.platform.postgres.scope import Crossing
from tests.sql import run as rows

SERVING = (Role.WEB, Role.ACROSS, Role.METER, Role.WORKER)
EVERY_TABLE = """SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
                 AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1"""


def names(statement: str, *arguments: object) -> set[str]:
    """Of a statement that gives one column."""
    return {name for (name,) in rows(statement, *arguments)}


def count(table: str) -> int:
    return int(rows(f"SELECT count(*) FROM {table}")[0][0])


def changed(statement: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.rowcount)


def tables() -> set[str]:
    return names(EVERY_TABLE)


def kept_apart() -> list[str]:
    return [table.name for table in walls.look(LAYOUT) if table.whose is not None]


def columns(table: str) -> set[str]:
    return names("SELECT column_name FROM information_schema.columns WHERE table_name = %s", table)


@contextmanager
def role(who: Role) -> Iterator[None]:
    served = connection.settings_dict[SERVED]
    rows(f"GRANT EXECUTE ON FUNCTION {scope.SAY} TO {roles.named(who)}")  # none but the web's are ever told
    connection.settings_dict[SERVED] = {**served, "own": roles.named(who)}
    try:
        with scope.working(f"nobody as {who.value}"):
            assert rows("SELECT current_user::text") == [(roles.named(who),)]
            yield
    finally:
        connection.settings_dict[SERVED] = served


@contextmanager
def web(whom: UUID | Crossing | None) -> Iterator[None]:
    """As a request that is served for this customer, or as that crossing."""
    what = scope.NOBODY if whom is None else whom.value if isinstance(whom, Crossing) else str(whom)
    with scope.working(what):
        under = Role.ACROSS if isinstance(whom, Crossing) else Role.WEB
        assert rows("SELECT current_user::text") == [(roles.named(under),)]
        yield


def refused(statement: str, *, why: str) -> None:
    """And nothing changed: the statement is undone."""
    with pytest.raises(DatabaseError, match=why), transaction.atomic():
        rows(statement)
