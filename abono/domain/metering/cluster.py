"""What a Citus cluster has to be told once, so that each contract's rows and functions live together (docs/citus.md).

Nothing here is for a plain server. Every step says whether it is done already, so that the steps can be taken again:
after a migration that brought a new table or function, or after one that failed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection

SHARDS = 32
FIRST = "metering_cycle"  # all others lie with it
REFERENCE = (
    "catalog_route",
    "catalog_sessionprice",
    "metering_interaction_kind",
)  # on every node, for the functions
# They would reach from every node into tables that only the coordinator has, or ask the whole cluster for one row.
_IN_THE_WAY = (("catalog_sessionprice", "catalog_price_in_order"),)
# It catches that an id was written meanwhile, which the coordinator does not tell from other errors: in a transaction,
# too, it runs on the node. Functions that read what is copied to every node cannot be told so.
_WHOLE = "metering_campaign_settle_"
_ANYWHERE = ("metering_warn_next_v1",)  # functions without a contract that others call on every node

_FOREIGN_KEYS = """
SELECT c.conrelid::regclass::text, c.conname FROM pg_constraint c
 WHERE c.contype = 'f' AND (c.conrelid = ANY (%(reference)s::regclass[])) <> (c.confrelid = ANY (%(reference)s::regclass[]))
 ORDER BY 1, 2
"""
_NOT_DISTRIBUTED = """
SELECT c.oid::regclass::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'contract_id'
 WHERE c.oid::regclass::text LIKE 'metering\\_%%' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
   AND c.relname NOT LIKE '%%\\_detached' AND NOT EXISTS (SELECT FROM pg_dist_partition d WHERE d.logicalrelid = c.oid)
 ORDER BY c.relname <> %(first)s, 1
"""
# The functions that take one contract first; their plans are made for the contract at hand, whose node follows from it.
_FUNCTIONS = """
SELECT p.oid::regprocedure::text,
       o.distribution_argument_index IS NOT NULL AND coalesce(o.force_delegation, false) = (p.proname ^@ %(whole)s),
       NOT coalesce('plan_cache_mode=force_generic_plan' = ANY (p.proconfig), false)
  FROM pg_proc p
  LEFT JOIN pg_dist_object o ON o.classid = 'pg_proc'::regclass AND o.objid = p.oid
 WHERE p.proname LIKE 'metering\\_%%' AND p.proargnames[1] = 'p_contract' AND p.proargtypes[0] = 'uuid'::regtype
 ORDER BY 1
"""


class NoCluster(Exception):
    """The database is no coordinator of a Citus cluster, or has no node that may keep shards."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something that is missing, and the statements that bring it about; each is a transaction."""

    what: str
    statements: tuple[tuple[str, tuple[Any, ...]], ...]


def missing(*, shards: int = SHARDS) -> list[Step]:
    """What `distribute` would do, in order; nothing when all is done. Raises NoCluster."""
    _require_cluster()
    return [*_unchained(), *_references(), *_tables(shards), *_functions()]


def distribute(*, shards: int = SHARDS) -> Iterator[Step]:
    """Take the missing steps; yields each before it is taken. Raises NoCluster.

    shards   of each table; fixed from the first time on

    Nobody may write meanwhile: rows are moved, and a process that runs has its mind made up about where they are.
    """
    steps = missing(shards=shards)
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


def _unchained() -> Iterator[Step]:
    for table, name in _rows(_FOREIGN_KEYS, {"reference": list(REFERENCE)}):
        yield _step(f"drop foreign key {name}", f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    for table, trigger in _IN_THE_WAY:
        if _rows("SELECT FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname = %s", [table, trigger]):
            yield _step(f"drop trigger {trigger}", f"DROP TRIGGER {trigger} ON {table}")


def _references() -> Iterator[Step]:
    for table in REFERENCE:
        if not _rows("SELECT FROM pg_dist_partition WHERE logicalrelid = %s::regclass", [table]):
            yield Step(
                f"copy {table} to every node",
                (
                    ("SELECT create_reference_table(%s)", (table,)),
                    ("SELECT truncate_local_data_after_distributing_table(%s)", (table,)),
                ),
            )


def _tables(shards: int) -> Iterator[Step]:
    for (table,) in _rows(_NOT_DISTRIBUTED, {"first": FIRST}):
        how: tuple[str, tuple[Any, ...]] = (
            "SELECT create_distributed_table(%s, 'contract_id', colocate_with := %s)",
            (table, FIRST),
        )
        if table == FIRST:
            how = (
                "SELECT create_distributed_table(%s, 'contract_id', colocate_with := 'none', shard_count := %s)",
                (table, shards),
            )
        yield Step(
            f"distribute {table}",
            (how, ("SELECT truncate_local_data_after_distributing_table(%s)", (table,))),
        )


def _functions() -> Iterator[Step]:
    for name in _ANYWHERE:
        [(signature, there)] = _rows(
            "SELECT p.oid::regprocedure::text, o.objid IS NOT NULL FROM pg_proc p LEFT JOIN pg_dist_object o"
            " ON o.classid = 'pg_proc'::regclass AND o.objid = p.oid WHERE p.proname = %s",
            [name],
        )
        if not there:
            yield _step(
                f"copy {signature} to every node", "SELECT create_distributed_function(%s)", signature
            )
    for signature, routed, own_plans in _rows(_FUNCTIONS, {"whole": _WHOLE}):
        if not routed:
            yield _step(
                f"run {signature} where the contract is",
                "SELECT create_distributed_function(%s, 'p_contract', colocate_with := %s, force_delegation := %s)",
                signature,
                FIRST,
                signature.startswith(_WHOLE),
            )
        if not own_plans:
            yield _step(
                f"plan {signature} for the contract at hand",
                f"ALTER FUNCTION {signature} SET plan_cache_mode = force_custom_plan",
            )


def _step(what: str, statement: str, *arguments: Any) -> Step:
    return Step(what, ((statement, arguments),))


def _rows(statement: str, arguments: Any = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments if arguments else {})
        return list(cursor.fetchall())
