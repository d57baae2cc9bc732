"""Which migrations made the tables of a database, to the letter.

Django remembers names. Until 0.2.0 ours were edited in place, so that a database may have been made by another file of the
same name: then pages fail one by one. A comment on Django's own table remembers the files too.
"""

from __future__ import annotations

import hashlib
import json
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files

from django.db import OperationalError, connection
from django.db.migrations import Migration, RunSQL
from django.db.migrations.loader import MigrationLoader
from psycopg.errors import LockNotAvailable

_TABLE = "django_migrations"
_LOCK = int.from_bytes(hashlib.sha256(b"abono migrate").digest()[:8], signed=True)

ASK_AGAIN_S = 0.2
PATIENCE, TRIES = "1s", 120  # longest that callers wait behind a change of a table; some four minutes in all

BEGIN_ANEW = (
    "Before 0.2.0 migrations were edited in place, and such a database cannot be brought up to date."
    " Begin anew: of the embedded server, stop everything and remove the home folder (rm -rf .abono);"
    " of another, drop the database and create it again."
)

type Prints = dict[str, str]  # "metering.0001_initial": the first letters of its hash


@dataclass(frozen=True, slots=True)
class State:
    """Names of migrations.

    missing   are in the program and not in the database
    edited    made the database in another form than the program has; None of those that nothing is known of
    newer     are in the database and not in the program
    empty     the database has none at all
    """

    missing: tuple[str, ...]
    edited: tuple[str, ...]
    newer: tuple[str, ...]
    empty: bool


class NotUpToDate(Exception):
    """The tables are not those of this program; the text says what to do."""


def require() -> None:
    """Raises NotUpToDate unless the tables are those of this program, or of a newer one."""
    found = state()
    if found.missing:
        raise NotUpToDate(f"the database lacks {some(found.missing)}: run `abono migrate`")
    if found.edited:
        raise NotUpToDate(f"the database was made by other forms of {some(found.edited)}. {BEGIN_ANEW}")


def some(names: tuple[str, ...]) -> str:
    """The first of many."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def state() -> State:
    """Compare the default database with the program. Raises what the database raises."""
    loader = MigrationLoader(connection)
    known = {_name(*key): migration for key, migration in loader.disk_migrations.items()}
    applied = {_name(*key) for key in loader.applied_migrations}
    remembered = _remembered() if applied else {}
    apps = {app for app, _name in loader.disk_migrations}
    return State(
        missing=tuple(sorted(known.keys() - applied)),
        edited=tuple(name for name, now in _ours(known) if name in applied and remembered.get(name) != now),
        newer=tuple(sorted(name for name in applied - known.keys() if name.partition(".")[0] in apps)),
        empty=not applied,
    )


def prints() -> Prints:
    """Of our migrations as this program has them; asks no database."""
    known = {_name(*key): migration for key, migration in MigrationLoader(None).disk_migrations.items()}
    return dict(_ours(known))


def remember() -> None:
    """Write down of what form the migrations were that were applied just now; what is remembered stays as it is."""
    applied = {_name(*key) for key in MigrationLoader(connection).applied_migrations}
    known = {name: now for name, now in prints().items() if name in applied}
    with connection.cursor() as cursor:
        cursor.execute(f"COMMENT ON TABLE {_TABLE} IS %s", [json.dumps(known | _remembered())])


@contextmanager
def alone() -> Iterator[None]:
    """Nobody else migrates this database meanwhile: who comes second waits for the first.

    It asks again and again: a statement that waits has a snapshot, for whose end an index that is made CONCURRENTLY waits.
    """
    while not _is_ours():
        time.sleep(ASK_AGAIN_S)
    try:
        yield
    finally:
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _is_ours() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        ours: bool = cursor.fetchone()[0]
    return ours


def patiently(act: Callable[[], None], *, say: Callable[[str], object]) -> None:
    """Do it without holding up who works meanwhile (OPS-5): a change of a table waits for those who use it now, and all
    who come then wait behind it. So it gives way after PATIENCE and tries again; what was done by then is done.

    Raises what `act` raises, a lock that is not to be had once it was tried often enough.
    """
    for left in reversed(range(TRIES)):
        try:
            with _waiting(PATIENCE):
                return act()
        except OperationalError as error:
            if not left or not isinstance(error.__cause__, LockNotAvailable):
                raise
        say("a table is in use: once more in a moment")
        time.sleep(random.uniform(0.5, 1.5))  # noqa: S311 - so that it meets others
    raise AssertionError


@contextmanager
def _waiting(at_most: str) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [at_most])
    try:
        yield
    finally:
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("RESET lock_timeout")


def _ours(known: dict[str, Migration]) -> Iterator[tuple[str, str]]:
    for name, migration in sorted(known.items()):
        if type(migration).__module__.startswith("abono."):
            yield name, _print(migration)


def _print(migration: Migration) -> str:
    """Of the file, and of the SQL that it runs, which lies in files beside."""
    package, _, module = type(migration).__module__.rpartition(".")
    seen = hashlib.sha256((files(package) / f"{module}.py").read_bytes())
    for operation in migration.operations:
        if isinstance(operation, RunSQL):
            seen.update(repr(operation.sql).encode())
    return seen.hexdigest()[:12]


def _remembered() -> Prints:
    with connection.cursor() as cursor:
        cursor.execute("SELECT obj_description(to_regclass(%s), 'pg_class')", [_TABLE])
        [comment] = cursor.fetchone()
    try:
        return dict(json.loads(comment or "{}"))
    except ValueError:  # somebody's own comment
        return {}


def _name(app: str, migration: str) -> str:
    return f"{app}.{migration}"
