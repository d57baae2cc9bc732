"""The walls between customers in the database itself: row-level security, and which role may do what (ACC-2, ADR 28).

Set up after each migration, from what the tables themselves say: a table with a `customer_id` is kept apart by it, one
with a `contract_id` by the contracts of the customer, one that points at such a table by that, one that may point at several by each. What has no customer
is named, with the reason. A table that is neither is closed to all that serves customers, and a test fails.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db import connection, transaction

from abono.platform.postgres import doors, roles, scope
from abono.platform.postgres.roles import Role

OWN, CROSSING = "own", "crossing"  # the policies of a table: who sees a customer's rows, who sees all
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('abono:walls'))"

_TABLES = """
SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity,
       (SELECT obj_description(p.oid, 'pg_policy') FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = %s),
       ARRAY(SELECT a.attname::text FROM pg_attribute a
              WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum),
       ARRAY(SELECT a.attname::text FROM pg_attribute a
              WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND NOT a.attnotnull)
  FROM pg_class c
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
 ORDER BY 1
"""
_POINTS = """
SELECT c.conrelid::regclass::text, a.attname, c.confrelid::regclass::text, f.attname, a.attnotnull
  FROM pg_constraint c
  JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
  JOIN pg_attribute f ON f.attrelid = c.confrelid AND f.attnum = c.confkey[1]
 WHERE c.contype = 'f' AND cardinality(c.conkey) = 1 AND c.conrelid <> c.confrelid
 ORDER BY 1, a.attnotnull DESC, a.attnum
"""


@dataclass(frozen=True, slots=True)
class Layout:
    """What the tables do not say themselves. All by name of the table.

    customers   the table of customers; `contracts` that of contracts, which has a `customer_id`
    without     those that have no customer, and why
    sellers     rows of no customer, or of several, that only what crosses may see
    given       those that the owner alone writes: migrations, the catalog
    grows       rows are added, never changed or removed: neither by a role nor by mistake
    aged        rows are added, never changed, and removed when they are old
    removed     rows may be removed; of all others they may not
    anybodys    where a row of nobody may be added by who works for a customer: it is not seen again
    secret      what people who look are not shown
    doors       what the fast lane may say, by a word for each: see `doors`
    upkeep      what only the owner may and the worker does all the same, likewise
    """

    customers: str
    contracts: str
    without: Mapping[str, str]
    sellers: Mapping[str, str] = field(default_factory=dict)
    given: frozenset[str] = frozenset()
    grows: frozenset[str] = frozenset()
    aged: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()
    anybodys: frozenset[str] = frozenset()
    secret: frozenset[str] = frozenset()
    doors: Mapping[str, str] = field(default_factory=dict)
    upkeep: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it stands: `whose` is the condition for a row to be the customer's, None where it has none;
    `loose` the columns that say whose it is and may be null in what is added; `forced` whether the wall stands."""

    name: str
    whose: str | None
    loose: tuple[str, ...]
    forced: bool
    said: str | None
    known: bool = True


def set_up(layout: Layout) -> list[str]:
    """Bring roles, rights and policies to what they must be. Returns tables that are neither kept apart nor named.

    May be done at any time, by several at once; waits for no lock longer than five seconds. Raises roles.CannotMake.
    """
    roles.make()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '5s'")
        cursor.execute(_ONE_AT_A_TIME)
        for statement in _questions(layout):
            cursor.execute(statement)
        tables = look(layout)
        for table in tables:
            for statement in _policies(table):
                cursor.execute(statement)
        for statement in _rights(layout, [table.name for table in tables]):
            cursor.execute(statement)
        for made, role, prefix in (
            (layout.doors, Role.METER, doors.PREFIX),
            (layout.upkeep, Role.WORKER, doors.WORKERS),
        ):
            others = ", ".join(roles.named(other) for other in Role if other is not role)
            doors.make(made, for_role=roles.named(role), not_for=others, prefix=prefix)
    return [table.name for table in tables if not table.known]


def look(layout: Layout) -> list[Table]:
    """Every table, and how it is kept apart."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES, [OWN])
        rows = cursor.fetchall()
        cursor.execute(_POINTS)
        points: dict[str, list[_Point]] = {}
        for name, *point in cursor.fetchall():
            points.setdefault(name, []).append(_Point(*point))
    found: dict[str, tuple[str | None, tuple[str, ...], bool]] = {}

    def way(
        name: str, columns: list[str], above: tuple[str, ...]
    ) -> tuple[str | None, tuple[str, ...], bool]:
        if name not in found:
            found[name] = _way(layout, name, columns, points.get(name, []), parent, above)
        return found[name]

    by_name = {row[0]: row for row in rows}

    def parent(name: str, above: tuple[str, ...]) -> str | None:
        return None if name in above or name not in by_name else way(name, by_name[name][3], above)[0]

    tables = []
    for name, forced, said, columns, nullable in rows:
        whose, by, known = way(name, columns, ())
        loose = tuple(c for c in by if c in nullable and name in layout.anybodys)
        tables.append(Table(name, whose, loose, forced, said, known))
    return tables


class _Point(NamedTuple):
    """A column that points at a table."""

    column: str
    to: str
    key: str
    always: bool


def _way(
    layout: Layout, name: str, columns: list[str], points: list[_Point], parent: Any, above: Any
) -> tuple[str | None, tuple[str, ...], bool]:
    """How a row says whose it is, by which columns, and whether that is known."""
    if name in layout.without:
        return None, (), True
    if name in layout.sellers:
        return "false", (), True
    mine = f"{_CUSTOMER}()"
    if name == layout.customers:
        return f"id = {mine}", (), True
    if "customer_id" in columns:
        return f"customer_id = {mine}", ("customer_id",), True
    if "contract_id" in columns:
        return f"contract_id = ANY ({_CONTRACTS}())", ("contract_id",), True
    ways = [one for one in points if parent(one.to, (*above, name)) is not None]
    if ways and ways[0].always:
        ways = ways[:1]
    exist = [f"EXISTS (SELECT FROM {one.to} p WHERE p.{one.key} = {name}.{one.column})" for one in ways]
    return " OR ".join(exist) or "false", tuple(one.column for one in ways), bool(ways)


_CUSTOMER, _CONTRACTS = "scope_customer_v1", "scope_contracts_v1"
_ASKS = (
    "LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100"  # in operators: an index is asked rather than each row
)


def _questions(layout: Layout) -> Iterator[str]:
    """What a connection is told, and what policies ask of it: no query, so that to plan and to ask it costs little."""
    told, theirs = (f"current_setting('{one}', true)" for one in (scope.SETTING, scope.CONTRACTS))
    yield (
        f"CREATE OR REPLACE FUNCTION {_CUSTOMER}() RETURNS uuid {_ASKS}"
        f" AS $$ BEGIN RETURN CASE WHEN length({told}) = 36 THEN {told}::uuid END; END $$"
    )
    yield (
        f"CREATE OR REPLACE FUNCTION {_CONTRACTS}() RETURNS uuid[] {_ASKS}"
        f" AS $$ BEGIN RETURN {theirs}::uuid[]; END $$"
    )
    mine = f"SELECT id FROM {layout.contracts} WHERE customer_id = {_CUSTOMER}()"  # noqa: S608 - names of ours
    yield (
        f"CREATE OR REPLACE FUNCTION {scope.SAY}(under text, whom text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN"
        f" PERFORM set_config('role', under, false), set_config('{scope.SETTING}', whom, false);"
        f" PERFORM set_config('{scope.CONTRACTS}', '{{}}', false);"
        f" IF length(whom) = 36 THEN PERFORM set_config('{scope.CONTRACTS}', ARRAY({mine})::text, false); END IF;"
        " END $$"
    )


def _policies(table: Table) -> Iterator[str]:
    """Nothing where the wall stands as it must: to change one, callers of the table have to wait."""
    if table.whose is None:
        if table.forced:
            yield f"ALTER TABLE {table.name} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY"
        return
    seen = table.whose
    written = " OR ".join([seen, *(f"{column} IS NULL" for column in table.loose)])
    everybody = ", ".join(["CURRENT_USER", *map(roles.named, (Role.ACROSS, Role.WORKER, Role.READER))])
    policies = (
        f"CREATE POLICY {OWN} ON {table.name} TO {roles.named(Role.WEB)} USING ({seen}) WITH CHECK ({written})",
        f"CREATE POLICY {CROSSING} ON {table.name} TO {everybody} USING (true) WITH CHECK (true)",
    )
    digest = hashlib.sha256("\n".join(policies).encode()).hexdigest()[:16]
    if table.forced and table.said == digest:
        return
    yield f"ALTER TABLE {table.name} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"
    for name, policy in zip((OWN, CROSSING), policies, strict=True):
        yield f"DROP POLICY IF EXISTS {name} ON {table.name}"
        yield policy
    yield f"COMMENT ON POLICY {OWN} ON {table.name} IS '{digest}'"


def _rights(layout: Layout, tables: Iterable[str]) -> Iterator[str]:
    """Nobody has more than is said here, whatever was granted before. Partitions are reached through their tables."""
    serving = ", ".join(map(roles.named, (Role.WEB, Role.ACROSS, Role.WORKER)))
    every = f"{serving}, {roles.named(Role.METER)}, {roles.named(Role.READER)}"
    yield f"GRANT USAGE ON SCHEMA public TO {every}"
    yield "REVOKE CREATE ON SCHEMA public FROM PUBLIC"
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, {every}"
    yield f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM PUBLIC, {every}"
    yield f"REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC, {every}"
    yield f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {serving}"
    yield f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {serving}"
    granted: dict[str, list[str]] = {}
    for table in tables:
        granted.setdefault(_rights_on(layout, table), []).append(table)
    for rights, names in granted.items():
        yield f"GRANT {rights} ON {', '.join(names)} TO {serving}"
    shown = [name for names in granted.values() for name in names if name not in layout.secret]
    yield f"GRANT SELECT ON {', '.join(shown)} TO {roles.named(Role.READER)}"


def _rights_on(layout: Layout, table: str) -> str:
    """What serves customers may do with a table."""
    if table in layout.given:
        return "SELECT"
    if table in layout.grows:
        return "SELECT, INSERT"
    if table in layout.aged:
        return "SELECT, INSERT, DELETE"
    return "SELECT, INSERT, UPDATE, DELETE" if table in layout.removed else "SELECT, INSERT, UPDATE"
