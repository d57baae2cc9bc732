"""Whether this process can serve (OPS-4), for those who send it traffic, and what it waits for, for the seller."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from time import monotonic
from typing import Any

import psycopg
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from psycopg import errors
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from abono.entrypoints.meter import doors
from abono.entrypoints.meter.admission import Admission
from abono.entrypoints.meter.lanes import Lanes
from abono.entrypoints.meter.protocol import health as told
from abono.platform import agenda, clock
from abono.platform.postgres import durability, migrated

ASKED_EVERY_S = 1  # whoever asks more often is told what was found then
PATIENCE_S = 2
STUCK_MS = 30_000  # nothing waits so long for a statement that works

_needed = cache(migrated.needed)
_log = logging.getLogger("abono.meter")


class Health:
    """Asks the database at most once a second, however many ask us."""

    def __init__(self, pool: AsyncConnectionPool, lanes: Mapping[str, Lanes]) -> None:
        self._pool, self._lanes = pool, lanes
        self._durable: bool | None = None  # None: the database does not answer
        self._migrated = False
        self._work: told.WorkHealth | None = None
        self._until = 0.0
        self._asking: asyncio.Task[None] | None = None

    async def look(self, admission: Admission) -> told.HealthAnswer:
        """What is found, right or wrong; `failing` judges."""
        if monotonic() >= self._until:
            if self._asking is None:
                self._asking = asyncio.create_task(self._ask())
            await asyncio.shield(self._asking)
        lanes = [told.LaneHealth(name, lane.waiting, lane.oldest_ms) for name, lane in self._lanes.items()]
        return told.HealthAnswer(
            database="unreachable" if self._durable is None else "reachable",
            durable=bool(self._durable),
            migrated=self._migrated,
            static_files=_has_static_files(),
            lanes=lanes,
            open_requests=admission.requests,
            open_streams=admission.streams,
            body_bytes=admission.bytes,
            work=None if self._durable is None else self._work,
        )

    async def _ask(self) -> None:
        self._durable, self._migrated, self._work = None, False, None
        try:
            needed = await asyncio.to_thread(_needed)
            async with asyncio.timeout(PATIENCE_S), self._pool.connection() as connection:
                row = await (
                    await connection.execute(durability.DURABLE, [list(durability.NEEDED)])
                ).fetchone()
                durable = row is not None and row[0]
                try:
                    [self._migrated] = await _row(connection, migrated.APPLIED, needed)
                    now = clock.now()
                    oldest_at, parked = await _row(connection, agenda.BACKLOG, [now])
                    [workers] = await _row(connection, agenda.WORKERS)
                    self._work = waiting(oldest_at, parked, workers=workers, now=now)
                except (errors.UndefinedTable, errors.UndefinedFunction):
                    self._migrated = False
                self._durable = durable
        except (psycopg.Error, PoolTimeout, TimeoutError) as error:
            _log.warning("the database did not answer a look at it: %s", error)
            self._durable = None
        finally:
            self._until = monotonic() + ASKED_EVERY_S
            self._asking = None


async def _row(
    connection: psycopg.AsyncConnection, statement: str, arguments: Sequence[Any] = ()
) -> tuple[Any, ...]:
    row = await (await connection.execute(doors.through(statement), arguments)).fetchone()
    assert row is not None
    return row


def failing(found: told.HealthAnswer) -> list[str]:
    """Why a process cannot serve: `database`, `fsync`, `migrations`, `static_files`, `lanes`; empty when it can."""
    reachable = found.database == "reachable"
    wrong = {
        "database": not reachable,
        "fsync": reachable and not (found.durable or settings.ALLOW_UNSAFE_FSYNC),
        "migrations": reachable and not found.migrated,
        "static_files": not found.static_files,
        "lanes": any(lane.oldest_ms > STUCK_MS for lane in found.lanes),
    }
    return [name for name, is_wrong in wrong.items() if is_wrong]


def waiting(oldest_at: datetime | None, parked: int, *, workers: int, now: datetime) -> told.WorkHealth:
    oldest_s = 0 if oldest_at is None else int((now - oldest_at).total_seconds())
    return told.WorkHealth(oldest_s, parked, workers)


def _has_static_files() -> bool:
    """As this process found them when it began: what is collected later it does not see. In development they are read
    where they lie."""
    return settings.DEBUG or bool(getattr(staticfiles_storage, "hashed_files", True))
