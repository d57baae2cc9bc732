"""What a cycle used, from its roll-up and from the entries that it has not reached: exact at every moment (FIN-5).

One statement reads roll-up, entries and campaigns, and says whether the border is where it was: one moment.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from operator import add
from typing import Any
from uuid import UUID

from django.db import connection

from abono.domain.catalog.types import RouteKey
from abono.domain.usage.types import DayUse, RouteUse, TimedUse
from abono.kernel.ids import HASHED
from abono.kernel.periods import Period, day_start, local_date

# Rows of (moment, route, sent, its value, held, its value, rejected, expired, units of what was sent). Sends beyond the border and those
# set apart are read one by one; campaigns count what they sent, and while they are open hold the rest.
_USE = """
WITH border AS MATERIALIZED (
    SELECT coalesce((SELECT (b.rolled_to, b.rolled_id) = (%(rolled_to)s::timestamptz, %(rolled_id)s::uuid)
                       FROM metering_use_border b WHERE b.contract_id = %(contract)s AND b.cycle_start = %(start)s),
                    %(rolled_id)s = '00000000-0000-0000-0000-000000000000'::uuid) AS same
), live AS (
    SELECT s.held_at, s.route_id, coalesce(t.drawn_micro, s.price_micro) AS price_micro, t.outcome,
           coalesce(s.units, 1) AS units
      FROM metering_send s
      LEFT JOIN metering_settlement t ON t.contract_id = s.contract_id AND t.send_id = s.send_id
            AND t.contract_id = %(contract)s AND t.send_id >= %(rolled_id)s AND t.send_id < %(other)s
     WHERE s.contract_id = %(contract)s AND s.send_id >= %(rolled_id)s AND s.send_id < %(other)s
       AND s.cycle_start = %(start)s AND s.campaign_id IS NULL
       AND NOT EXISTS (SELECT FROM metering_use_apart a
                        WHERE a.contract_id = %(contract)s AND a.cycle_start = %(start)s AND a.send_id = s.send_id)
    UNION ALL
    SELECT s.held_at, s.route_id, coalesce(t.drawn_micro, s.price_micro) AS price_micro, t.outcome,
           coalesce(s.units, 1) AS units
      FROM metering_send s
      LEFT JOIN metering_settlement t ON t.contract_id = s.contract_id AND t.send_id = s.send_id
            AND t.contract_id = %(contract)s AND t.send_id >= %(other)s
     WHERE s.contract_id = %(contract)s AND s.send_id >= %(other)s AND s.held_at >= %(rolled_to)s
       AND s.cycle_start = %(start)s AND s.campaign_id IS NULL
       AND NOT EXISTS (SELECT FROM metering_use_apart a
                        WHERE a.contract_id = %(contract)s AND a.cycle_start = %(start)s AND a.send_id = s.send_id)
    UNION ALL
    SELECT s.held_at, s.route_id, coalesce(t.drawn_micro, s.price_micro) AS price_micro, t.outcome,
           coalesce(s.units, 1) AS units
      FROM metering_use_apart a
      JOIN metering_send s ON s.contract_id = a.contract_id AND s.send_id = a.send_id
      LEFT JOIN metering_settlement t ON t.contract_id = a.contract_id AND t.send_id = a.send_id
     WHERE a.contract_id = %(contract)s AND a.cycle_start = %(start)s
), use AS (
    SELECT u.quarter AS at, u.route_id, u.sent, u.sent_micro, 0::bigint AS held, 0::bigint AS held_micro,
           u.rejected, u.expired, u.units
      FROM metering_use u WHERE u.contract_id = %(contract)s AND u.cycle_start = %(start)s
    UNION ALL
    SELECT l.held_at, l.route_id,
           (l.outcome IS NOT DISTINCT FROM 1)::int, CASE WHEN l.outcome = 1 THEN l.price_micro ELSE 0 END,
           (l.outcome IS NULL)::int, CASE WHEN l.outcome IS NULL THEN l.price_micro ELSE 0 END,
           (l.outcome IS NOT NULL AND l.outcome IN (2, 4))::int, (l.outcome IS NOT DISTINCT FROM 3)::int,
           CASE WHEN l.outcome = 1 THEN l.units ELSE 0 END
      FROM live l
    UNION ALL
    SELECT s.held_at, s.route_id, 0, -k.back_micro, 0, 0, 0, 0, 0
      FROM metering_recount k JOIN metering_send s ON s.contract_id = k.contract_id AND s.send_id = k.send_id
     WHERE k.contract_id = %(contract)s AND k.cycle_start = %(start)s
    UNION ALL
    SELECT c.held_at, l.route_id, l.sent + s.sent,
           (l.sent + s.sent) * l.price_micro - l.saved_micro - s.saved,
           s.open, s.open * l.price_micro + s.saved, l.rejected + s.rejected, 0,
           (l.sent + s.sent) * coalesce(l.units, 1)
      FROM metering_campaign c
      JOIN metering_campaign_line l ON l.contract_id = %(contract)s AND l.campaign_id = c.campaign_id
     CROSS JOIN LATERAL (
           SELECT coalesce(sum(y.sent), 0)::bigint AS sent, coalesce(sum(y.rejected), 0)::bigint AS rejected,
                  coalesce(sum(y.open), 0)::bigint AS open, coalesce(sum(y.saved_micro), 0)::bigint AS saved
             FROM metering_campaign_slice y
            WHERE y.contract_id = %(contract)s AND y.cycle_start = c.cycle_start AND y.campaign_id = c.campaign_id
              AND y.line = l.line) s
     WHERE c.contract_id = %(contract)s AND c.cycle_start = %(start)s
)
"""
_SUMS = """r.channel, r.kind, r.country, sum(u.sent)::bigint, sum(u.sent_micro)::bigint, sum(u.held)::bigint,
       sum(u.held_micro)::bigint, sum(u.rejected)::bigint, sum(u.expired)::bigint, sum(u.units)::bigint
  FROM use u JOIN catalog_route r ON r.id = u.route_id"""
_ANY = "HAVING sum(u.sent + u.held + u.rejected + u.expired) > 0"
_BY_ROUTE = f"""{_USE}
SELECT b.same, x.* FROM border b LEFT JOIN (
SELECT {_SUMS} GROUP BY 1, 2, 3 {_ANY}) x ON true
 ORDER BY 2, 3, 4
"""  # noqa: S608
_BY_ROUTE_AND_DAY = f"""{_USE}
SELECT b.same, x.* FROM border b LEFT JOIN (
SELECT width_bucket(u.at, %(bounds)s::timestamptz[]), {_SUMS} GROUP BY 1, 2, 3, 4 {_ANY}) x ON true
 ORDER BY 3, 4, 5, 2
"""  # noqa: S608
_IN_ORDER = f"""{_USE}
SELECT b.same, x.* FROM border b LEFT JOIN (
SELECT date_bin('15 minutes', u.at, timestamptz 'epoch'), r.channel, r.kind, r.country, sum(u.sent_micro)::bigint
  FROM use u JOIN catalog_route r ON r.id = u.route_id
 GROUP BY 1, 2, 3, 4 HAVING sum(u.sent_micro) > 0) x ON true
 ORDER BY 2, 3, 4, 5
"""  # noqa: S608
type _Rows = list[list[Any]]
type _Key = dict[str, Any]

_NOT_YET = (datetime(1970, 1, 1, tzinfo=UTC), UUID(int=0))  # the border of a cycle that has none


def use_of_cycle(
    *, contract_id: UUID, cycle: Period, zone: str, in_order: bool = False
) -> tuple[list[RouteUse], list[DayUse], list[TimedUse]]:
    """`use_by_route`, and sends that are held or drawn per local day and channel, days in order (TIM-5), and where it
    is asked for `use_in_order`: of one moment.

    What campaigns hold and sent is of the day on which they were held. Local days of every zone begin at a quarter
    of an hour in UTC, so that roll-ups can be read.
    """
    key = _key(contract_id, cycle.start)
    while True:
        border = _border(key)
        rows = _read(_BY_ROUTE_AND_DAY, {**key, "bounds": _bounds(cycle, zone)}, border)
        ordered = _read(_IN_ORDER, key, border) if in_order and rows is not None else []
        if rows is not None and ordered is not None:
            return _added_up(rows), _days(rows, cycle, zone), _ordered(ordered)


def use_by_route(*, contract_id: UUID, cycle_start: datetime) -> list[RouteUse]:
    """Sends of a cycle per channel, kind and country, with what open campaigns hold.

    Their `sent_micro` add up to the cycle's used_micro, their `held_micro` to its held_micro.
    """
    return _routes(_until_read(_BY_ROUTE, _key(contract_id, cycle_start)))


def use_in_order(*, contract_id: UUID, cycle_start: datetime) -> list[TimedUse]:
    """What sends of a cycle drew, by the quarter of an hour in which they were held, and by route, in order.

    What campaigns sent is of the quarter in which they were held. The amounts add up to the cycle's used_micro.
    """
    return _ordered(_until_read(_IN_ORDER, _key(contract_id, cycle_start)))


def free_units(*, contract_id: UUID, cycle_start: datetime) -> dict[tuple[str, str], int]:
    """Units that a free quantity gave to sends of a cycle, by channel and kind (CAT-9). Those of a window after something
    that a contact did are told from no others that cost nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT f.channel, f.kind, sum(f.units)::bigint FROM metering_free_send f"
            " JOIN metering_send s ON s.contract_id = f.contract_id AND s.send_id = f.send_id"
            " WHERE f.contract_id = %s AND s.cycle_start = %s GROUP BY 1, 2",
            [contract_id, cycle_start],
        )
        return {(channel, kind): units for channel, kind, units in cursor.fetchall()}


def _ordered(rows: _Rows) -> list[TimedUse]:
    return [TimedUse(at, (channel, kind, country), micro) for at, channel, kind, country, micro in rows]


def _routes(rows: _Rows) -> list[RouteUse]:
    return [RouteUse(*row) for row in rows]


def _added_up(rows: _Rows) -> list[RouteUse]:
    """Over all days."""
    sums: dict[RouteKey, tuple[int, ...]] = {}
    for _day, channel, kind, country, *of_day in rows:
        route = (channel, kind, country)
        before = sums.get(route, (0,) * len(of_day))
        sums[route] = tuple(map(add, before, of_day))
    return [RouteUse(*route, *numbers) for route, numbers in sums.items()]


def _days(rows: _Rows, cycle: Period, zone: str) -> list[DayUse]:
    """Over all routes of a channel."""
    sums: dict[tuple[int, str], tuple[int, int]] = {}
    for day, channel, _kind, _country, sent, sent_micro, held, held_micro, *_not_drawn in rows:
        count, micro = sums.get((day, channel), (0, 0))
        sums[day, channel] = count + sent + held, micro + sent_micro + held_micro
    dates = _dates(cycle, zone)
    in_order = sorted(sums, key=lambda one: one[0])
    return [DayUse(dates[one[0] - 1], one[1], *sums[one]) for one in in_order if sums[one][0]]


def _dates(cycle: Period, zone: str) -> list[date]:
    first, days = local_date(cycle.start, zone), (cycle.end - cycle.start).days + 1
    return [first + timedelta(days=n) for n in range(days + 1)]


def _bounds(cycle: Period, zone: str) -> list[datetime]:
    return [day_start(day, zone) for day in _dates(cycle, zone)]


def _key(contract_id: UUID, cycle_start: datetime) -> _Key:
    return {"contract": contract_id, "start": cycle_start, "other": HASHED}


def _until_read(statement: str, key: _Key) -> _Rows:
    """Rows of one of the statements, planned for the border where it is; when it moved meanwhile, again."""
    while True:
        found = _read(statement, key, _border(key))
        if found is not None:
            return found


def _border(key: _Key) -> tuple[datetime, UUID]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolled_to, rolled_id FROM metering_use_border"
            " WHERE contract_id = %(contract)s AND cycle_start = %(start)s",
            key,
        )
        return cursor.fetchone() or _NOT_YET


def _read(statement: str, key: _Key, border: tuple[datetime, UUID]) -> _Rows | None:
    """None when the border is not there any more."""
    with connection.cursor() as cursor:
        cursor.execute(statement, {**key, "rolled_to": border[0], "rolled_id": border[1]})
        found = cursor.fetchall()
    return [row for _same, *row in found if row[0] is not None] if found[0][0] else None
