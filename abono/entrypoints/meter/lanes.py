"""Many callers, one statement: events gather while the statement before is in flight.

A contract's row cannot be committed by two at once, so that single calls on one contract are bound by the
disk. Here they share commits: whoever arrives during a commit goes into the next one. There is no timer, so a
lone caller goes straight through. The answer goes out after the commit.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

import psycopg
from psycopg import errors
from psycopg_pool import AsyncConnectionPool

from abono.domain.metering.hot import Call

MAX_EVENTS = 2_000  # in one statement, unless a single request has more
MAX_WAITING = 40_000  # events that wait; beyond it callers are sent away

_RETRIABLE = (errors.LockNotAvailable, errors.DeadlockDetected, errors.QueryCanceled)
_log = logging.getLogger("abono.meter")


class Busy(Exception):
    """Too much waits already, or the process is stopping. Nothing was done."""


class Unavailable(Exception):
    """The database did not answer. What was asked may have been done or not."""


@dataclass(slots=True)
class _Request:
    columns: Sequence[Sequence[Any]]
    answer: asyncio.Future[list[list[Any]]]

    @property
    def size(self) -> int:
        return len(self.columns[0])


class Lanes:
    """Calls of one SQL function, by one or more connections at a time.

    call    takes the columns of events, returns one row of arrays, an element per event
    """

    def __init__(self, pool: AsyncConnectionPool, call: Call, *, lanes: int) -> None:
        self._pool, self._to_call = pool, call
        self._queue: deque[_Request] = deque()
        self._waiting = 0
        self._wake = asyncio.Event()
        self._stopping = False
        self._tasks = [asyncio.create_task(self._run()) for _ in range(lanes)]

    async def submit(self, columns: Sequence[Sequence[Any]]) -> list[list[Any]]:
        """Have the events done; returns the arrays of the answer, in the order of the events.

        Raises Busy before, Unavailable after the attempt.
        """
        size = len(columns[0])
        if self._stopping or self._waiting + size > MAX_WAITING:
            raise Busy
        request = _Request(columns, asyncio.get_running_loop().create_future())
        self._queue.append(request)
        self._waiting += size
        self._wake.set()
        return await request.answer

    async def stop(self) -> None:
        """Take nothing new, answer all that was taken."""
        self._stopping = True
        self._wake.set()
        await asyncio.gather(*self._tasks)

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            requests = self._take()
            if requests:
                await self._serve(requests)
            elif self._stopping:
                return
            else:
                self._wake.clear()

    def _take(self) -> list[_Request]:
        taken: list[_Request] = []
        size = 0
        while self._queue and (not taken or size + self._queue[0].size <= MAX_EVENTS):
            taken.append(self._queue.popleft())
            size += taken[-1].size
        self._waiting -= size
        return taken

    async def _serve(self, requests: list[_Request]) -> None:
        try:
            answers = await self._call(requests)
        except Exception as error:
            await self._recover(requests, error)
            return
        for request, answer in zip(requests, answers, strict=True):
            if not request.answer.done():  # the caller may have gone
                request.answer.set_result(answer)

    async def _call(self, requests: list[_Request]) -> list[list[list[Any]]]:
        """One statement for all; the arrays of its answer, cut up by request."""
        if len(requests) == 1:
            columns: list[Sequence[Any]] = list(requests[0].columns)
        else:
            parts = zip(*(request.columns for request in requests), strict=True)
            columns = [[element for part in column for element in part] for column in parts]
        arguments = self._to_call.arguments(columns)
        async with self._pool.connection() as connection, connection.cursor(binary=True) as cursor:
            await cursor.execute(self._to_call.statement, arguments)
            row = await cursor.fetchone()
        assert row is not None
        assert all(len(array) == len(columns[0]) for array in row)
        ends = list(accumulate((request.size for request in requests), initial=0))
        return [[array[start:end] for array in row] for start, end in pairwise(ends)]

    async def _recover(self, requests: list[_Request], error: Exception) -> None:
        """What one request spoils, the others do not suffer: each is tried by itself. A lost connection is final."""
        lost = isinstance(error, psycopg.OperationalError) and not isinstance(error, _RETRIABLE)
        if len(requests) > 1 and not lost:
            for request in requests:
                await self._serve([request])
            return
        final: Exception = Unavailable() if isinstance(error, psycopg.OperationalError) else error
        _log.warning("%d requests failed: %s", len(requests), error)
        for request in requests:
            if not request.answer.done():
                request.answer.set_exception(final)
