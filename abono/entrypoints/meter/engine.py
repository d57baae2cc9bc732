"""The parts of the fast lane that live as long as the process: connections, lanes, caches."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from django.db import connections
from psycopg.conninfo import make_conninfo
from psycopg_pool import AsyncConnectionPool

from abono.domain.campaigns import hot as campaign_calls
from abono.domain.interactions.hot import OBSERVE
from abono.domain.metering import hot
from abono.entrypoints.meter.cluster import Cluster
from abono.entrypoints.meter.counts import Counts
from abono.entrypoints.meter.health import Health
from abono.entrypoints.meter.known import Known
from abono.entrypoints.meter.lanes import CLUSTER_LANES, Lanes

HOLD_LANES, OTHER_LANES, CAMPAIGN_LANES, READERS = 2, 1, 2, 3
# A row that somebody keeps locked costs those who want it an error, not everybody the lane.
_GUARDS = "-c synchronous_commit=on -c lock_timeout=2s -c statement_timeout=15s"


@dataclass(slots=True)
class Engine:
    holds: Lanes
    settlements: Lanes
    interactions: Lanes
    campaign_settlements: Lanes
    lanes: dict[str, Lanes]  # all of them, by the name of what they take in
    known: Known
    counts: Counts
    health: Health
    reads: AsyncConnectionPool
    writes: AsyncConnectionPool

    @classmethod
    async def start(cls) -> Engine:
        """Connect; the database may come up later, callers are told to wait until it does."""
        conninfo = database()
        writes = _pool(
            conninfo, most=4 * CLUSTER_LANES
        )  # as many as there are lanes; opened when they are needed
        reads = _pool(conninfo, most=READERS)
        await asyncio.gather(writes.open(), reads.open())
        cluster = Cluster(reads)
        lanes = {
            "holds": Lanes(writes, hot.HOLD.at_once(), lanes=HOLD_LANES, cluster=cluster),
            "settlements": Lanes(writes, hot.SETTLE.at_once(), lanes=OTHER_LANES, cluster=cluster),
            "interactions": Lanes(writes, OBSERVE, lanes=OTHER_LANES, cluster=cluster),
            "campaign_settlements": Lanes(
                writes, campaign_calls.SETTLE.at_once(), lanes=CAMPAIGN_LANES, cluster=cluster
            ),
        }
        return cls(
            **lanes,
            lanes=lanes,
            known=Known(reads, conninfo),
            counts=Counts(reads),
            health=Health(reads, lanes),
            reads=reads,
            writes=writes,
        )

    async def rows(self, statement: str, *arguments: object) -> list[tuple[Any, ...]]:
        """What a reading statement finds."""
        async with self.reads.connection() as connection:
            return await (await connection.execute(statement, arguments)).fetchall()

    async def stop(self) -> None:
        """Answer all that was accepted, then let go of the database."""
        await asyncio.gather(*(lanes.stop() for lanes in self.lanes.values()))
        await self.known.stop()
        await self.counts.stop()
        await asyncio.gather(self.writes.close(), self.reads.close())


def database() -> str:
    """Where Django's default database is, for connections of our own."""
    given = connections["default"].settings_dict
    options = dict(given["OPTIONS"])
    options["options"] = f"{options.get('options', '')} {_GUARDS}".strip()
    core = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    return make_conninfo(**{key: given[name] for key, name in core.items() if given[name]}, **options)


def _pool(conninfo: str, *, most: int) -> AsyncConnectionPool:
    return AsyncConnectionPool(
        conninfo,
        min_size=1,
        max_size=most,
        timeout=5,  # then the caller hears 503
        open=False,
        kwargs={"autocommit": True, "prepare_threshold": 0},
    )
