"""What each role of the database may do to any table, and calls (ACC-2, ACC-6)."""

from __future__ import annotations

from datetime import date, timedelta

import psycopg
import pytest

from abono.domain.metering.layout import ENTRIES
from abono.entrypoints.cli.walls import GROWS, LAYOUT
from abono.entrypoints.meter import engine
from abono.entrypoints.meter.doors import DOORS
from abono.platform import clock
from abono.platform.postgres import doors, partitions, roles, walls
from abono.platform.postgres.roles import Role
from tests.domain.rows import rows_in_every_table
from tests.domain.walls.asking import EVERY_TABLE, SERVING, columns, names, refused, role, rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("gateway")]


EVERY_ROLE = [roles.named(who) for who in Role]


def may(who: Role, what: str) -> set[str]:
    """The tables with which this role may do one of these."""
    return names(
        f"SELECT relname FROM ({EVERY_TABLE}) t WHERE has_table_privilege(%s, relname::regclass, %s)",
        roles.named(who),
        what,
    )


def may_call(who: Role) -> set[str]:
    return names(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        " AND has_function_privilege(%s, oid, 'EXECUTE')",
        roles.named(who),
    )


def test_no_role_owns_anything_or_stands_above_the_walls() -> None:
    above = (
        "SELECT rolname FROM pg_roles WHERE rolname = ANY (%s) AND"
        " (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication OR rolcanlogin)"
    )
    assert names(above, EVERY_ROLE) == set()
    assert names("SELECT relname FROM pg_class WHERE relowner::regrole::text = ANY (%s)", EVERY_ROLE) == set()
    assert names("SELECT proname FROM pg_proc WHERE proowner::regrole::text = ANY (%s)", EVERY_ROLE) == set()


@pytest.mark.parametrize("who", Role)
def test_no_role_empties_a_table_or_turns_its_triggers_off(who: Role) -> None:
    assert may(who, "TRUNCATE, TRIGGER, REFERENCES") == set()
    with role(who):
        refused("TRUNCATE platform_event CASCADE", why="permission denied")
        refused("ALTER TABLE platform_event DISABLE TRIGGER ALL", why="must be owner")
        refused("ALTER TABLE platform_event DISABLE ROW LEVEL SECURITY", why="must be owner")
        refused("SET session_replication_role = replica", why="permission denied")
        refused("CREATE TABLE public.mine (id int)", why="permission denied")


@pytest.mark.rule("ACC-6", part="cannot be changed")
@pytest.mark.parametrize("who", SERVING)
def test_what_only_grows_is_neither_changed_nor_removed_by_what_serves_customers(who: Role) -> None:
    a_column = {table: min(columns(table)) for table in sorted(GROWS | LAYOUT.aged)}
    with role(who):
        for table, column in a_column.items():
            refused(f"UPDATE {table} SET {column} = {column}", why="permission denied")
            if table in LAYOUT.aged and who is not Role.METER:
                continue
            refused(f"DELETE FROM {table}", why="permission denied")
            refused(f"TRUNCATE {table} CASCADE", why="permission denied")


def test_what_a_trigger_protects_is_in_the_list_and_is_not_emptied_by_its_owner_either() -> None:
    protected = names(
        "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger"
        " WHERE tgfoid = 'append_only_v1'::regproc AND tgtype & 1 = 1"  # for each row
    )
    assert protected
    assert protected <= GROWS
    for table in protected:
        refused(f"TRUNCATE {table} CASCADE", why="never changed or removed")


def test_rows_go_only_from_the_tables_of_which_it_is_said() -> None:
    for who in SERVING:
        assert may(who, "DELETE") == (set() if who is Role.METER else LAYOUT.removed | LAYOUT.aged)


def test_the_fast_lanes_role_reads_and_writes_no_table() -> None:
    assert may(Role.METER, "SELECT, INSERT, UPDATE, DELETE") == set()


def test_the_fast_lane_connects_under_its_role_and_calls_its_doors_alone() -> None:
    with psycopg.connect(engine.database()) as lane:
        assert lane.execute("SELECT current_user").fetchone() == (roles.named(Role.METER),)
    callable_by = {who: may_call(who) for who in SERVING}
    ours = {doors.named(what, statement) for what, statement in DOORS.items()}
    upkeep = {doors.named(what, said, doors.WORKERS) for what, said in LAYOUT.upkeep.items()}
    assert callable_by[Role.METER] == ours
    assert [who for who in SERVING if callable_by[who] & ours] == [Role.METER]
    assert [who for who in SERVING if callable_by[who] & upkeep] == [Role.WORKER]
    assert names("SELECT proname FROM pg_proc WHERE prosecdef") == ours | upkeep


def test_a_door_takes_no_search_path_of_its_callers() -> None:
    settings = "SELECT DISTINCT setting FROM pg_proc, unnest(proconfig) setting WHERE prosecdef"
    assert names(settings) == {"search_path=pg_catalog, public, pg_temp"}


def test_who_looks_sees_every_customer_without_secrets_and_changes_nothing() -> None:
    padaria = rows_in_every_table()
    with role(Role.READER):
        assert padaria.contract_id in names("SELECT id FROM contracts_contract")
        for table in sorted(LAYOUT.secret):
            refused(f"SELECT FROM {table}", why="permission denied")
        refused("DELETE FROM contracts_contract", why="permission denied")
    assert may(Role.READER, "INSERT, UPDATE, DELETE") == set()


def test_upkeep_of_the_tables_is_done_as_their_owner_and_then_no_more() -> None:
    with role(Role.WORKER):
        with roles.as_owner() as owns:
            assert owns
            rows("CREATE TABLE next_month (id int)")
        refused("CREATE TABLE another_month (id int)", why="permission denied")


def test_a_worker_makes_the_months_to_come_and_no_other_table() -> None:
    now = clock.now()
    door = doors.call("month", partitions.for_workers(ENTRIES), doors.WORKERS)
    with role(Role.WORKER):
        made = partitions.create_ahead(ENTRIES, now=now, ahead=30, make=door)
        assert len(made) == 2 * (30 - partitions.AHEAD)
        assert partitions.create_ahead(ENTRIES, now=now, ahead=30, make=door) == []
        for tables, month in (
            (["metering_cycle"], date(2027, 1, 1)),  # of a table that has no months
            (list(ENTRIES.tables), now.date() + timedelta(days=3_000)),
            (list(ENTRIES.tables), date(2026, 1, 1)),
            (list(ENTRIES.tables), date(2027, 1, 2)),
        ):
            assert rows(door, tables, month) == [(None,)]
        refused("SELECT make_month_v1('{metering_send}', '2040-01-01')", why="permission denied")
    owners = "SELECT DISTINCT relowner::regrole::text FROM pg_class WHERE relname ^@ 'metering_send_p'"
    assert names(owners) == names("SELECT current_user::text")


def test_roles_are_there_already_and_may_be_made_again() -> None:
    roles.make()
    assert walls.set_up(LAYOUT) == []


def test_who_makes_backups_may_read_every_table_and_change_none() -> None:
    """As docs/database-roles.md says it is made: PostgreSQL's own right to read; past the walls, which a dump needs."""
    rows("CREATE ROLE a_backup NOLOGIN BYPASSRLS")
    rows("GRANT pg_read_all_data TO a_backup")
    everything = sorted(names(EVERY_TABLE))
    may_do = (
        "SELECT relname FROM unnest(%s::text[]) relname WHERE has_table_privilege('a_backup', relname, %s)"
    )
    assert names(may_do, everything, "SELECT") == set(everything)
    assert names(may_do, everything, "INSERT, UPDATE, DELETE, TRUNCATE") == set()
