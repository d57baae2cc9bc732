"""Prove every cycle from the facts (OPS-2), and the way in which campaigns, interactions and roll-ups are proven, too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from abono.platform.postgres import citus

CONTRACTS = 200  # that are looked at together

# One statement, hence one moment: calls that go on meanwhile show as nothing. It looks at a range of contracts.
_CYCLES = """
WITH detached AS (
    SELECT contract_id, cycle_start FROM metering_use_border
     WHERE contract_id BETWEEN %(low)s AND %(high)s AND detached
), sends AS (
    SELECT s.contract_id, s.cycle_start,
           sum(s.price_micro) FILTER (WHERE t.outcome IS NULL)::bigint AS held,
           sum(coalesce(t.drawn_micro, s.price_micro)) FILTER (WHERE t.outcome = 1)::bigint AS used
      FROM metering_send s
      LEFT JOIN metering_settlement t ON t.contract_id = s.contract_id AND t.send_id = s.send_id
            AND t.contract_id BETWEEN %(low)s AND %(high)s
      LEFT JOIN detached d ON d.contract_id = s.contract_id AND d.cycle_start = s.cycle_start
     WHERE s.contract_id BETWEEN %(low)s AND %(high)s AND d.contract_id IS NULL
       AND s.cycle_start > '-infinity'              -- of no cycle are ids that are taken (uncovered)
     GROUP BY s.contract_id, s.cycle_start
    UNION ALL               -- of these not all entries are there any more: their roll-up stands for them
    SELECT d.contract_id, d.cycle_start, 0,
           (coalesce((SELECT sum(u.sent_micro) FROM metering_use u
                       WHERE u.contract_id = d.contract_id AND u.cycle_start = d.cycle_start
                         AND u.contract_id BETWEEN %(low)s AND %(high)s), 0)
            + coalesce((SELECT sum(l.sent * l.price_micro - l.saved_micro)
                          FROM metering_campaign c JOIN metering_campaign_line l USING (contract_id, campaign_id)
                         WHERE c.contract_id = d.contract_id AND c.cycle_start = d.cycle_start
                           AND c.contract_id BETWEEN %(low)s AND %(high)s), 0))::bigint
      FROM detached d
), recounts AS (
    SELECT contract_id, cycle_start, sum(back_micro)::bigint AS back
      FROM metering_recount WHERE contract_id BETWEEN %(low)s AND %(high)s
     GROUP BY contract_id, cycle_start
), campaigns AS (           -- open ones hold what they asked for less what was sent
    SELECT c.contract_id, c.cycle_start, sum(l.places * l.price_micro - coalesce(d.drawn, 0))::bigint AS held
      FROM metering_campaign c JOIN metering_campaign_line l USING (contract_id, campaign_id)
      LEFT JOIN (SELECT s.contract_id, s.campaign_id, s.route_id, sum(coalesce(t.drawn_micro, s.price_micro)) AS drawn
                   FROM metering_send s
                   JOIN metering_settlement t ON t.contract_id = s.contract_id AND t.send_id = s.send_id
                        AND t.contract_id BETWEEN %(low)s AND %(high)s
                  WHERE s.contract_id BETWEEN %(low)s AND %(high)s AND s.campaign_id IS NOT NULL AND t.outcome = 1
                  GROUP BY s.contract_id, s.campaign_id, s.route_id) d USING (contract_id, campaign_id, route_id)
     WHERE c.contract_id BETWEEN %(low)s AND %(high)s AND c.state = 1
     GROUP BY c.contract_id, c.cycle_start
), slices AS (              -- what their sends drew stands as held in the row of the cycle
    SELECT contract_id, cycle_start, sum(sent * price_micro - saved_micro)::bigint AS drawn
      FROM metering_campaign_slice WHERE contract_id BETWEEN %(low)s AND %(high)s
     GROUP BY contract_id, cycle_start
), books AS (
    SELECT contract_id, cycle_start, c.held_micro - coalesce(d.drawn, 0) AS held_micro,
           c.used_micro + coalesce(d.drawn, 0) AS used_micro, c.ceiling_micro,
           coalesce(s.held, 0) + coalesce(k.held, 0) AS held, coalesce(s.used, 0) - coalesce(r.back, 0) AS used
      FROM (SELECT * FROM metering_cycle WHERE contract_id BETWEEN %(low)s AND %(high)s) c
      FULL JOIN sends s USING (contract_id, cycle_start)
      FULL JOIN recounts r USING (contract_id, cycle_start)
      FULL JOIN campaigns k USING (contract_id, cycle_start)
      LEFT JOIN slices d USING (contract_id, cycle_start)
)
SELECT contract_id, cycle_start, 'held_micro', held_micro, held FROM books WHERE held_micro IS DISTINCT FROM held
UNION ALL
SELECT contract_id, cycle_start, 'used_micro', used_micro, used FROM books WHERE used_micro IS DISTINCT FROM used
UNION ALL
SELECT contract_id, cycle_start, 'ceiling_micro', ceiling_micro, held + used FROM books WHERE held + used > ceiling_micro
UNION ALL
SELECT t.contract_id, NULL::timestamptz, 'settlements_without_send', count(*), 0
  FROM metering_settlement t
 WHERE t.contract_id BETWEEN %(low)s AND %(high)s
   AND NOT EXISTS (SELECT FROM metering_send s WHERE s.contract_id = t.contract_id AND s.send_id = t.send_id
                      AND s.contract_id BETWEEN %(low)s AND %(high)s)
 GROUP BY t.contract_id
ORDER BY 1, 2, 3
"""

# Not for cycles of which entries were detached. Totals of channels follow from the sends and from what open campaigns
# hold; caps and budgets of the cycles that are not over follow from the wish.
_OWN_LIMITS = """
WITH budgeted AS (
    SELECT c.contract_id, c.cycle_start FROM metering_cycle c
     WHERE c.contract_id BETWEEN %(low)s AND %(high)s AND c.budgeted
       AND NOT EXISTS (SELECT FROM metering_use_border d
                        WHERE d.contract_id = c.contract_id AND d.cycle_start = c.cycle_start AND d.detached
                          AND d.contract_id BETWEEN %(low)s AND %(high)s)
), facts AS (
    SELECT x.contract_id, x.cycle_start, r.channel, sum(x.amount)::bigint AS total
      FROM (SELECT s.contract_id, s.cycle_start, s.route_id, coalesce(t.drawn_micro, s.price_micro) AS amount
              FROM metering_send s JOIN budgeted USING (contract_id, cycle_start)
              LEFT JOIN metering_settlement t ON t.contract_id = s.contract_id AND t.send_id = s.send_id
                    AND t.contract_id BETWEEN %(low)s AND %(high)s
             WHERE s.contract_id BETWEEN %(low)s AND %(high)s
               AND s.campaign_id IS NULL AND coalesce(t.outcome, 1) = 1
             UNION ALL
            SELECT s.contract_id, s.cycle_start, s.route_id, -k.back_micro
              FROM metering_recount k JOIN budgeted USING (contract_id, cycle_start)
              JOIN metering_send s USING (contract_id, send_id)
             WHERE k.contract_id BETWEEN %(low)s AND %(high)s AND s.contract_id BETWEEN %(low)s AND %(high)s
             UNION ALL
            SELECT c.contract_id, c.cycle_start, l.route_id,
                   CASE c.state WHEN 1 THEN l.places ELSE l.sent END * l.price_micro - l.saved_micro
              FROM metering_campaign c JOIN budgeted USING (contract_id, cycle_start)
              JOIN metering_campaign_line l USING (contract_id, campaign_id)
             WHERE c.contract_id BETWEEN %(low)s AND %(high)s) x
      JOIN catalog_route r ON r.id = x.route_id
     GROUP BY x.contract_id, x.cycle_start, r.channel
)
SELECT contract_id, cycle_start, 'total_micro of channel ' || channel, coalesce(b.total_micro, 0), coalesce(f.total, 0)
  FROM (SELECT x.* FROM metering_channel_budget x
          LEFT JOIN metering_use_border d ON d.contract_id = x.contract_id AND d.cycle_start = x.cycle_start
         WHERE x.contract_id BETWEEN %(low)s AND %(high)s AND d.detached IS NOT TRUE) b
  FULL JOIN facts f USING (contract_id, cycle_start, channel)
 WHERE coalesce(b.total_micro, 0) <> coalesce(f.total, 0)
UNION ALL
SELECT c.contract_id, c.cycle_start, 'cap_micro', c.cap_micro, o.cap_micro
  FROM metering_cycle c JOIN metering_own_limit o USING (contract_id)
 WHERE c.contract_id BETWEEN %(low)s AND %(high)s
   AND c.cycle_end > o.changed_at AND c.cap_micro IS DISTINCT FROM o.cap_micro
UNION ALL
SELECT coalesce(b.contract_id, w.contract_id), coalesce(b.cycle_start, w.cycle_start), 'budget_micro',
       b.budget_micro, w.budget_micro
  FROM (SELECT contract_id, cycle_start, channel, budget_micro FROM metering_channel_budget
          JOIN metering_own_limit o USING (contract_id) JOIN metering_cycle c USING (contract_id, cycle_start)
         WHERE contract_id BETWEEN %(low)s AND %(high)s AND budget_micro IS NOT NULL AND c.cycle_end > o.changed_at) b
  FULL JOIN (SELECT w.contract_id, c.cycle_start, w.channel, w.budget_micro FROM metering_own_budget w
               JOIN metering_own_limit o USING (contract_id) JOIN metering_cycle c USING (contract_id)
              WHERE w.contract_id BETWEEN %(low)s AND %(high)s AND c.cycle_end > o.changed_at) w USING (contract_id, cycle_start, channel)
 WHERE b.budget_micro IS DISTINCT FROM w.budget_micro
ORDER BY 1, 2, 3
"""
# What was taken of free quantities follows from the sends that took of them; one that draws nothing takes nothing.
_FREE = """
SELECT coalesce(f.contract_id, s.contract_id), NULL::timestamptz,
       'free ' || coalesce(f.channel, s.channel) || ' ' || coalesce(f.kind, s.kind) || ' taken', f.taken, s.taken
  FROM (SELECT * FROM metering_free WHERE contract_id BETWEEN %(low)s AND %(high)s) f
  FULL JOIN (SELECT contract_id, channel, kind, sender, every, began, sum(units)::bigint AS taken
               FROM metering_free_send WHERE contract_id BETWEEN %(low)s AND %(high)s
              GROUP BY contract_id, channel, kind, sender, every, began) s
      USING (contract_id, channel, kind, sender, every, began)
 WHERE coalesce(f.taken, 0) <> coalesce(s.taken, 0)
UNION ALL
SELECT f.contract_id, s.cycle_start, 'free units of a send that draws nothing', f.units, 0
  FROM metering_free_send f
  JOIN metering_send s ON s.contract_id = f.contract_id AND s.send_id = f.send_id AND s.contract_id BETWEEN %(low)s AND %(high)s
  JOIN metering_settlement t ON t.contract_id = f.contract_id AND t.send_id = f.send_id
        AND t.contract_id BETWEEN %(low)s AND %(high)s
 WHERE f.contract_id BETWEEN %(low)s AND %(high)s AND t.outcome <> 1
ORDER BY 1, 2, 3
"""
# No send draws more than was held for it, and what it was recounted to is what was given back less (PKG-13).
_LESS = """
SELECT t.contract_id, s.cycle_start, 'drawn beyond its hold', t.drawn_micro, s.price_micro
  FROM metering_settlement t
  JOIN metering_send s ON s.contract_id = t.contract_id AND s.send_id = t.send_id AND s.contract_id BETWEEN %(low)s AND %(high)s
 WHERE t.contract_id BETWEEN %(low)s AND %(high)s AND t.drawn_micro > s.price_micro
UNION ALL
SELECT contract_id, cycle_start, 'recounted to', k.drawn, coalesce(t.drawn_micro, s.price_micro) - k.back
  FROM (SELECT contract_id, send_id, min(drawn_micro) AS drawn, sum(back_micro)::bigint AS back
          FROM metering_recount WHERE contract_id BETWEEN %(low)s AND %(high)s GROUP BY contract_id, send_id) k
  JOIN metering_send s USING (contract_id, send_id) JOIN metering_settlement t USING (contract_id, send_id)
 WHERE s.contract_id BETWEEN %(low)s AND %(high)s AND t.contract_id BETWEEN %(low)s AND %(high)s
   AND (t.outcome <> 1 OR k.drawn <> coalesce(t.drawn_micro, s.price_micro) - k.back)
ORDER BY 1, 2, 3
"""
DIFFERENCES = (_CYCLES, _OWN_LIMITS, _FREE, _LESS)

# Where something can lie that belongs to no cycle: the others are looked at from these.
_TABLES = (
    "metering_cycle",
    "metering_send",
    "metering_settlement",
    "metering_recount",
    "metering_campaign",
    "metering_campaign_slice",
    "metering_channel_budget",
    "metering_free",
    "metering_contact_event",
    "metering_interaction",
    "metering_use",
    "metering_use_apart",
)


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is booked and does not follow from the facts."""

    contract_id: UUID
    cycle_start: datetime | None
    what: str
    booked: int | None
    proven: int | None


def differences(
    statements: Sequence[str],
    *,
    contract_id: UUID | None = None,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Difference]:
    """What the statements find, by contract and then as they come; each looks at a range of contracts.

    contract_id   of this contract only
    progress      is told how many contracts are done, again and again

    Reads the facts whole: seconds per million rows, in the memory that CONTRACTS of them need.
    """
    done = 0
    for low, high, count in _ranges(contract_id):
        for statement in statements:
            yield from _found(statement, low, high)
        done += count
        if progress is not None:
            progress(done)


def _found(statement: str, low: UUID, high: UUID) -> list[Difference]:
    """Of many contracts the facts are joined as a whole, also where old statistics say that there are few: one after
    the other would take time that grows with their square. A lateral join is always so, and what is in it PostgreSQL
    before 18 plans badly where that is forbidden."""
    with transaction.atomic(), connection.cursor() as cursor:
        if low != high and "LATERAL" not in statement:
            # Forbidden ways are planned as very dear ones, for which JIT compiles for seconds.
            cursor.execute("SET LOCAL enable_nestloop = off; SET LOCAL jit = off")
        cursor.execute(_of_one(statement) if low == high else statement, {"low": low, "high": high})
        return [Difference(*row) for row in cursor.fetchall()]


def _ranges(contract_id: UUID | None) -> Iterator[tuple[UUID, UUID, int]]:
    """Ranges of keys that cover all contracts, also those of which only facts are left; and how many are in each."""
    if contract_id is not None:
        yield contract_id, contract_id, 1
        return
    if citus.distributed():
        yield from ((key, key, 1) for key in _keys())
        return
    low, last = UUID(int=0), UUID(int=2**128 - 1)
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT contract_id FROM metering_cycle WHERE contract_id >= %s"
                " GROUP BY contract_id ORDER BY contract_id LIMIT %s",
                [low, CONTRACTS],
            )
            keys = [key for (key,) in cursor.fetchall()]
        if len(keys) < CONTRACTS or keys[-1] == last:
            yield low, last, len(keys)
            return
        yield low, keys[-1], len(keys)
        low = UUID(int=keys[-1].int + 1)


def _of_one(statement: str) -> str:
    """The same statement about one contract: a cluster answers that where the contract lives, in one moment."""
    return statement.replace("BETWEEN %(low)s AND %(high)s", "= %(low)s")


def _keys() -> list[UUID]:
    """Every contract of which there is anything, in order."""
    keys: set[UUID] = set()
    with connection.cursor() as cursor:
        for table in _TABLES:
            cursor.execute(f"SELECT DISTINCT contract_id FROM {table}")  # noqa: S608
            keys.update(key for (key,) in cursor.fetchall())
    return sorted(keys)
