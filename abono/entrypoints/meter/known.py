"""What the fast lane knows without asking each time: API keys, owners of contracts, numbers of routes.

It remembers only while it hears the database's notifications, so that a revoked key stops at once everywhere
(ACC-4) and a moved sandbox clock shows at once.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Mapping, Sequence, Set
from contextlib import suppress
from datetime import timedelta
from math import inf
from time import monotonic
from typing import Any

import psycopg
from psycopg_pool import AsyncConnectionPool

from abono.domain.metering import hot
from abono.entrypoints.meter.lookups import Lookup
from abono.entrypoints.meter.protocol.callers import Caller, Contract
from abono.kernel.ids import parse
from abono.platform import clock

KEY_LIFETIME_S = 5
CONTRACT_LIFETIME_S = 60  # its owner never changes, and a moved clock is told
USE_NOTED_EACH = timedelta(minutes=1)
USES_LIFETIME_S = 60  # a catalog may change what a channel is allowed for
ROUTES_AGAIN_S = 1  # an unknown route is looked for again at most so often

_log = logging.getLogger("abono.meter")


class Known:
    """Lookups over a pool of connections, and the listener that empties them."""

    def __init__(self, pool: AsyncConnectionPool, conninfo: str) -> None:
        self._pool, self._conninfo = pool, conninfo
        self._callers = Lookup(self._read_callers, lifetime_s=KEY_LIFETIME_S)
        self._contracts = Lookup(self._read_contracts, lifetime_s=CONTRACT_LIFETIME_S)
        self._routes: dict[tuple[str, str, str], int] = {}
        self._channels: dict[str, frozenset[str]] = {}
        self._routes_at = -inf
        self._reading: asyncio.Task[None] | None = None
        self._listener = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        self._listener.cancel()
        await asyncio.gather(self._listener, return_exceptions=True)

    async def caller(self, key: bytes) -> Caller | None:
        """The key with this text, unless revoked; whether it has expired is for whoever asks to see."""
        digest = hashlib.sha256(key).digest()
        return (await self._callers.many((digest,))).get(digest)

    async def contracts(self, names: Set[str]) -> dict[str, Contract]:
        """Contracts by their public ids; those that do not exist are left out."""
        return await self._contracts.many(names)

    async def routes(self, wanted: Set[tuple[str, str, str]]) -> dict[tuple[str, str, str], int]:
        """All routes; read anew when one of `wanted` is unknown and the last reading is a second old."""
        if not wanted <= self._routes.keys() and not all(
            name in self._routes or (*name[:2], "*") in self._routes for name in wanted
        ):
            await self._read_routes()
        return self._routes

    async def channels(self, wanted: Set[str]) -> Mapping[str, frozenset[str]]:
        """Uses of all channels by code; read anew as routes are, and after a while."""
        old = monotonic() - self._routes_at > USES_LIFETIME_S
        if old or not wanted <= self._channels.keys():
            await self._read_routes()
        return self._channels

    async def _read_callers(self, digests: Sequence[bytes]) -> Mapping[bytes, Caller]:
        """Reads keys, and notes to the minute that they are used (ACC-4)."""
        rows = await self._rows(hot.KEYS, list(digests))
        now = clock.now()
        used = [row[0] for row in rows if row[-1] is None or row[-1] < now - USE_NOTED_EACH]
        if used:
            async with self._pool.connection() as connection:
                await connection.execute(hot.KEYS_USED, (now, used))
        return {
            bytes(digest): Caller(customer_id, frozenset(scopes), expires_at)
            for digest, customer_id, scopes, expires_at, _used_at in rows
        }

    async def _read_contracts(self, names: Sequence[str]) -> Mapping[str, Contract]:
        ids = {contract_id: name for name in names if (contract_id := parse("ctr", name)) is not None}
        if not ids:
            return {}
        return {
            ids[contract_id]: Contract(contract_id, str(contract_id), customer_id, currency, offset_s)
            for contract_id, customer_id, currency, offset_s in await self._rows(hot.CONTRACTS, list(ids))
        }

    async def _read_routes(self) -> None:
        """One reading at a time; who comes meanwhile waits for it."""
        if self._reading is None:
            if monotonic() - self._routes_at < ROUTES_AGAIN_S:
                return
            self._reading = asyncio.create_task(self._routes_anew())
        await asyncio.shield(self._reading)

    async def _routes_anew(self) -> None:
        try:
            rows = await self._rows(hot.ROUTES)
            self._routes = {(channel, kind, country): number for channel, kind, country, number in rows}
            self._channels = {code: frozenset(uses) for code, uses in await self._rows(hot.CHANNELS)}
            self._routes_at = monotonic()
        finally:
            self._reading = None

    async def _rows(self, statement: str, *arguments: object) -> list[tuple[Any, ...]]:
        async with self._pool.connection() as connection:
            return await (await connection.execute(statement, arguments)).fetchall()

    def _remember(self, remembering: bool) -> None:
        for lookup in (self._callers, self._contracts):
            lookup.remembering = remembering
            lookup.forget()

    async def _listen(self) -> None:
        """Hear of changes; while nobody can tell us, nothing is remembered."""
        while True:
            try:
                async with await self._connect() as connection:
                    await connection.execute(f"LISTEN {hot.CHANGED}")
                    self._remember(True)
                    async for _ in connection.notifies():
                        self._remember(True)
            except psycopg.Error as error:
                _log.warning("not hearing of revoked keys, asking each time: %s", error)
            finally:
                self._remember(False)
            await asyncio.sleep(1)

    async def _connect(self) -> psycopg.AsyncConnection:
        """A connection of its own for the listener. One that is made while we stop is closed, not forgotten."""
        connecting = asyncio.create_task(psycopg.AsyncConnection.connect(self._conninfo, autocommit=True))
        try:
            return await asyncio.shield(connecting)
        except asyncio.CancelledError:
            with suppress(psycopg.Error):
                await (await connecting).close()
            raise
