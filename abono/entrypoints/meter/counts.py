"""What this process has answered, added up in memory and written every few seconds for the seller to look at.

A request costs a few additions. The sums are by operation and reason, so that they never grow, and are written by
one statement beside the lanes; what could not be written is written next time.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from operator import attrgetter

import psycopg
from msgspec import UNSET, UnsetType
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from abono.domain.usage import minutes
from abono.entrypoints.meter import doors
from abono.entrypoints.meter.protocol.wire import Result
from abono.kernel.ids import uuid7
from abono.platform import clock

WRITTEN_EVERY_S = 5

_code = attrgetter("code")

_log = logging.getLogger("abono.meter")


class Counts:
    def __init__(self, pool: AsyncConnectionPool) -> None:
        self._pool = pool
        self._process = uuid7()
        self._events: Counter[tuple[str, str]] = Counter()  # not written yet
        self._before: Counter[tuple[str, str]] = Counter()
        self._stopping = asyncio.Event()
        self._task = asyncio.create_task(self._run())

    def answered(self, operation: str, results: Sequence[Result]) -> None:
        """The events of a request were answered so."""
        if len(results) == 1:  # a Counter of one costs more than all else here
            self._add(operation, results[0].code, 1)
            return
        for code, events in Counter(map(_code, results)).items():
            self._add(operation, code, events)

    def _add(self, operation: str, code: str | UnsetType, events: int) -> None:
        self._events[operation, minutes.GRANTED if code is UNSET else code] += events

    def refused(self, code: str) -> None:
        """A whole request was refused."""
        self._events[minutes.REQUESTS, code] += 1

    def total(self) -> Counter[tuple[str, str]]:
        """Since this process began, by operation and reason."""
        return self._before + self._events

    async def stop(self) -> None:
        """Write what is left."""
        self._stopping.set()
        await self._task

    async def _run(self) -> None:
        while not self._stopping.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), WRITTEN_EVERY_S)
            await self._write()

    async def _write(self) -> None:
        """Add the sums to the minute that it is."""
        if not self._events:
            return
        taken, self._events = self._events, Counter()
        arguments = minutes.arguments(process=self._process, counts=taken, at=clock.now())
        try:
            async with self._pool.connection() as connection:
                await connection.execute(doors.through(minutes.ADD), arguments)
            self._before.update(taken)
        except (psycopg.Error, PoolTimeout) as error:
            self._events.update(taken)
            _log.warning("figures for the seller were not written: %s", error)
