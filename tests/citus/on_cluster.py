"""With CITUS_URL, the address of a coordinator, tests run on that cluster instead of a plain server (docs/citus.md).

The database of the tests is made on every node, distributed, and dropped at the end. `pytest -m citus` runs the tests of
this folder and those of SAME. Without CITUS_URL the tests of this folder are deselected, and the head of the
report says so; the one that kills a node needs CITUS_WORKER_DATA as well, the data directory of a worker on this machine.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connections
from django.db.backends.postgresql.operations import DatabaseOperations
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from pytest_django import DjangoDbBlocker

URL = os.environ.get("CITUS_URL", "")
WORKER_DATA = os.environ.get("CITUS_WORKER_DATA", "")
# Tests of plain PostgreSQL that must hold on a cluster, word for word. Not among them: those that name shards'
# tables, damage rows by statements that no cluster plans, or compare the ways for many contracts.
SAME = (
    "tests/concurrency/test_campaigns.py",
    "tests/concurrency/test_metering.py",
    "tests/domain/campaigns/test_books.py",
    "tests/domain/campaigns/test_ends.py",
    "tests/domain/campaigns/test_holds_and_reports.py",
    "tests/domain/metering/test_cycles.py",
    "tests/domain/metering/test_holds.py",
    "tests/domain/interactions/test_interactions.py",
    "tests/domain/metering/test_own_limits.py",
    "tests/domain/metering/test_plans.py",
    "tests/domain/usage/test_queries.py",
    "tests/domain/metering/test_records.py",
    "tests/domain/metering/test_settlements.py",
    "tests/domain/metering/test_warnings.py",
    "tests/entrypoints/meter/test_meter.py",
)
_MAY_BE_EMPTIED = """
DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT tgname, tgrelid::regclass AS of FROM pg_trigger WHERE tgname LIKE '%\\_never\\_emptied' LOOP
    EXECUTE format('DROP TRIGGER %I ON %s', one.tgname, one.of);
  END LOOP;
END $$"""
_FILLED_BY_MIGRATIONS = {"django_migrations", "metering_interaction_kind"}
SHARDS = 4  # of each table: few, since every one of them is a table of its own on a worker


@dataclass(frozen=True, slots=True)
class Node:
    host: str
    port: int
    coordinator: bool

    def conninfo(self, name: str) -> str:
        return make_conninfo(URL, host=self.host, port=self.port, dbname=name)


def pytest_report_header() -> str:
    if not URL:
        return "citus: not tested; set CITUS_URL to the address of a coordinator"
    return f"citus: {URL.rpartition('@')[2]}" + (
        "" if WORKER_DATA else "; no node is killed: set CITUS_WORKER_DATA"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what is for a cluster; without one its own tests are not run."""
    unfit = []
    for item in items:
        file = item.nodeid.partition("::")[0]
        own = file.startswith("tests/citus/")
        if own or (URL and file in SAME):
            item.add_marker(pytest.mark.citus)
        if own and not (WORKER_DATA if item.path.stem == "test_worker_crash" else URL):
            unfit.append(item)
    if unfit:
        config.hook.pytest_deselected(items=unfit)
        items[:] = [item for item in items if item not in unfit]


def nodes() -> list[Node]:
    """Of the database that CITUS_URL names, the coordinator first."""
    with psycopg.connect(URL) as found:
        rows = found.execute(
            "SELECT nodename, nodeport, groupid = 0 FROM pg_dist_node ORDER BY groupid"
        ).fetchall()
    assert rows, "no cluster: see docs/citus.md"
    return [Node(*row) for row in rows]


@pytest.fixture(scope="session")
def django_db_keepdb(request: pytest.FixtureRequest) -> bool:
    """The database is there before Django would make it."""
    return bool(URL) or bool(request.config.getvalue("reuse_db"))


@pytest.fixture(scope="session")
def django_db_setup(request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    given, ours = conninfo_to_dict(URL), connections["default"].settings_dict
    for key, name in {
        "NAME": "dbname",
        "USER": "user",
        "PASSWORD": "password",
        "HOST": "host",
        "PORT": "port",
    }.items():
        ours[key] = given.get(name) or ""
    test = connections["default"].creation._get_test_db_name()
    every = nodes()
    _make(test, every)
    with django_db_blocker.unblock():
        request.getfixturevalue("django_db_setup")
        call_command("citus", "distribute", shards=SHARDS, stdout=StringIO())
        with connections["default"].cursor() as cursor:
            cursor.execute(_MAY_BE_EMPTIED)
    yield
    with django_db_blocker.unblock():
        connections.close_all()
        _drop(test, every)


def truncate_every_table(patch: pytest.MonkeyPatch) -> None:
    """Django empties the tables of its models, not those of metering and of the job queue: here one TRUNCATE of all."""
    of_models = DatabaseOperations.sql_flush

    def sql_flush(self: Any, style: Any, tables: Sequence[str], **options: Any) -> list[str]:
        every = sorted(set(self.connection.introspection.table_names()) - _FILLED_BY_MIGRATIONS)
        return of_models(self, style, every, **options)

    patch.setattr(DatabaseOperations, "sql_flush", sql_flush)


def _make(name: str, every: list[Node]) -> None:
    _drop(name, every)
    for node in every:
        with psycopg.connect(node.conninfo("postgres"), autocommit=True) as there:
            there.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        with psycopg.connect(node.conninfo(name)) as there:
            there.execute("CREATE EXTENSION citus")
    coordinator, *workers = every
    with psycopg.connect(coordinator.conninfo(name)) as there:
        there.execute("SELECT citus_set_coordinator_host(%s, %s)", [coordinator.host, coordinator.port])
        for worker in workers:
            there.execute("SELECT citus_add_node(%s, %s)", [worker.host, worker.port])


def _drop(name: str, every: list[Node]) -> None:
    for node in every:
        with psycopg.connect(node.conninfo("postgres"), autocommit=True) as there:
            there.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
