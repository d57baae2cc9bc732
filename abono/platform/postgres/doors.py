"""Statements as functions, for a role that may call them and may read and write no table (ADR 28).

A function is made of each statement when the walls are set up, with the rights of the tables' owner: what it may do is
what its statement says, and nothing that its caller could say. Its name says which text it was made of, so that a server
of the version before goes on with its own; its comment says which version used it last.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.db import ProgrammingError, connection, transaction

from abono import __version__

PREFIX, WORKERS = "door_", "work_"  # of the fast lane, of the worker
_ARGUMENT = re.compile("%s")


def named(what: str, statement: str, prefix: str = PREFIX) -> str:
    """What its function is called. `what` is a word or two, for those who read logs."""
    return f"{prefix}{what}_{hashlib.sha256(statement.encode()).hexdigest()[:10]}"


def call(what: str, statement: str, prefix: str = PREFIX) -> str:
    """The same as the statement, by its function: the same arguments, and rows of the same columns."""
    arguments = ", ".join(_ARGUMENT.findall(statement))
    return f"SELECT * FROM {named(what, statement, prefix)}({arguments})"  # noqa: S608 - names of ours


def make(doors: Mapping[str, str], *, for_role: str, not_for: str, prefix: str = PREFIX) -> None:
    """Make all of a role, in the caller's transaction. Those of the version before stay for servers that still run; older
    ones go. `prefix` begins the names of that role's, and of no other's."""
    with connection.cursor() as cursor:
        for what, statement in doors.items():
            signature = _make(named(what, statement, prefix), statement)
            cursor.execute(f"COMMENT ON FUNCTION {signature} IS '{__version__}'")
        cursor.execute(
            "SELECT oid::regprocedure::text, coalesce(obj_description(oid, 'pg_proc'), '')"
            "  FROM pg_proc WHERE proname ^@ %s",
            [prefix],
        )
        there = cursor.fetchall()
        running = sorted({version for _signature, version in there}, key=_in_order)[-2:]
        for signature, version in there:
            if version not in running:
                cursor.execute(f"DROP FUNCTION {signature}")
                continue
            cursor.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC, {not_for}")
            cursor.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO {for_role}")


def _in_order(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]


def _make(name: str, statement: str) -> str:
    """Returns its signature."""
    numbers = iter(range(1, statement.count("%s") + 1))
    body = _ARGUMENT.sub(lambda _found: f"${next(numbers)}", statement)
    takes, gives = _types(body)
    columns = ", ".join(f"c{n} {kind}" for n, kind in enumerate(gives, 1))
    returns, does = (f"TABLE ({columns})", f"RETURN QUERY {body}") if gives else ("void", body)
    function = (
        f"FUNCTION {name}({', '.join(takes)}) RETURNS {returns} LANGUAGE plpgsql SECURITY DEFINER"
        f" SET search_path = pg_catalog, public, pg_temp"
        f" AS $door$\n#variable_conflict use_column\nBEGIN {does}; END $door$"
    )
    with connection.cursor() as cursor:
        try:
            with transaction.atomic():
                cursor.execute(f"CREATE OR REPLACE {function}")
        except ProgrammingError:  # what the statement gives has changed under its text
            cursor.execute(f"DROP FUNCTION {name}({', '.join(takes)})")
            cursor.execute(f"CREATE {function}")
    return f"{name}({', '.join(takes)})"


def _types(statement: str) -> tuple[list[str], list[str]]:
    """Of the arguments and of the columns, as the server understands the statement."""
    connection.ensure_connection()
    server: Any = connection.connection.pgconn
    prepared = server.prepare(b"", statement.encode())
    if prepared.error_message:
        raise ProgrammingError(prepared.error_message.decode())
    seen = server.describe_prepared(b"")
    return (
        list(_names(seen.param_type(n) for n in range(seen.nparams))),
        list(_names(seen.ftype(n) for n in range(seen.nfields))),
    )


def _names(oids: Iterator[int]) -> Iterator[str]:
    with connection.cursor() as cursor:
        for oid in oids:
            cursor.execute("SELECT format_type(%s, NULL)", [oid])
            yield cursor.fetchone()[0]
