"""What the database itself keeps apart, tried by every role on every table (ACC-2)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from abono.domain.contracts import queries as contracts
from abono.domain.contracts.errors import NoSuchContract
from abono.domain.metering.queries import cycles
from abono.entrypoints.cli.walls import GROWS, LAYOUT, WITHOUT_A_CUSTOMER
from abono.entrypoints.meter import engine
from abono.entrypoints.meter.doors import DOORS
from abono.platform.postgres import doors, roles, scope, walls
from abono.platform.postgres.engine.base import SERVED
from abono.platform.postgres.roles import Role
from abono.platform.postgres.scope import Crossing
from tests.domain.rows import rows_in_every_table
from tests.world import make_luna

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("gateway")]

SERVING = (Role.WEB, Role.ACROSS, Role.METER, Role.WORKER)
EVERY_TABLE = """SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
                 AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1"""


def rows(statement: str, *arguments: object) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments or None)
        return list(cursor.fetchall()) if cursor.description else []


def count(table: str) -> int:
    return int(rows(f"SELECT count(*) FROM {table}")[0][0])


def changed(statement: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.rowcount)


def tables() -> list[str]:
    return [name for (name,) in rows(EVERY_TABLE)]


def kept_apart() -> list[str]:
    return [table.name for table in walls.look(LAYOUT) if table.whose is not None]


@contextmanager
def role(who: Role) -> Iterator[None]:
    served = connection.settings_dict[SERVED]
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


# ---- the catalogue


def not_kept_apart() -> list[str]:
    """Tables that have neither a wall nor a reason to have none."""
    return [
        name
        for name, forced, own, crossing in rows(
            "SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity,"
            " (SELECT p.roles::text[] FROM pg_policies p WHERE p.tablename = c.relname AND p.policyname = 'own'),"
            " (SELECT p.roles::text[] FROM pg_policies p WHERE p.tablename = c.relname AND p.policyname = 'crossing')"
            f" FROM ({EVERY_TABLE}) t JOIN pg_class c ON c.oid = t.relname::regclass"
        )
        if name not in WITHOUT_A_CUSTOMER
        and not (forced and own == [roles.named(Role.WEB)] and roles.named(Role.WEB) not in crossing)
    ] + [table.name for table in walls.look(LAYOUT) if not table.known]


@pytest.mark.rule("ACC-2", part="the database too")
def test_every_table_keeps_customers_apart_or_has_a_reason_why_there_is_none() -> None:
    assert not_kept_apart() == []


@pytest.mark.rule("ACC-2", part="the database too")
def test_a_new_table_of_nobody_is_closed_and_noticed_one_of_a_customer_is_kept_apart_by_itself() -> None:
    rows("CREATE TABLE mystery (id bigint PRIMARY KEY)")
    rows("CREATE TABLE favour (id bigint PRIMARY KEY, customer_id uuid NOT NULL)")
    assert set(not_kept_apart()) == {"mystery", "favour"}
    assert walls.set_up(LAYOUT) == ["mystery"]
    assert set(not_kept_apart()) == {"mystery"}
    rows("INSERT INTO mystery VALUES (1)")
    rows("INSERT INTO favour VALUES (1, gen_random_uuid())")
    with web(uuid4()):
        assert (count("mystery"), count("favour")) == (0, 0)


def test_the_list_of_tables_without_a_customer_has_none_that_is_gone_or_has_one_after_all() -> None:
    named = {*WITHOUT_A_CUSTOMER, *LAYOUT.sellers, *GROWS, *LAYOUT.given, *LAYOUT.removed, *LAYOUT.secret}
    assert named - set(tables()) == set()
    with_one = rows(
        "SELECT DISTINCT table_name FROM information_schema.columns"
        " WHERE column_name IN ('customer_id', 'contract_id') AND table_name = ANY (%s)",
        list(WITHOUT_A_CUSTOMER),
    )
    assert with_one == []


def test_what_says_whose_a_row_is_is_never_null_but_where_the_list_says_so() -> None:
    nullable = {
        (table, column)
        for table, column in rows(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND is_nullable = 'YES' AND column_name IN ('customer_id', 'contract_id')"
        )
    }
    assert nullable == {
        ("approvals_approval", "customer_id"),  # what waits for a second person of the seller
        ("contracts_signup", "contract_id"),  # an order that is being made: of nobody yet
        ("identity_apikey", "customer_id"),  # the seller's own
        ("identity_signon", "customer_id"),  # of the seller
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


# ---- roles


def test_no_role_owns_anything_or_stands_above_the_walls() -> None:
    names = [roles.named(one) for one in Role]
    assert (
        rows(
            "SELECT rolname FROM pg_roles WHERE rolname = ANY (%s) AND (rolsuper OR rolbypassrls OR rolcreaterole"
            " OR rolcreatedb OR rolreplication OR rolcanlogin)",
            names,
        )
        == []
    )
    assert rows("SELECT relname FROM pg_class WHERE relowner::regrole::text = ANY (%s)", names) == []
    assert rows("SELECT proname FROM pg_proc WHERE proowner::regrole::text = ANY (%s)", names) == []


@pytest.mark.parametrize("who", Role)
def test_no_role_empties_a_table_or_turns_its_triggers_off(who: Role) -> None:
    more = rows(
        f"SELECT relname FROM ({EVERY_TABLE}) t"
        " WHERE has_table_privilege(%s, relname::regclass, 'TRUNCATE, TRIGGER, REFERENCES')",
        roles.named(who),
    )
    assert more == []
    with role(who):
        refused("TRUNCATE platform_event CASCADE", why="permission denied")
        refused("ALTER TABLE platform_event DISABLE TRIGGER ALL", why="must be owner")
        refused("ALTER TABLE platform_event DISABLE ROW LEVEL SECURITY", why="must be owner")
        refused("SET session_replication_role = replica", why="permission denied")
        refused("CREATE TABLE public.mine (id int)", why="permission denied")


@pytest.mark.rule("ACC-6", part="cannot be changed")
@pytest.mark.parametrize("who", SERVING)
@pytest.mark.parametrize("table", sorted(GROWS))
def test_what_only_grows_is_neither_changed_nor_removed_by_what_serves_customers(
    who: Role, table: str
) -> None:
    [(column,)] = rows(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s ORDER BY ordinal_position LIMIT 1",
        table,
    )
    with role(who):
        refused(f"UPDATE {table} SET {column} = {column}", why="permission denied")
        refused(f"DELETE FROM {table}", why="permission denied")
        refused(f"TRUNCATE {table} CASCADE", why="permission denied")


def test_what_a_trigger_protects_is_in_the_list_and_is_not_emptied_by_its_owner_either() -> None:
    protected = {
        name
        for (name,) in rows(
            "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger"
            " WHERE tgfoid = 'append_only_v1'::regproc AND tgtype & 1 = 1"  # for each row
        )
    }
    assert protected
    assert protected <= GROWS
    for table in protected:
        refused(f"TRUNCATE {table} CASCADE", why="never changed or removed")


def test_rows_go_only_from_the_tables_of_which_it_is_said() -> None:
    for who in SERVING:
        removed = {
            name
            for (name,) in rows(
                f"SELECT relname FROM ({EVERY_TABLE}) t WHERE has_table_privilege(%s, relname::regclass, 'DELETE')",
                roles.named(who),
            )
        }
        assert removed == (set() if who is Role.METER else LAYOUT.removed)


def test_the_fast_lanes_role_reads_and_writes_no_table() -> None:
    mine = rows(
        f"SELECT relname FROM ({EVERY_TABLE}) t"
        " WHERE has_table_privilege(%s, relname::regclass, 'SELECT, INSERT, UPDATE, DELETE')",
        roles.named(Role.METER),
    )
    assert mine == []


def test_the_fast_lane_connects_under_its_role_and_calls_its_doors_alone() -> None:
    with psycopg.connect(engine.database()) as lane:
        assert lane.execute("SELECT current_user").fetchone() == (roles.named(Role.METER),)
    callable_by = {
        who: {
            name
            for (name,) in rows(
                "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
                " AND has_function_privilege(%s, oid, 'EXECUTE')",
                roles.named(who),
            )
        }
        for who in SERVING
    }
    ours = {doors.named(what, statement) for what, statement in DOORS.items()}
    assert callable_by[Role.METER] == ours
    assert [who for who in SERVING if callable_by[who] & ours] == [Role.METER]
    assert rows("SELECT proname FROM pg_proc WHERE prosecdef AND NOT proname = ANY (%s)", sorted(ours)) == []


def test_a_door_takes_no_search_path_of_its_callers() -> None:
    assert rows(
        "SELECT DISTINCT setting FROM pg_proc, unnest(proconfig) setting WHERE proname ^@ %s", doors.PREFIX
    ) == [("search_path=pg_catalog, public, pg_temp",)]


def test_who_looks_sees_every_customer_without_secrets_and_changes_nothing() -> None:
    padaria = rows_in_every_table()
    with role(Role.READER):
        assert rows("SELECT count(*) FROM contracts_contract WHERE customer_id = %s", padaria.customer_id)[0][
            0
        ]
        for table in sorted(LAYOUT.secret):
            refused(f"SELECT FROM {table}", why="permission denied")
        for table in tables():
            refused(f"DELETE FROM {table}", why="permission denied")


# ---- rows


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


def columns(table: str) -> set[str]:
    return {
        name
        for (name,) in rows("SELECT column_name FROM information_schema.columns WHERE table_name = %s", table)
    }


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


# ---- connections


@pytest.mark.rule("ACC-2", part="the database too")
def test_one_connection_serves_customers_in_turns_and_keeps_nothing_of_the_one_before() -> None:
    padaria, luna = rows_in_every_table(), make_luna()
    own = "SELECT DISTINCT customer_id FROM contracts_contract"
    for whom in (padaria, luna, padaria):
        with web(whom.customer_id):
            assert rows(own) == [(whom.customer_id,)]
        with web(None):
            assert rows(own) == []


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


def test_upkeep_of_the_tables_is_done_as_their_owner_and_then_no_more() -> None:
    with role(Role.WORKER):
        with roles.as_owner() as owns:
            assert owns
            rows("CREATE TABLE next_month (id int)")
        refused("CREATE TABLE another_month (id int)", why="permission denied")


def test_roles_are_there_already_and_may_be_made_again() -> None:
    roles.make()
    assert walls.set_up(LAYOUT) == []
