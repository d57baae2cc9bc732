"""Does an event cost more when there are many? `python -m bench.growth`; QUICK=1 for a tenth of the entries; the last line is JSON.

Three databases side by side that take turns, batch by batch: one without entries, one with 10 million of the same
contracts in the months before and in this one, and one without entries and 30 months of partitions.
`growth_ratio` is the rate of batches of 1,000 holds with the entries, divided by that without; `partitions_…` likewise.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import UTC, date, datetime, timedelta
from statistics import fmean
from time import perf_counter
from typing import LiteralString

import psycopg
from django.db import connection
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from abono.config.settings import ENV
from abono.domain.metering import hot, layout
from abono.kernel.ids import first_id
from abono.kernel.periods import add_months
from abono.platform import clock, postgres
from abono.platform.postgres import partitions
from bench import world
from bench.world import Contracts

ENTRIES = 10_000_000
PAST = 9  # months before this one that have entries, each as many as this one
MANY = 30  # months of partitions
BATCH = 1_000

# Entries of one month, two at a millisecond, most of them of few contracts; each contract's in the order of time.
_FILL = """
INSERT INTO metering_send (contract_id, send_id, cycle_start, held_at, price_micro, left_micro, route_id, total_micro)
SELECT x.contract, (lpad(to_hex(x.ms), 12, '0') || '7' || substr(x.noise, 1, 3) || '8' || substr(x.noise, 4, 15))::uuid,
       %(from)s, to_timestamp(x.ms / 1000.0), 0, 0, x.route, 0
  FROM (SELECT (%(contracts)s::uuid[])[1 + floor(power(random(), 3) * cardinality(%(contracts)s::uuid[]))::int] AS contract,
               %(ms)s + (n * %(span)s / %(rows)s)::bigint AS ms, md5(n::text || %(ms)s) AS noise,
               (%(routes)s::int[])[1 + n %% cardinality(%(routes)s::int[])] AS route
          FROM generate_series(1, %(rows)s::bigint) n) x
 ORDER BY x.contract, x.ms
"""


def growth(contracts: Contracts, url: str, *, seconds: float, entries: int) -> dict[str, float]:
    """Ratios and rates. `url` is a database without entries, to which nobody is connected; it is copied."""
    with _copy(url, "grown") as grown, _copy(url, "months") as months:
        begun = perf_counter()
        _fill(grown, contracts, entries)
        print(f"{entries:,} entries in {perf_counter() - begun:.0f} s", file=sys.stderr, flush=True)
        _months(months, clock.now(), MANY)
        hold, settle = _take_turns(contracts, {"without": url, "with": grown, "months": months}, seconds)
    return {
        "growth_ratio": round(hold["without"] / hold["with"], 3),
        "growth_settle_ratio": round(settle["without"] / settle["with"], 3),
        "partitions_ratio": round(hold["without"] / hold["months"], 3),
        "partitions_settle_ratio": round(settle["without"] / settle["months"], 3),
        "hold_without": round(BATCH / hold["without"]),
        "hold_with": round(BATCH / hold["with"]),
    }


def _take_turns(
    contracts: Contracts, places: dict[str, str], seconds: float
) -> tuple[dict[str, float], dict[str, float]]:
    """Seconds that a batch of holds, and one of settlements, takes in each place: the mean without the slowest tenth.

    Batch by batch in turn, so that what else the machine does meets all alike.
    """
    texts, routes = [str(one) for one in contracts.ids], [hot.what(one) for one in contracts.route_ids]
    drawn = contracts.drawn(200_000, 1)
    hold: dict[str, list[float]] = {name: [] for name in places}
    settle: dict[str, list[float]] = {name: [] for name in places}
    with ExitStack() as stack:
        connections = {
            name: stack.enter_context(psycopg.connect(url, autocommit=True)) for name, url in places.items()
        }
        for database in connections.values():
            database.prepare_threshold = 0
        end, turn = perf_counter() + seconds, 0
        while perf_counter() < end:
            turn += 1
            chosen = drawn[turn * BATCH % 199_000 :][:BATCH]
            whose, to = [texts[n] for n in chosen], [routes[n % len(routes)] for n in chosen]
            for name, database in connections.items():
                sends, now = world.keys(BATCH), [clock.now()] * BATCH
                hold[name].append(
                    _timed(
                        database,
                        hot.HOLD.statement,
                        hot.sends(whose, now, sends, to, ["NULL"] * BATCH, [None] * BATCH),
                    )
                )
                settle[name].append(
                    _timed(database, hot.SETTLE.statement, hot.ends(whose, now, sends, [hot.how(1)] * BATCH))
                )
    return {name: _mean(took) for name, took in hold.items()}, {
        name: _mean(took) for name, took in settle.items()
    }


def _timed(database: psycopg.Connection, statement: LiteralString, arguments: list[str]) -> float:
    begun = perf_counter()
    row = database.execute(statement, arguments).fetchone()
    took = perf_counter() - begun
    assert row is not None
    assert set(row[0]) == {1}
    return took


def _mean(took: list[float]) -> float:
    return fmean(sorted(took)[: -(len(took) // 10) or None])


def main() -> int:
    quick = os.environ.get("QUICK", "") not in ("", "0")
    server = nullcontext() if ENV.database_url else postgres.running(ENV.home)
    with server, world.database() as url:
        contracts = world.fill()
        connection.close()
        entries, seconds = (ENTRIES // 10, 20) if quick else (ENTRIES, 60)
        found = growth(contracts, url, seconds=seconds, entries=entries)
        print(json.dumps(found))
    return 0


def _fill(url: str, contracts: Contracts, entries: int) -> None:
    this = clock.now().date().replace(day=1)
    _months(url, datetime.combine(add_months(this, -PAST), datetime.min.time(), UTC), PAST)
    rows = entries // (PAST + 1)

    def month(back: int) -> None:
        first = add_months(this, -back)
        begin = datetime.combine(first, datetime.min.time(), UTC)
        end = min(
            datetime.combine(add_months(first, 1), datetime.min.time(), UTC),
            clock.now() - timedelta(minutes=1),
        )
        with psycopg.connect(url, autocommit=True, cursor_factory=psycopg.ClientCursor) as database:
            database.execute("SET work_mem = '128MB'")
            database.execute("SET synchronous_commit = off")
            database.execute(
                _FILL,
                {
                    "contracts": contracts.ids,
                    "routes": contracts.route_ids,
                    "from": begin,
                    "ms": int(begin.timestamp() * 1000),
                    "span": int((end - begin).total_seconds() * 1000),
                    "rows": rows,
                },
            )

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(month, range(PAST, -1, -1)))
    with psycopg.connect(url, autocommit=True) as database:
        database.execute("VACUUM ANALYZE metering_send")
        database.execute("CHECKPOINT")


def _months(url: str, since: datetime, count: int) -> None:
    """Partitions of `count` months after that of `since`."""
    month: date = since.date().replace(day=1)
    with psycopg.connect(url, autocommit=True, cursor_factory=psycopg.ClientCursor) as database:
        for _ in range(count + 1):
            for table in layout.ENTRIES.tables:
                database.execute(
                    f"CREATE TABLE IF NOT EXISTS {partitions.partition_name(table, month)} PARTITION OF {table}"
                    " FOR VALUES FROM (%s) TO (%s)",
                    (first_id(month), first_id(add_months(month, 1))),
                )
            month = add_months(month, 1)


@contextmanager
def _copy(url: str, suffix: str) -> Iterator[str]:
    given = conninfo_to_dict(url)
    source = str(given["dbname"])
    name = f"{source}_{suffix}"
    administration = make_conninfo(url, dbname="postgres")
    with psycopg.connect(administration, autocommit=True) as database:
        copy = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        database.execute(copy.format(sql.Identifier(name), sql.Identifier(source)))
    try:
        yield make_conninfo(url, dbname=name)
    finally:
        with psycopg.connect(administration, autocommit=True) as database:
            database.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


if __name__ == "__main__":
    sys.exit(main())
