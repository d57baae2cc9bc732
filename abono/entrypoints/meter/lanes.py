"""Many callers, one statement: events gather while the statement before is in flight.

A contract's row cannot be committed by two at once, so that single calls on one contract are bound by the
disk. Here they share commits: whoever arrives during a commit goes into the next one. There is no timer, so a
lone caller goes straight through. The answer goes out after the commit.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from time import monotonic
from typing import Any

import psycopg
from psycopg import errors
from psycopg_pool import AsyncConnectionPool

from abono.entrypoints.meter.cluster import Cluster
from abono.platform import clock
from abono.platform.postgres import batches
from abono.platform.postgres.batches import Call

MAX_EVENTS = 2_000  # in one statement, unless a single request has more
MAX_WAITING = 40_000  # events that wait; beyond it callers are sent away
CLUSTER_LANES = 8  # where each statement does one contract

_RETRIABLE = (
    errors.LockNotAvailable,
    errors.DeadlockDetected,
    errors.SerializationFailure,
    errors.QueryCanceled,
)
_log = logging.getLogger("abono.meter")


type Event = tuple[Any, ...]  # an element for each column of the call
type Answer = tuple[Any, ...]  # an element of each array that it returns


class Busy(Exception):
    """Too much waits already, or the process is stopping. Nothing was done."""


class Unavailable(Exception):
    """The database did not answer. What was asked may have been done or not."""


@dataclass(slots=True)
class _Request:
    events: Sequence[Event]
    answer: asyncio.Future[Sequence[Answer]]
    since: float  # by time.monotonic
    key: Hashable = None  # on a cluster: what its events have in common


class Lanes:
    """Calls of one SQL function, by one or more connections at a time.

    call      takes the columns of events, returns one row of arrays, an element per event
    cluster   says whether statements must do one contract each; then more of them go at a time
    """

    def __init__(
        self, pool: AsyncConnectionPool, call: Call, *, lanes: int, cluster: Cluster | None = None
    ) -> None:
        self._pool, self._to_call = pool, call
        self._cluster = cluster if call.alone is not None else None
        self._queues: dict[Hashable, deque[_Request]] = {}  # one, or on a cluster one per contract
        self._waiting = 0
        self._wake = asyncio.Event()
        self._stopping = False
        self._tasks = [asyncio.create_task(self._run()) for _ in range(lanes)]

    async def submit(self, events: Sequence[Event]) -> Sequence[Answer]:
        """Have the events done; returns an answer for each, in their order.

        Raises Busy before, Unavailable after the attempt.
        """
        cluster = self._cluster
        apart = cluster is not None and cluster.answer is not False and await self._distributed(cluster)
        if self._stopping or self._waiting + len(events) > MAX_WAITING:
            raise Busy
        if not apart:
            return await self._put(events)
        parts = batches.parts(self._to_call, events)
        answers = await asyncio.gather(*(self._put(part.events, part.key) for part in parts))
        return batches.together(zip(parts, answers, strict=True))

    def _put(self, events: Sequence[Event], key: Hashable = None) -> asyncio.Future[Sequence[Answer]]:
        request = _Request(events, asyncio.get_running_loop().create_future(), monotonic(), key)
        self._queues.setdefault(key, deque()).append(request)
        self._waiting += len(events)
        self._wake.set()
        return request.answer

    async def _distributed(self, cluster: Cluster) -> bool:
        try:
            answer = await cluster.distributed()
        except psycopg.OperationalError:
            raise Unavailable from None
        while answer and len(self._tasks) < CLUSTER_LANES and not self._stopping:
            self._tasks.append(asyncio.create_task(self._run()))
        return answer

    @property
    def waiting(self) -> int:
        """Events that no statement has taken yet."""
        return self._waiting

    @property
    def oldest_ms(self) -> int:
        """How long the one that waits longest has waited; 0 when none does."""
        oldest = min((queue[0].since for queue in self._queues.values()), default=None)
        return 0 if oldest is None else int((monotonic() - oldest) * 1000)

    async def stop(self) -> None:
        """Take nothing new, answer all that was taken."""
        self._stopping = True
        self._wake.set()
        await asyncio.gather(*self._tasks)

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            if self._queues:
                await self._work(self._take())
            elif self._stopping:
                return
            else:
                self._wake.clear()

    async def _work(self, requests: list[_Request]) -> None:
        """Serve these and whatever waits after them, on one connection."""
        try:
            connection = await self._pool.getconn()
        except Exception as error:
            self._fail(requests, error)
            return
        try:
            while requests:
                await self._serve(connection, requests)
                requests = [] if connection.closed else self._take()
        finally:
            await self._pool.putconn(connection)

    def _take(self) -> list[_Request]:
        """What one statement can do; of several queues the one that waits longest is next."""
        if not self._queues:
            return []
        key = next(iter(self._queues))
        queue = self._queues.pop(key)
        taken: list[_Request] = []
        size = 0
        while queue and (not taken or size + len(queue[0].events) <= MAX_EVENTS):
            taken.append(queue.popleft())
            size += len(taken[-1].events)
        if queue:
            self._queues[key] = queue
        self._waiting -= size
        return taken

    async def _serve(self, connection: psycopg.AsyncConnection, requests: list[_Request]) -> None:
        try:
            answers = await self._call(connection, requests)
        except Exception as error:
            await self._recover(connection, requests, error)
            return
        for request, answer in zip(requests, answers, strict=True):
            if not request.answer.done():  # the caller may have gone
                request.answer.set_result(answer)

    async def _call(
        self, connection: psycopg.AsyncConnection, requests: list[_Request]
    ) -> list[Sequence[Answer]]:
        """One statement for all; its answers, cut up by request."""
        events = [event for request in requests for event in request.events]
        call = self._to_call if requests[0].key is None else self._to_call.alone
        assert call is not None
        arguments = call.arguments(zip(*events, strict=True), now=clock.now())
        async with connection.cursor(binary=True) as cursor:
            await cursor.execute(call.statement, arguments)
            row = await cursor.fetchone()
        assert row is not None
        answers = list(zip(*row, strict=True))
        assert len(answers) == len(events)
        ends = accumulate((len(request.events) for request in requests), initial=0)
        return [answers[start:end] for start, end in pairwise(ends)]

    async def _recover(
        self, connection: psycopg.AsyncConnection, requests: list[_Request], error: Exception
    ) -> None:
        """What one request spoils, the others do not suffer: each is tried by itself. A lost connection is final."""
        lost = isinstance(error, psycopg.OperationalError) and not isinstance(error, _RETRIABLE)
        if len(requests) > 1 and not lost:
            for request in requests:
                await self._serve(connection, [request])
        else:
            self._fail(requests, error)

    def _fail(self, requests: list[_Request], error: Exception) -> None:
        final: Exception = Unavailable() if isinstance(error, psycopg.OperationalError) else error
        _log.warning("%d requests failed: %s", len(requests), error)
        for request in requests:
            if not request.answer.done():
                request.answer.set_exception(final)
