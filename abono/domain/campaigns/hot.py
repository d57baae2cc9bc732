"""Reports of campaigns' sends, many campaigns in one statement; the fast lane and Django share it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from abono.platform.postgres.batches import Call, literal

# Campaigns come in the order of their key: two statements wait for one another's slices in one direction only.
# Moments of one campaign in one statement are of one clock; the latest of them counts.
_STATEMENT = (
    "WITH e AS MATERIALIZED (SELECT * FROM unnest(%s::uuid[], %s::timestamptz[], %s::uuid[], %s::uuid[],"
    " %s::integer[], %s::smallint[], %s::text[]) WITH ORDINALITY"
    " e (contract, moment, campaign, send, route, outcome, reference, n)),"
    " g AS MATERIALIZED (SELECT contract, campaign, max(moment) AS moment, array_agg(n ORDER BY n) AS places,"
    " array_agg(send ORDER BY n) AS sends, array_agg(route ORDER BY n) AS routes,"
    " array_agg(outcome ORDER BY n) AS outcomes, array_agg(reference ORDER BY n) AS names"
    " FROM e GROUP BY contract, campaign ORDER BY contract, campaign)"
    " SELECT array_agg(x.status ORDER BY x.n), array_agg(x.price ORDER BY x.n)"
    " FROM (SELECT unnest(g.places) AS n, unnest(f.status) AS status, unnest(f.price) AS price FROM g"
    " CROSS JOIN LATERAL metering_campaign_settle_v1"
    "(g.contract, g.campaign, g.sends, g.routes, g.outcomes, g.moment, g.names) f) x"
)
SETTLE_ONE = (
    "SELECT status, price FROM metering_campaign_settle_v1"
    "(%s::uuid, %s::uuid, %s::uuid[], %s::integer[], %s::smallint[], %s::timestamptz, %s::text[])"
)


def _reports(*columns: Iterable[str]) -> list[str]:
    return [*map(literal, columns)]


def _reports_of_one(
    contracts: Iterable[str], moments: Iterable[str], campaigns: Iterable[str], *columns: Iterable[str]
) -> list[str]:
    sends, routes, outcomes, references = map(literal, columns)
    latest = max(set(moments), key=datetime.fromisoformat)
    return [next(iter(contracts)), next(iter(campaigns)), sends, routes, outcomes, latest, references]


# Columns: contract, moment, campaign, id of the send, route, outcome, reference.
SETTLE = Call(_STATEMENT, _reports, alone=Call(SETTLE_ONE, _reports_of_one), key=(0, 2))
UNKNOWN_CAMPAIGN = 7  # a status that `types` has as an error
