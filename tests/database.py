"""The database of the tests: a copy, made in a second, of a template that was migrated once on this server.

Every process of a run has a copy of its own, with the shipped catalog on sale. After a test with real transactions
it holds again what it held at first. Its user must be a superuser: nobody else empties tables whose rows never change.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from importlib.metadata import version
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import TransactionTestCase
from pytest_django import DjangoDbBlocker

from abono import __version__
from abono.config.env import PACKAGE
from abono.entrypoints.cli.walls import LAYOUT
from abono.platform import clock
from abono.platform.postgres import roles
from abono.platform.postgres.engine.base import SERVED
from tests.citus import on_cluster
from tests.world import load_catalog

template = ""  # the name of the database of which each is a copy, once one was made
_LOCKS = 4_801  # advisory: 0 while a template is made or copied, n while copy n is in use
_IMPORTED = re.compile(r"^from (abono[\w.]*) import (\w+)", re.MULTILINE)

_TABLES = """SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition
             AND relnamespace = '{schema}'::regnamespace AND relname LIKE '{like}%'"""

_REMEMBER = f"""
CREATE SCHEMA fresh;
DO $$ DECLARE one record; filled boolean; BEGIN
  FOR one IN {_TABLES.format(schema="public", like="")} LOOP
    EXECUTE format('SELECT EXISTS (TABLE public.%I)', one.relname) INTO filled;
    IF filled THEN
      EXECUTE format('CREATE TABLE fresh.%1$I AS TABLE public.%1$I', one.relname);
    END IF;
  END LOOP;
END $$;
CREATE SCHEMA remembered;
CREATE TABLE remembered.mark AS SELECT 0 AS number"""

# To empty 60 tables so takes a tenth of what TRUNCATE takes. For a replica no trigger fires, no key is checked.
_AS_REPLICA = """
DO $$ DECLARE one record; columns text; differs boolean; BEGIN
  SET LOCAL session_replication_role = replica;
  {}
  SET LOCAL session_replication_role = origin;
END $$"""

_EMPTY = f"""
  FOR one IN {_TABLES.format(schema="public", like="{like}")} LOOP
    EXECUTE format('DELETE FROM public.%I', one.relname);
  END LOOP;"""

# Most tests leave the catalog as it was; to put it back would be nine tenths of it all.
_EMPTY_WHAT_WAS_EMPTY = f"""
  FOR one IN {_TABLES.format(schema="public", like="")} LOOP
    IF to_regclass(format('fresh.%I', one.relname)) IS NULL THEN
      EXECUTE format('DELETE FROM public.%I', one.relname);
    END IF;
  END LOOP;"""

_PUT_BACK = f"""
  FOR one IN {_TABLES.format(schema="fresh", like="")} LOOP
    EXECUTE format('SELECT EXISTS (TABLE public.%1$I EXCEPT ALL TABLE fresh.%1$I)
                        OR EXISTS (TABLE fresh.%1$I EXCEPT ALL TABLE public.%1$I)', one.relname) INTO differs;
    CONTINUE WHEN NOT differs;
    EXECUTE format('DELETE FROM public.%I', one.relname);
    SELECT string_agg(quote_ident(attname), ', ') INTO columns FROM pg_attribute   -- what is generated is not given
     WHERE attrelid = format('public.%I', one.relname)::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
    EXECUTE format('INSERT INTO public.%1$I (%2$s) SELECT %2$s FROM fresh.%1$I', one.relname, columns);
  END LOOP;"""


# Functions of ours, the newest of each, that no test of this run came by; where nothing is counted, none.
_NEVER_RAN = r"""
WITH ours AS (
  SELECT p.oid, proname, row_number() OVER (PARTITION BY regexp_replace(proname, '_v\d+$', '')
                                                ORDER BY substring(proname FROM '_v(\d+)$')::integer DESC) AS age
    FROM pg_proc p JOIN pg_language l ON l.oid = prolang
   WHERE pronamespace = 'public'::regnamespace AND lanname = 'plpgsql' AND proname ~ '_v\d+$'
     AND NOT proname ^@ 'procrastinate_'
)
SELECT coalesce(string_agg(proname, ', ' ORDER BY proname), '') FROM ours
 WHERE age = 1 AND current_setting('track_functions') <> 'none'
   AND NOT EXISTS (SELECT FROM pg_stat_user_functions ran WHERE ran.funcid = ours.oid)"""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--only-database",
        action="store_true",
        help="only what asks a database: what else there is proves nothing about another PostgreSQL",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--only-database"):
        config.hook.pytest_deselected(items=[item for item in items if not _asks_database(item)])
        items[:] = filter(_asks_database, items)


def _asks_database(item: pytest.Item) -> bool:
    asked = {"db", "transactional_db", "django_db_setup"}.intersection(getattr(item, "fixturenames", ()))
    return bool(asked) or item.get_closest_marker("django_db") is not None


def pytest_configure(config: pytest.Config) -> None:
    patch = pytest.MonkeyPatch()
    config.add_cleanup(patch.undo)
    if on_cluster.URL:
        patch.setattr(settings, "DATABASE_ROLES", "")  # walls are for one server: docs/citus.md
        on_cluster.truncate_every_table(patch)
    else:
        as_fresh = _AS_REPLICA.format(_EMPTY_WHAT_WAS_EMPTY + _PUT_BACK)
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _case: _afterwards(as_fresh))


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest,
    django_test_environment: None,
    django_db_blocker: DjangoDbBlocker,
    django_db_modify_db_settings: None,
    django_db_createdb: bool,
) -> Iterator[None]:
    """`--create-db` makes the template anew, too."""
    if on_cluster.URL:
        request.getfixturevalue("django_db_setup")
        yield
        return
    with ExitStack() as stack:
        with django_db_blocker.unblock():
            server = stack.enter_context(connection._nodb_cursor())
            name = _copy(server, connection.creation._get_test_db_name(), anew=django_db_createdb)
            load_catalog()
            _do(_AS_REPLICA.format("DELETE FROM platform_event;"))  # each test has but its own
            _do(_REMEMBER)
            connection.settings_dict[SERVED] = roles.served(settings.DATABASE_ROLES, outside="none")
        yield
        with django_db_blocker.unblock():
            if request.config.getoption("--only-database"):
                _every_function_ran()
            connections.close_all()
            _tidier().close()
            # FORCE: a process that a test killed is perhaps still being noticed.
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _every_function_ran() -> None:
    """On another PostgreSQL only some tests run; that they leave no function out is not left to whoever chooses them."""
    connections.close_all()  # what a connection has counted is told at its end
    with connection.cursor() as cursor:
        cursor.execute(_NEVER_RAN)
        [never] = cursor.fetchone()
    assert not never, f"no test of these called {never}: .ci/run names too few for another PostgreSQL"


def _copy(server: Any, name: str, *, anew: bool) -> str:
    """Make a copy of the template and turn to it; it is ours as long as `server` is connected."""
    server.execute("SET lock_timeout = 0")  # a template takes as long as it takes
    server.execute("SELECT pg_advisory_lock(%s, 0)", [_LOCKS])
    global template
    template = _template(server, f"{name}_template_", anew=anew)
    for number in count(1):
        server.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCKS, number])
        if server.fetchone()[0]:
            break
    server.execute(f"DROP DATABASE IF EXISTS {name}_{number} WITH (FORCE)")
    server.execute(f"CREATE DATABASE {name}_{number} TEMPLATE {template}")
    # Nobody waits for the disk: whoever tries what outlives a crash has a server of their own.
    server.execute(f"ALTER DATABASE {name}_{number} SET synchronous_commit = off")
    server.execute("SELECT pg_advisory_unlock(%s, 0)", [_LOCKS])
    _turn_to(f"{name}_{number}")
    return f"{name}_{number}"


def _template(server: Any, prefix: str, *, anew: bool) -> str:
    """The name of the database that is migrated as the files say, made when it is not there. Others go."""
    wanted = prefix + _version()
    server.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [prefix])
    there = {name for (name,) in server.fetchall()}
    if anew or wanted not in there:
        for old in there:
            server.execute(f"DROP DATABASE {old} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {prefix}")  # one that was not finished has no version
        _turn_to(prefix)
        call_command("migrate", interactive=False, verbosity=0)
        connection.close()
        server.execute(f"ALTER DATABASE {prefix} RENAME TO {wanted}")
    return wanted


def _version() -> str:
    """Of what the template was made from: our version and files, the tables of others, and the month (partitions)."""
    made_by = f"2 {__version__} {version('django')} {version('procrastinate')} {clock.now():%Y-%m}"
    seen = hashlib.sha256(made_by.encode())
    seen.update(repr(sorted(LAYOUT.doors.items())).encode())
    for file in sorted(_sources()):
        seen.update(f"{file.relative_to(PACKAGE)}".encode() + file.read_bytes())
    return seen.hexdigest()[:12]


def _sources() -> Iterator[Path]:
    """Migrations, the modules of ours that they use, SQL, and what the walls are made of."""
    yield from PACKAGE.rglob("sql/*.sql")
    yield from PACKAGE.glob("platform/postgres/*.py")
    yield from PACKAGE.glob("entrypoints/cli/**/*.py")
    for migration in PACKAGE.rglob("migrations/*.py"):
        yield migration
        for package, name in _IMPORTED.findall(migration.read_text()):
            folder = PACKAGE.parent.joinpath(*package.split("."))
            yield from filter(Path.is_file, (folder.with_suffix(".py"), folder / f"{name}.py"))


def _turn_to(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name


@pytest.fixture
def nothing_on_sale(db: None) -> None:
    """For a test that wants the catalog empty."""
    empty_catalog()


def empty_catalog() -> None:
    if not on_cluster.URL:
        _do(_AS_REPLICA.format(_EMPTY.format(like="catalog_")))


@cache
def _tidier() -> BaseDatabaseWrapper:
    """A connection that lives as long as its database: a new one takes three times as long to learn of all tables."""
    return connection.copy()


def _afterwards(statement: str) -> None:
    """What a test's connection left undone is over before."""
    connections.close_all()
    tidier = _tidier()
    if (
        tidier.connection is not None and not tidier.is_usable()
    ):  # the server was stopped, or all were sent away
        tidier.close()
    with tidier.cursor() as cursor:
        cursor.execute(statement)


def _do(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
