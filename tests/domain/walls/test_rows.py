"""Whose rows are seen, changed and made, tried on every table (ACC-2)."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import transaction

from abono.domain.contracts import queries as contracts
from abono.domain.contracts.errors import NoSuchContract
from abono.domain.metering.queries import cycles
from abono.entrypoints.cli.walls import GROWS, LAYOUT
from abono.platform.postgres import scope
from abono.platform.postgres.roles import Role
from abono.platform.postgres.scope import Crossing
from tests.domain.rows import rows_in_every_table
from tests.domain.walls.asking import (
    changed,
    columns,
    count,
    kept_apart,
    refused,
    role,
    rows,
    web,
)
from tests.world import make_luna

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("gateway")]


@pytest.mark.rule("ACC-2", part="the database too")
def test_with_nobody_said_no_table_has_a_row_and_none_takes_one() -> None:
    padaria = rows_in_every_table()
    full = [table for table in kept_apart() if count(table)]
    assert len(full) > 40
    with web(None):
        assert [table for table in full if count(table)] == []
        refused(
            "INSERT INTO notices_muted (customer_id, kind, audience, since)"
            f" VALUES ('{padaria.customer_id}', 'x', 'y', now())",
            why="row-level security",
        )


@pytest.mark.rule("ACC-2", part="the database too")
def test_another_customer_sees_changes_and_removes_no_row_of_any_table() -> None:
    padaria = rows_in_every_table()
    before = {table: count(table) for table in kept_apart()}
    luna = make_luna()
    hers = {table: count(table) - before[table] for table in before}
    with web(luna.customer_id):
        seen = {table: count(table) for table in before}
        assert {table: number for table, number in seen.items() if number > hers[table]} == {}
        assert seen["contracts_contract"] == 1
        assert seen["invoicing_invoiceline"] == hers["invoicing_invoiceline"] > 0
        for table in before:
            mine = f"WHERE contract_id = '{padaria.contract_id}'"
            if "contract_id" not in columns(table):
                continue
            if table not in GROWS:
                assert changed(f"UPDATE {table} SET contract_id = contract_id {mine}") == 0
            if table in LAYOUT.removed:
                assert changed(f"DELETE FROM {table} {mine}") == 0
        refused(
            f"UPDATE contracts_contract SET customer_id = '{padaria.customer_id}'", why="row-level security"
        )
        refused(
            "INSERT INTO metering_refused_hold (contract_id, send_id)"
            f" VALUES ('{padaria.contract_id}', gen_random_uuid())",
            why="row-level security",
        )
    assert {table: count(table) - hers[table] for table in before} == before


@pytest.mark.rule("ACC-2", part="the database too")
def test_code_that_forgot_whose_it_is_finds_nothing_of_another_customer() -> None:
    padaria, luna = rows_in_every_table(), make_luna()
    with web(padaria.customer_id):
        assert contracts.get(padaria.contract_id).customer_id == padaria.customer_id
        assert cycles(padaria.contract_id)
    with web(luna.customer_id):
        with pytest.raises(NoSuchContract):
            contracts.get(padaria.contract_id)
        assert cycles(padaria.contract_id) == []


@pytest.mark.parametrize("why", Crossing)
def test_a_crossing_that_has_a_name_sees_everybody_and_one_that_has_none_nobody(why: Crossing) -> None:
    make_luna()
    with web(why):
        assert count("contracts_contract") == 1
    with scope.working("everybody"):
        assert count("contracts_contract") == 0


def test_a_customer_issues_no_key_of_the_sellers() -> None:
    luna = make_luna()
    with web(luna.customer_id):
        refused(
            "INSERT INTO identity_apikey (id, name, prefix, hash, scopes, created_at)"
            " VALUES (gen_random_uuid(), 'x', 'y', 'z', '{write}', now())",
            why="row-level security",
        )


def test_jobs_work_for_every_customer() -> None:
    make_luna()
    with role(Role.WORKER):
        assert count("contracts_contract") == 1
        assert changed("UPDATE customers_customer SET financial_name = 'Luna'") == 1


@pytest.mark.rule("ACC-2", part="the database too")
def test_one_connection_serves_customers_in_turns_and_keeps_nothing_of_the_one_before() -> None:
    padaria, luna = rows_in_every_table(), make_luna()
    own = "SELECT DISTINCT customer_id FROM contracts_contract"
    cycles_of = "SELECT DISTINCT contract_id FROM metering_cycle"
    for whom in (padaria, luna, padaria):
        with web(whom.customer_id):
            assert rows(own) == [(whom.customer_id,)]
            assert rows(cycles_of) == [(whom.contract_id,)]
        for nobody in (None, uuid4()):
            with web(nobody):
                assert rows(own) == rows(cycles_of) == []
        with web(Crossing.SELLER):
            assert len(rows(cycles_of)) > 1


@pytest.mark.rule("ACC-2", part="the database too")
def test_an_index_finds_the_rows_of_a_customer_and_no_policy_asks_a_query_for_each_statement() -> None:
    padaria = rows_in_every_table()
    rows("SET LOCAL enable_seqscan = off")  # there are few rows
    with web(padaria.customer_id):
        for table, asks in (
            ("metering_send", "scope_contracts_v1"),
            ("invoicing_invoice", "scope_customer_v1"),
        ):
            plan = "\n".join(line for (line,) in rows(f"EXPLAIN SELECT FROM {table}"))
            assert "InitPlan" not in plan
            assert all(asks in line for line in plan.splitlines() if "Cond:" in line)
            assert "Filter:" not in plan


def test_what_was_said_in_a_transaction_that_failed_is_said_again() -> None:
    padaria, luna = rows_in_every_table(), make_luna()
    own = "SELECT DISTINCT customer_id FROM contracts_contract"
    with web(padaria.customer_id):
        for wrong in ("SELECT 1 / 0", "SELECT nothing"):
            with scope.working(str(luna.customer_id)):
                refused(f"{own}; {wrong}", why="division by zero|does not exist")
            assert rows(own) == [(padaria.customer_id,)]
        with transaction.atomic(), scope.working(str(luna.customer_id)):
            assert rows(own) == [(luna.customer_id,)]
            transaction.set_rollback(True)
        assert rows(own) == [(padaria.customer_id,)]
