"""A database that other forms of our migrations made is told so, and migrating is for one at a time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from abono.platform.postgres import schema
from tests import sql
from tests.installed.conftest import database


def comment(text: str | None) -> None:
    sql.run("COMMENT ON TABLE django_migrations IS %s", text)


@pytest.mark.django_db
def test_a_database_as_the_files_say_has_nothing_to_tell() -> None:
    assert schema.state() == schema.State((), (), (), empty=False)


@pytest.mark.django_db
def test_one_that_another_form_of_a_migration_made_is_not_brought_up_to_date() -> None:
    schema.remember()
    prints = json.loads(sql.run("SELECT obj_description('django_migrations'::regclass)")[0][0])
    comment(json.dumps(prints | {"credit.0001_initial": "another form"}))
    assert schema.state().edited == ("credit.0001_initial",)
    with pytest.raises(CommandError, match="other forms of credit") as told:
        call_command("migrate", verbosity=0)
    assert "rm -rf .abono" in str(told.value)
    schema.remember()
    assert schema.state().edited == ("credit.0001_initial",)  # what is remembered stays


@pytest.mark.django_db
@pytest.mark.parametrize("text", [None, "somebody's own"])
def test_one_of_which_nothing_is_remembered_was_made_before_we_did(text: str | None) -> None:
    comment(text)
    assert "metering.0001_initial" in schema.state().edited
    assert all(not name.startswith("procrastinate.") for name in schema.state().edited)


@pytest.mark.django_db
def test_what_is_missing_and_what_a_newer_program_did_are_told_apart() -> None:
    recorder = MigrationRecorder(connection)
    recorder.record_unapplied("credit", "0001_initial")
    recorder.record_applied("credit", "0002_of_the_future")
    assert schema.state() == schema.State(
        missing=("credit.0001_initial",), edited=(), newer=("credit.0002_of_the_future",), empty=False
    )


@pytest.mark.nightly
def test_of_two_that_migrate_at_once_one_waits_and_both_are_right(tmp_path: Path) -> None:
    with database() as dsn:
        given = {**os.environ, "DATABASE_URL": dsn, "ABONO_HOME": str(tmp_path)}
        both = [
            subprocess.Popen(
                [sys.executable, "-m", "abono", "migrate", "--verbosity", "0"],
                env=given,
                cwd=Path(__file__).parents[3],
                stderr=subprocess.PIPE,
                text=True,
            )
            for _ in range(2)
        ]
        said = [one.communicate(timeout=200)[1] for one in both]
        assert [one.returncode for one in both] == [0, 0], said
        with psycopg.connect(dsn) as found:
            once = found.execute("SELECT count(*) = count(DISTINCT (app, name)) FROM django_migrations")
            assert once.fetchone() == (True,)
