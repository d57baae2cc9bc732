"""A campaign of a million sends: `python -m bench.campaigns`, about a minute; the last line is JSON.

Settling it stands beside settling plain holds of one contract, in rounds that take turns in one run: in batches
of 1,000 by one client, and one by one by 16 clients at once, where a hot row shows.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from statistics import median
from time import perf_counter
from uuid import UUID

import psycopg
from django.db import connection

from abono.config.settings import ENV
from abono.domain.campaigns import actions as campaigns
from abono.domain.campaigns import hot as campaign_calls
from abono.domain.campaigns.types import Wish
from abono.domain.metering import hot
from abono.flows.check_books import check_metering
from abono.kernel.ids import uuid7
from abono.platform import clock, postgres
from abono.platform.postgres.arrays import literal
from bench import world

SENDS, BATCH = 1_000_000, 1_000
ROUNDS, BATCHES = 4, 50  # batches of each kind in a round
CLIENTS, SINGLES = 16, 100  # sends that each client settles one by one in a round


def main() -> int:
    server = nullcontext() if ENV.database_url else postgres.running(ENV.home)
    with server, world.database() as url:
        contracts = world.fill()
        mine, other = contracts.ids[:2]
        route = contracts.route_ids[0]
        campaign, took = _hold(mine, route)
        print(f"hold of {SENDS:,} sends: {1000 * took:.1f} ms")
        connection.close()
        database = psycopg.connect(url, autocommit=True)
        database.prepare_threshold = 0
        found: dict[str, list[float]] = {}
        memory = []
        for _ in range(ROUNDS):
            for name, rate in _round(database, url, mine, other, campaign, route).items():
                found.setdefault(name, []).append(rate)
            memory.append(_memory_kb(database))
        database.close()
        rates = {name: round(median(rates)) for name, rates in found.items()}
        for name, rate in rates.items():
            print(f"{name:22} {rate:>9,} sends/s, of {[round(one) for one in found[name]]}")
        print(f"kB of memory after each round, client and server: {memory}")
        differences = check_metering()
        print(json.dumps({"campaign_hold_ms": round(1000 * took, 1), **rates}))
    return 1 if differences else 0


def _round(
    database: psycopg.Connection, url: str, mine: UUID, other: UUID, campaign: UUID, route: int
) -> dict[str, float]:
    def plain(connected: psycopg.Connection, keys: list[str]) -> None:
        _plain_settle(connected, other, keys)

    def drawn(connected: psycopg.Connection, keys: list[str]) -> None:
        _campaign_settle(connected, mine, campaign, route, keys)

    batches = [world.keys(BATCH) for _ in range(BATCHES)]
    singles = [world.keys(SINGLES) for _ in range(CLIENTS)]
    rates = {"hold": _rate(batches, lambda keys: _plain_hold(database, other, route, keys))}
    rates["settle"] = _rate(batches, lambda keys: plain(database, keys))
    batches = [world.keys(BATCH) for _ in range(BATCHES)]
    rates["campaign_settle"] = _rate(batches, lambda keys: drawn(database, keys))
    for keys in singles:
        _plain_hold(database, other, route, keys)
    rates["settle_singly"] = _at_once(url, singles, plain)
    singles = [world.keys(SINGLES) for _ in range(CLIENTS)]
    rates["campaign_settle_singly"] = _at_once(url, singles, drawn)
    return rates


def _at_once(
    url: str, singles: list[list[str]], settle: Callable[[psycopg.Connection, list[str]], None]
) -> float:
    """Each client by itself, one send per call."""

    def client(keys: list[str]) -> None:
        with psycopg.connect(url, autocommit=True) as connected:
            connected.prepare_threshold = 0
            for key in keys:
                settle(connected, [key])

    begun = perf_counter()
    with ThreadPoolExecutor(len(singles)) as pool:
        list(pool.map(client, singles))
    return sum(len(keys) for keys in singles) / (perf_counter() - begun)


def _hold(contract: UUID, route: int) -> tuple[UUID, float]:
    campaign = uuid7()
    begun = perf_counter()
    campaigns.hold_campaign(
        contract_id=contract, campaign_id=campaign, wishes=[Wish(route, SENDS)], now=clock.now()
    )
    return campaign, perf_counter() - begun


def _rate(batches: list[list[str]], call: Callable[[list[str]], None]) -> float:
    begun = perf_counter()
    for batch in batches:
        call(batch)
    return len(batches) * BATCH / (perf_counter() - begun)


def _plain_hold(database: psycopg.Connection, contract: UUID, route: int, keys: list[str]) -> None:
    at = clock.now()
    row = database.execute(
        hot.HOLD.statement,
        hot.HOLD.arguments(
            [
                [str(contract)] * len(keys),
                [at] * len(keys),
                keys,
                [hot.what(route)] * len(keys),
                ["NULL"] * len(keys),
                [None] * len(keys),
            ]
        ),
    ).fetchone()
    assert row is not None
    assert set(row[0]) == {1}


def _plain_settle(database: psycopg.Connection, contract: UUID, keys: list[str]) -> None:
    at = clock.now()
    row = database.execute(
        hot.SETTLE.statement,
        hot.SETTLE.arguments([[str(contract)] * len(keys), [at] * len(keys), keys, [hot.how(1)] * len(keys)]),
    ).fetchone()
    assert row is not None
    assert set(row[0]) == {1}


def _campaign_settle(
    database: psycopg.Connection, contract: UUID, campaign: UUID, route: int, keys: list[str]
) -> None:
    row = database.execute(
        campaign_calls.SETTLE_ONE,
        (
            contract,
            campaign,
            literal(keys),
            literal([str(route)] * len(keys)),
            literal(["1"] * len(keys)),
            clock.now(),
            *[literal(["NULL"] * len(keys))] * 5,
        ),
    ).fetchone()
    assert row is not None
    assert set(row[0]) == {1}


def _memory_kb(database: psycopg.Connection) -> tuple[int, int]:
    """Resident memory of this process; memory contexts of the server's process."""
    with open("/proc/self/status") as status:
        mine = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
    row = database.execute("SELECT sum(total_bytes) / 1024 FROM pg_backend_memory_contexts").fetchone()
    assert row is not None
    return mine, int(row[0])


if __name__ == "__main__":
    sys.exit(main())
