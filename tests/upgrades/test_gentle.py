"""Migrations that come after a release add; they neither stop service nor the programs of the version before (OPS-5)."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.db.migrations import Migration, RunSQL

from abono.platform.postgres import schema
from abono.platform.postgres.drawing import each_model_by_itself
from tests.upgrades import dumps, gentle

pytestmark = [pytest.mark.django_db, pytest.mark.rule("OPS-5", part="without stopping")]


def made_up(sql: str, **said: object) -> Migration:
    return type("Migration", (Migration,), {"operations": [RunSQL(sql)], **said})("0002_made_up", "credit")


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE customers_customer RENAME COLUMN legal_name TO name",
        'ALTER TABLE "customers_customer" DROP COLUMN "legal_name" CASCADE',
        "DROP TABLE credit_entry",
        "DROP FUNCTION metering_hold_v1(uuid[])",
        "ALTER TABLE credit_entry ADD COLUMN note text NOT NULL",
        "ALTER TABLE credit_entry ADD COLUMN note text DEFAULT '' NOT NULL; ALTER TABLE credit_entry ALTER COLUMN note DROP DEFAULT",
        "ALTER TABLE credit_entry ADD COLUMN key uuid NOT NULL DEFAULT gen_random_uuid()",
        "ALTER TABLE credit_entry ALTER COLUMN note TYPE integer",
        "ALTER TABLE credit_entry ALTER COLUMN note SET NOT NULL",
        "ALTER TABLE credit_entry ADD CONSTRAINT one UNIQUE (note)",
        "ALTER TABLE credit_entry ADD CONSTRAINT whole CHECK (note <> '')",
        "CREATE UNIQUE INDEX one ON credit_entry (note)",
        "LOCK TABLE credit_entry",
        "CREATE OR REPLACE FUNCTION metering_levels_v1() RETURNS void LANGUAGE plpgsql AS $$ BEGIN NULL; END $$",
    ],
)
def test_what_would_stop_service_or_the_version_before_is_told(sql: str) -> None:
    assert len(gentle.harsh([made_up(sql)], released=())) == 1


def test_what_is_added_is_taken_and_what_nobody_uses_any_more_goes_one_version_later() -> None:
    adds = (
        "CREATE TABLE note (id uuid NOT NULL); CREATE INDEX fast ON note (id); ALTER TABLE note ADD CONSTRAINT c CHECK (true);"
        "ALTER TABLE credit_entry ADD COLUMN note text; ALTER TABLE credit_entry ADD COLUMN one integer NOT NULL DEFAULT 0;"
        "ALTER TABLE credit_entry ADD CONSTRAINT whole CHECK (one > 0) NOT VALID;"
        "ALTER TABLE credit_entry VALIDATE CONSTRAINT whole; CREATE INDEX CONCURRENTLY two ON credit_entry (one);"
        "CREATE FUNCTION metering_levels_v2() RETURNS void LANGUAGE plpgsql AS $$ BEGIN LOCK TABLE credit_entry; END $$"
    )
    assert gentle.harsh([made_up(adds)], released=()) == []
    drop = "DROP TABLE credit_entry"
    assert gentle.harsh([made_up(drop, unused_since="0.3.0")], released=["0.2.0", "0.3.0"]) == []
    assert len(gentle.harsh([made_up(drop, unused_since="0.4.0")], released=["0.2.0", "0.3.0"])) == 1


@pytest.mark.timeout(180)
def test_every_migration_after_the_last_release_only_adds() -> None:
    released = dumps.released()
    known = {name for version in released for name in dumps.prints(dumps.read(version))}
    later = [
        import_module(f"tests.upgrades.later.migrations.{name}") for name in ("0001_initial", "0002_index")
    ]
    made_up = [module.Migration(module.__name__.rpartition(".")[2], "later") for module in later]
    with each_model_by_itself():
        after = gentle.after(known or schema.prints())
        assert (
            gentle.harsh([*after, *made_up], released=released) == []
        )  # in one go: all tables are drawn once
