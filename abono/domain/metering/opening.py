"""Open cycles of metering: one, or those of many contracts in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection

from abono.domain.metering.types import NewCycle
from abono.kernel.ids import first_id
from abono.platform.postgres import citus
from abono.platform.postgres.adding import beside
from abono.platform.postgres.arrays import Texts, columns
from abono.platform.use_case import use_case

OLD_ID = timedelta(days=2)  # a send whose id is so much older than its cycle is set apart (docs/growth.md)


@use_case
def open_cycles(cycles: Sequence[NewCycle]) -> list[bool]:
    """Make the rows of cycles, or correct those in which nothing happened yet. The full value is there (PKG-3), and
    the customers' own limits hold (LIM-5).

    Returns of each False, and leaves it as it is, when something was held, counted or raised in it before.
    Raises ValueError for a cycle that overlaps another of its contract.
    """
    at_once = len(cycles) > 1 and not citus.distributed()  # where its function goes to each one's node
    made = _open_new(cycles) if at_once else set()
    return [(one.contract_id, one.cycle.start) in made or open_cycle(one) for one in cycles]


def _open_new(cycles: Sequence[NewCycle]) -> set[tuple[UUID, datetime]]:
    """Make the rows of those that are not there yet, of contracts without limits of their customer's own, in one statement.
    Returns which; the function of one knows what to do with the others."""
    texts = Texts(str)
    rows = ([str(one.contract_id), *(texts[what] for what in _columns(one)[1:])] for one in cycles)
    with beside() as cursor:
        cursor.execute(_OPEN_NEW, columns(rows))
        return set(cursor.fetchall())


def open_cycle(cycle: NewCycle) -> bool:
    """One of them."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, list(_columns(cycle)))
        made: bool | None = cursor.fetchone()[0]
    if made is None:
        raise ValueError("cycles of a contract do not overlap")
    return made


_OPEN = "SELECT metering_open_cycle_v1(%s, %s, %s, %s, %s, %s, %s, %s::smallint, %s, %s)"
# Where the first warning is, is reckoned once for all that give the same. Cycles of a contract do not overlap: the last one that begins
# before this one ends is the one that could.
_OPEN_NEW = """
WITH n AS MATERIALIZED (
    SELECT * FROM unnest(%s::uuid[], %s::timestamptz[], %s::timestamptz[], %s::uuid[], %s::bigint[], %s::bigint[], %s::bigint[],
                         %s::smallint[], %s::timestamptz[], %s::uuid[])
                  AS n(contract, since, until, package, value, ceiling, included, overage, sealed_to, sealed_id)
), warned AS MATERIALIZED (
    SELECT value, ceiling, metering_warn_next_v1(value, ceiling, 0::smallint) AS next_micro
      FROM (SELECT DISTINCT value, ceiling FROM n) given
), made AS (
    INSERT INTO metering_cycle (contract_id, cycle_start, cycle_end, package_id, value_micro, ceiling_micro,
                                included_interactions, overage_percent, warn_next_micro, sealed_to, sealed_id)
    SELECT contract, since, until, package, value, ceiling, included, overage, next_micro, sealed_to, sealed_id
      FROM n JOIN warned USING (value, ceiling)
     WHERE coalesce((SELECT c.cycle_end FROM metering_cycle c WHERE c.contract_id = n.contract AND c.cycle_start < n.until
                      ORDER BY c.cycle_start DESC LIMIT 1) <= n.since, true)
       AND NOT EXISTS (SELECT FROM metering_own_limit w WHERE w.contract_id = n.contract)
       AND NOT EXISTS (SELECT FROM metering_own_budget w WHERE w.contract_id = n.contract)
        ON CONFLICT DO NOTHING
    RETURNING contract_id, cycle_start, sealed_to, sealed_id
), border AS (
    INSERT INTO metering_use_border (contract_id, cycle_start, rolled_to, rolled_id) SELECT * FROM made ON CONFLICT DO NOTHING
)
SELECT contract_id, cycle_start FROM made
"""


def _columns(one: NewCycle) -> tuple[Any, ...]:
    cycle = one.cycle
    return (
        one.contract_id,
        cycle.start,
        cycle.end,
        one.package_id,
        one.value_micro,
        one.ceiling_micro,
        one.included_interactions,
        one.overage_percent,
        *_sealed(cycle.start),
    )


@lru_cache
def _sealed(since: datetime) -> tuple[datetime, UUID]:
    """Until when the sends of a cycle are set apart, and the first id after that."""
    sealed_to = since - OLD_ID
    return sealed_to, first_id(sealed_to)
