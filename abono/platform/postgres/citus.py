"""A Citus cluster: whether there is one, and what it has to be told so that what belongs together lives together (docs/citus.md).

Every step says whether it is done already, so that the steps can be taken again: after a migration that brought a
new table or function, or after one that failed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connection

SHARDS = 32
# Works where there is no such extension, too.
DISTRIBUTED = (
    "SELECT EXISTS (SELECT FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid"
    " WHERE p.proname = 'citus_truncate_trigger')"
)

_FOREIGN_KEYS = """
SELECT c.conrelid::regclass::text, c.conname FROM pg_constraint c
 WHERE c.contype = 'f' AND (c.conrelid = ANY (%(copied)s::regclass[])) <> (c.confrelid = ANY (%(copied)s::regclass[]))
 ORDER BY 1, 2
"""
_NOT_DISTRIBUTED = """
SELECT c.oid::regclass::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = %(key)s
 WHERE c.relname ^@ %(prefix)s AND c.relkind IN ('r', 'p') AND NOT c.relispartition
   AND c.relname NOT LIKE '%%\\_detached' AND NOT EXISTS (SELECT FROM pg_dist_partition d WHERE d.logicalrelid = c.oid)
 ORDER BY c.relname <> %(first)s, 1
"""
# Their plans are made for the key at hand, whose node follows from it.
_FUNCTIONS = """
SELECT p.oid::regprocedure::text, p.proname = ANY (%(whole)s),
       o.distribution_argument_index IS NOT NULL AND coalesce(o.force_delegation, false) = (p.proname = ANY (%(whole)s)),
       NOT coalesce('plan_cache_mode=force_generic_plan' = ANY (p.proconfig), false)
  FROM pg_proc p
  LEFT JOIN pg_dist_object o ON o.classid = 'pg_proc'::regclass AND o.objid = p.oid
 WHERE p.proname ^@ %(prefix)s AND p.proargnames[1] = %(argument)s AND p.proargtypes[0] = 'uuid'::regtype
 ORDER BY 1
"""


class NoCluster(Exception):
    """The database is no coordinator of a Citus cluster, or has no node that may keep shards."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What lies where.

    prefix       of the names of all its tables and functions
    key          the column by which its tables are cut; those without it stay on the coordinator
    argument     the first one of the functions that run where the key lives
    first        the table with which all others lie
    copied       tables on every node, for the functions
    in_the_way   triggers, with their table, that would reach from every node into what only the coordinator has
    whole        functions that catch an error which the coordinator does not tell from others: in a transaction, too, they
                 run on the node. Functions that read what is copied cannot be told so
    anywhere     functions without a key that others call on every node
    """

    prefix: str
    key: str
    argument: str
    first: str
    copied: tuple[str, ...] = ()
    in_the_way: tuple[tuple[str, str], ...] = ()
    whole: tuple[str, ...] = ()
    anywhere: tuple[str, ...] = ()


@cache
def distributed() -> bool:
    """Whether Django's database is a cluster on which tables are distributed. A process asks once."""
    with connection.cursor() as cursor:
        cursor.execute(DISTRIBUTED)
        return bool(cursor.fetchone()[0])


@dataclass(frozen=True, slots=True)
class Step:
    """Something that is missing, and the statements that bring it about; each is a transaction."""

    what: str
    statements: tuple[tuple[str, tuple[Any, ...]], ...]


def missing(layout: Layout, *, shards: int = SHARDS) -> list[Step]:
    """What `distribute` would do, in order; nothing when all is done. Raises NoCluster."""
    _require_cluster()
    return [*_unchained(layout), *_copies(layout), *_tables(layout, shards), *_functions(layout)]


def distribute(layout: Layout, *, shards: int = SHARDS) -> Iterator[Step]:
    """Take the missing steps; yields each before it is taken. Raises NoCluster.

    shards   of each table; fixed from the first time on

    Nobody may write meanwhile: rows are moved, and a process that runs has its mind made up about where they are.
    """
    steps = missing(layout, shards=shards)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(
            "SET citus.enable_unsafe_triggers = on"
        )  # ours refuse changes of a row; they look at nothing else
        for step in steps:
            yield step
            for statement, arguments in step.statements:
                cursor.execute(statement, arguments or None)


def _require_cluster() -> None:
    if _rows("SELECT to_regclass('pg_dist_node') IS NULL")[0][0]:
        raise NoCluster("the extension citus is not installed in this database")
    if not _rows("SELECT FROM pg_dist_node WHERE isactive AND shouldhaveshards"):
        raise NoCluster("no active node of this cluster may keep shards: see citus_add_node")
    if not _rows("SELECT FROM pg_dist_node WHERE groupid = 0"):
        raise NoCluster("the coordinator has no address yet: see citus_set_coordinator_host")


def _unchained(layout: Layout) -> Iterator[Step]:
    for table, name in _rows(_FOREIGN_KEYS, {"copied": list(layout.copied)}):
        yield _step(f"drop foreign key {name}", f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    for table, trigger in layout.in_the_way:
        if _rows("SELECT FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname = %s", [table, trigger]):
            yield _step(f"drop trigger {trigger}", f"DROP TRIGGER {trigger} ON {table}")


def _copies(layout: Layout) -> Iterator[Step]:
    for table in layout.copied:
        if not _rows("SELECT FROM pg_dist_partition WHERE logicalrelid = %s::regclass", [table]):
            yield Step(
                f"copy {table} to every node",
                (
                    ("SELECT create_reference_table(%s)", (table,)),
                    ("SELECT truncate_local_data_after_distributing_table(%s)", (table,)),
                ),
            )


def _tables(layout: Layout, shards: int) -> Iterator[Step]:
    known = {"prefix": layout.prefix, "key": layout.key, "first": layout.first}
    for (table,) in _rows(_NOT_DISTRIBUTED, known):
        how: tuple[str, tuple[Any, ...]] = (
            "SELECT create_distributed_table(%s, %s, colocate_with := %s)",
            (table, layout.key, layout.first),
        )
        if table == layout.first:
            how = (
                "SELECT create_distributed_table(%s, %s, colocate_with := 'none', shard_count := %s)",
                (table, layout.key, shards),
            )
        yield Step(
            f"distribute {table}",
            (how, ("SELECT truncate_local_data_after_distributing_table(%s)", (table,))),
        )


def _functions(layout: Layout) -> Iterator[Step]:
    for name in layout.anywhere:
        [(signature, there)] = _rows(
            "SELECT p.oid::regprocedure::text, o.objid IS NOT NULL FROM pg_proc p LEFT JOIN pg_dist_object o"
            " ON o.classid = 'pg_proc'::regclass AND o.objid = p.oid WHERE p.proname = %s",
            [name],
        )
        if not there:
            yield _step(
                f"copy {signature} to every node", "SELECT create_distributed_function(%s)", signature
            )
    known = {"prefix": layout.prefix, "argument": layout.argument, "whole": list(layout.whole)}
    for signature, whole, routed, own_plans in _rows(_FUNCTIONS, known):
        if not routed:
            yield _step(
                f"run {signature} where its rows are",
                "SELECT create_distributed_function(%s, %s, colocate_with := %s, force_delegation := %s)",
                signature,
                layout.argument,
                layout.first,
                whole,
            )
        if not own_plans:
            yield _step(
                f"plan {signature} for the key at hand",
                f"ALTER FUNCTION {signature} SET plan_cache_mode = force_custom_plan",
            )


def _step(what: str, statement: str, *arguments: Any) -> Step:
    return Step(what, ((statement, arguments),))


def _rows(statement: str, arguments: Any = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments if arguments else {})
        return list(cursor.fetchall())
