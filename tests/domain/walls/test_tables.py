"""Every table has a wall or a reason to have none, and the lists of both are whole (ACC-2)."""

from __future__ import annotations

from uuid import uuid4

import pytest

from abono.entrypoints.cli.walls import GROWS, LAYOUT, WITHOUT_A_CUSTOMER
from abono.platform.postgres import roles, walls
from abono.platform.postgres.roles import Role
from tests.domain.walls.asking import EVERY_TABLE, count, names, rows, tables, web

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("gateway")]


def not_kept_apart() -> set[str]:
    """Tables that have neither a wall nor a reason to have none."""
    unwalled = {
        name
        for name, forced, own, crossing in rows(
            "SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity,"
            " (SELECT p.roles::text[] FROM pg_policies p WHERE p.tablename = c.relname AND p.policyname = 'own'),"
            " (SELECT p.roles::text[] FROM pg_policies p WHERE p.tablename = c.relname AND p.policyname = 'crossing')"
            f" FROM ({EVERY_TABLE}) t JOIN pg_class c ON c.oid = t.relname::regclass"
        )
        if name not in WITHOUT_A_CUSTOMER
        and not (forced and own == [roles.named(Role.WEB)] and roles.named(Role.WEB) not in crossing)
    }
    return unwalled | {table.name for table in walls.look(LAYOUT) if not table.known}


@pytest.mark.rule("ACC-2", part="the database too")
def test_every_table_keeps_customers_apart_or_has_a_reason_why_there_is_none() -> None:
    assert not_kept_apart() == set()


@pytest.mark.rule("ACC-2", part="the database too")
def test_a_new_table_of_nobody_is_closed_and_noticed_one_of_a_customer_is_kept_apart_by_itself() -> None:
    rows("CREATE TABLE mystery (id bigint PRIMARY KEY)")
    rows("CREATE TABLE favour (id bigint PRIMARY KEY, customer_id uuid NOT NULL)")
    assert not_kept_apart() == {"mystery", "favour"}
    assert walls.set_up(LAYOUT) == ["mystery"]
    assert not_kept_apart() == {"mystery"}
    rows("INSERT INTO mystery VALUES (1)")
    rows("INSERT INTO favour VALUES (1, gen_random_uuid())")
    with web(uuid4()):
        assert (count("mystery"), count("favour")) == (0, 0)


def test_the_list_of_tables_without_a_customer_has_none_that_is_gone_or_has_one_after_all() -> None:
    named = {*WITHOUT_A_CUSTOMER, *LAYOUT.sellers, *GROWS, *LAYOUT.given, *LAYOUT.removed, *LAYOUT.secret}
    assert named - tables() == set()
    with_one = names(
        "SELECT table_name FROM information_schema.columns"
        " WHERE column_name IN ('customer_id', 'contract_id') AND table_name = ANY (%s)",
        list(WITHOUT_A_CUSTOMER),
    )
    assert with_one == set()


def test_what_says_whose_a_row_is_is_never_null_but_where_the_list_says_so() -> None:
    nullable = rows(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND is_nullable = 'YES' AND column_name IN ('customer_id', 'contract_id')"
    )
    assert set(nullable) == {
        ("approvals_approval", "customer_id"),  # what waits for a second person of the seller
        ("contracts_signup", "contract_id"),  # an order that is being made: of nobody yet
        ("identity_apikey", "customer_id"),  # the seller's own
        ("identity_signon", "customer_id"),  # of the seller
        ("journal_entry", "contract_id"),  # money of nobody, which the seller looks at
        ("journal_entry", "customer_id"),
        ("notices_notice", "customer_id"),  # what the seller's people are told
        ("platform_due", "customer_id"),  # the seller's work
        ("platform_event", "customer_id"),  # what the seller did
    }


def test_partitions_are_reached_through_their_table_only() -> None:
    granted = rows(
        "SELECT c.relname, r FROM pg_class c, unnest(%s::text[]) r WHERE c.relispartition"
        " AND has_table_privilege(r, c.oid, 'SELECT, INSERT, UPDATE, DELETE')",
        [roles.named(one) for one in Role],
    )
    assert granted == []
