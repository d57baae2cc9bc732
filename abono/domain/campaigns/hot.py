"""Reports of campaigns' sends, many campaigns in one statement; the fast lane and Django share it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from abono.platform.postgres.arrays import Moments, Uuids, literal
from abono.platform.postgres.batches import Call

# Campaigns come in the order of their key: two statements wait for one another's slices in one direction only. The lock
# of what is free (metering/sql/free_v1.sql) comes before any slice of its contract: `free` says whether one needs it.
# Moments of one campaign in one statement are of one clock; the latest of them counts.
_COLUMNS = (
    ("send", "uuid"),
    ("route", "integer"),
    ("outcome", "smallint"),
    ("reference", "text"),
    ("kind", "text"),
    ("units", "smallint"),
    ("contact", "uuid"),
    ("sender", "text"),
)
_NAMES = ", ".join(name for name, _type in _COLUMNS)
_ARRAYS = ", ".join(f"%s::{type_}[]" for _name, type_ in _COLUMNS)
_GROUPED = ", ".join(f"array_agg({name} ORDER BY n) AS {name}" for name, _type in _COLUMNS)
_PASSED = "g.send, g.route, g.outcome, g.moment, g.reference, g.kind, g.units, g.contact, g.sender"
_STATEMENT = (
    "WITH e AS MATERIALIZED (SELECT * FROM unnest(%s::uuid[], %s::timestamptz[], %s::uuid[],"  # noqa: S608
    f" {_ARRAYS}) WITH ORDINALITY e (contract, moment, campaign, {_NAMES}, n)),"
    " a AS MATERIALIZED (SELECT contract, campaign, max(moment) AS moment, array_agg(n ORDER BY n) AS places,"
    f" {_GROUPED} FROM e GROUP BY contract, campaign),"
    " g AS MATERIALIZED (SELECT a.*, bool_or(EXISTS (SELECT FROM metering_campaign_line l"
    " WHERE l.contract_id = a.contract AND l.campaign_id = a.campaign AND l.terms > 1))"
    " OVER (PARTITION BY a.contract) AS free FROM a ORDER BY contract, campaign)"
    " SELECT array_agg(x.status ORDER BY x.n), array_agg(x.price ORDER BY x.n)"
    " FROM (SELECT unnest(g.places) AS n, unnest(f.status) AS status, unnest(f.price) AS price FROM g"
    f" CROSS JOIN LATERAL metering_campaign_settle_v1(g.contract, g.campaign, {_PASSED}, g.free) f) x"
)
SETTLE_ONE = (
    "SELECT status, price FROM metering_campaign_settle_v1"
    "(%s::uuid, %s::uuid, %s::uuid[], %s::integer[], %s::smallint[], %s::timestamptz, %s::text[],"
    " %s::text[], %s::smallint[], %s::uuid[], %s::text[], NULL)"
)


def _reports(
    contracts: Iterable[str],
    moments: Iterable[datetime],
    campaigns: Iterable[str],
    sends: Iterable[str],
    *columns: Iterable[str],
) -> list[Any]:
    return [Uuids(contracts), Moments(moments), Uuids(campaigns), Uuids(sends), *map(literal, columns)]


def _reports_of_one(
    contracts: Iterable[str],
    moments: Iterable[datetime],
    campaigns: Iterable[str],
    sends: Iterable[str],
    *columns: Iterable[str],
) -> list[Any]:
    routes, outcomes, *more = map(literal, columns)
    one = next(iter(contracts)), next(iter(campaigns)), Uuids(sends)
    return [*one, routes, outcomes, max(moments), *more]


# Columns: contract, moment, campaign, and those above.
SETTLE = Call(_STATEMENT, _reports, alone=Call(SETTLE_ONE, _reports_of_one), key=(0, 2))
UNKNOWN_CAMPAIGN = 7  # a status that `types` has as an error
