"""GET /v1/health: whether this process can serve, for those who send it traffic. Says nothing about customers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime
from time import monotonic

import psycopg
from django.conf import settings
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from abono.entrypoints.meter import problems
from abono.entrypoints.meter.admission import Admission
from abono.entrypoints.meter.lanes import Lanes
from abono.entrypoints.meter.protocol import health as told
from abono.platform import agenda, clock
from abono.platform.postgres import durability

ASKED_EVERY_S = 1  # whoever asks more often is told what was found then
PATIENCE_S = 2
STUCK_MS = 30_000  # nothing waits so long for a statement that works

_log = logging.getLogger("abono.meter")


class Health:
    """Asks the database at most once a second, however many ask us."""

    def __init__(self, pool: AsyncConnectionPool, lanes: Mapping[str, Lanes]) -> None:
        self._pool, self._lanes = pool, lanes
        self._durable: bool | None = None  # None: the database does not answer
        self._work: told.WorkHealth | None = None
        self._until = 0.0
        self._asking: asyncio.Task[None] | None = None

    async def look(self, admission: Admission) -> told.HealthAnswer:
        """Raises Problem (503) when it cannot serve; its facts are those of the answer."""
        if monotonic() >= self._until:
            if self._asking is None:
                self._asking = asyncio.create_task(self._ask())
            await asyncio.shield(self._asking)
        lanes = [told.LaneHealth(name, lane.waiting, lane.oldest_ms) for name, lane in self._lanes.items()]
        found = told.HealthAnswer(
            database="unreachable" if self._durable is None else "reachable",
            durable=bool(self._durable),
            lanes=lanes,
            open_requests=admission.requests,
            open_streams=admission.streams,
            body_bytes=admission.bytes,
            work=None if self._durable is None else self._work,
        )
        stuck = any(lane.oldest_ms > STUCK_MS for lane in lanes)
        if self._durable is None or stuck or not (self._durable or settings.ALLOW_UNSAFE_FSYNC):
            raise problems.not_ready(found)
        return found

    async def _ask(self) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S), self._pool.connection() as connection:
                row = await (
                    await connection.execute(durability.DURABLE, [list(durability.NEEDED)])
                ).fetchone()
                self._durable = row is not None and row[0]
                now = clock.now()
                work = await (await connection.execute(agenda.BACKLOG, [now])).fetchone()
                self._work = None if work is None else waiting(*work, now=now)
        except (psycopg.Error, PoolTimeout, TimeoutError) as error:
            _log.warning("the database did not answer a look at it: %s", error)
            self._durable = None
        finally:
            self._until = monotonic() + ASKED_EVERY_S
            self._asking = None


def waiting(oldest_at: datetime | None, parked: int, *, now: datetime) -> told.WorkHealth:
    return told.WorkHealth(0 if oldest_at is None else int((now - oldest_at).total_seconds()), parked)
