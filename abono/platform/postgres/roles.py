"""Who a process is to the database: each kind has a role without ownership (ACC-2, ADR 28).

The owner is whoever migrates. The others cannot sign in: a process drops into its role when it connects, or signs in as
a member of it (docs/database-roles.md).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from django.conf import settings
from django.db import OperationalError, ProgrammingError, connection, transaction

_STANDS = """
SELECT r.rolname, r.rolsuper OR r.rolbypassrls, pg_has_role(current_user, %s, 'USAGE'),
       pg_has_role(session_user, %s, 'MEMBER'),
       EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
                AND pg_has_role(r.oid, c.relowner, 'USAGE'))
  FROM pg_roles r WHERE r.rolname = CASE WHEN %s THEN session_user ELSE current_user END
"""
_log = logging.getLogger("abono")


class Role(StrEnum):
    WEB = "web"  # pages and API: the rows of one customer
    ACROSS = "across"  # the same process where a door has to look across customers, and says why (`scope`)
    METER = "meter"  # the fast lane: calls its functions, and reads no table
    WORKER = "worker"  # jobs: every customer's rows
    READER = "reader"  # people who look: every customer's rows, without secrets, and changes none


class NotInRole(Exception):
    """This process would be more, or something else, to the database than it should be."""


class CannotMake(Exception):
    """Whoever migrates may not make roles. The text says what somebody who may has to do."""


def named(role: Role) -> str:
    """What the server calls it."""
    return f"{settings.DATABASE_ROLES}_{role.value}"


def option(prefix: str, role: str) -> str:
    """The option of a connection that drops into the role; empty where there are none."""
    return f"-c role={prefix}_{role}" if prefix and role else ""


def require(role: Role) -> None:
    """Raises NotInRole unless this process is that role to the database, and nothing more. Where processes have no roles
    it is said in the log."""
    if not settings.DATABASE_ROLES:
        _log.warning("ABONO_DATABASE_WALLS is off: the database does not keep customers apart")
        return
    try:
        with connection.cursor() as cursor:
            signs_in = role.value in settings.DATABASE_SIGN_INS  # else it takes its role as whoever it is
            cursor.execute(_STANDS, [named(role), named(Role.ACROSS), signs_in])
            who, above, in_role, crosses, owns = cursor.fetchone()
    except (OperationalError, ProgrammingError) as error:
        if f'role "{named(role)}" does not exist' not in str(error):
            raise
        raise NotInRole(
            f"the database has no role {named(role)}: abono migrate makes it (docs/database-roles.md)"
        ) from None
    if above or owns or not in_role:
        why = "stands above its walls" if above else "owns its tables" if owns else f"is not in {named(role)}"
        raise NotInRole(
            f"the database takes this process for {who}, who {why}: give it a sign-in of its own that is"
            f" a member of {named(role)} and of nothing else (docs/database-roles.md)"
        )
    if role is Role.WEB and not crosses:
        raise NotInRole(
            f"the sign-in of the web is no member of {named(Role.ACROSS)} (docs/database-roles.md)"
        )


def served(prefix: str, *, outside: str) -> dict[str, str]:
    """For the key SERVED of DATABASES: as what requests are served, and what the connection is outside of them."""
    return {"own": f"{prefix}_{Role.WEB}", "across": f"{prefix}_{Role.ACROSS}", "outside": outside}


def make() -> None:
    """Make those that are not there yet; others may do so at the same moment. Raises CannotMake."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY (%s)", [[named(r) for r in Role]])
        there = {name for (name,) in cursor.fetchall()}
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        (superuser,) = cursor.fetchone()
        lacking = [named(role) for role in Role if named(role) not in there]
        for name in lacking:
            _make(f"CREATE ROLE {name} NOLOGIN", lacking)
        for role in Role:
            if not superuser and not _dropped_into(named(role)):
                _make(f"GRANT {named(role)} TO CURRENT_USER", lacking)


def _dropped_into(name: str) -> bool:
    """Whether we may drop into that role."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL ROLE {name}")
            cursor.execute("SET LOCAL ROLE NONE")
    except ProgrammingError:
        return False
    return True


def _make(statement: str, lacking: list[str]) -> None:
    """Roles belong to the whole server: what another database's migration did first is done."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"DO $$ BEGIN {statement}; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
            )
    except ProgrammingError as error:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user")
            (who,) = cursor.fetchone()
        said = str(error).partition("\n")[0]
        lines = [f"CREATE ROLE {name} NOLOGIN;" for name in lacking]
        lines += [f"GRANT {named(role)} TO {who};" for role in Role]
        raise CannotMake(
            f"{who} may not make the roles of Abono's processes ({said}). Let an administrator of the"
            " server say this once, then migrate again:\n  " + "\n  ".join(lines)
        ) from None


@contextmanager
def as_owner() -> Iterator[bool]:
    """For upkeep of the tables themselves, in a process that dropped into a role: what we signed in as, for a while.

    False where that does not own the tables either: then somebody else has to do it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        (before,) = cursor.fetchone()
        cursor.execute("SET ROLE NONE")
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = 'django_migrations'::regclass"
            )
            (owns,) = cursor.fetchone()
        yield owns
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('role', %s, false)", [before])
