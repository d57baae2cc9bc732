"""What the fast lane knows without asking each time: API keys, owners of contracts, numbers of routes.

Entries live for seconds, and only while the process hears the database's notifications, so that a revoked key
stops at once everywhere (ACC-4) and a moved sandbox clock shows at once. Unknown things are never remembered.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any
from uuid import UUID

import psycopg
from psycopg_pool import AsyncConnectionPool

from abono.domain.metering import hot
from abono.kernel.ids import parse, public

LIFETIME_S = 5
ROUTES_AGAIN_S = 1  # an unknown route is looked for again at most so often
MOST = 100_000  # entries; then all are forgotten

_log = logging.getLogger("abono.meter")


@dataclass(frozen=True, slots=True)
class Caller:
    """An API key. `customer_id` is None for the seller's own, which reaches every contract."""

    customer_id: UUID | None
    scopes: frozenset[str]
    expires_at: datetime | None

    def may_reach(self, contract: Contract) -> bool:
        return self.customer_id is None or self.customer_id == contract.customer_id


@dataclass(frozen=True, slots=True)
class Contract:
    id: UUID
    text: str  # of the id, as the database writes it
    customer_id: UUID
    currency: str
    offset_s: int  # by which the customer's clock is ahead


class Known:
    """Caches over a pool of connections, and the listener that empties them."""

    def __init__(self, pool: AsyncConnectionPool, conninfo: str) -> None:
        self._pool, self._conninfo = pool, conninfo
        self._callers: dict[bytes, tuple[float, Caller]] = {}
        self._contracts: dict[str, tuple[float, Contract]] = {}
        self._routes: dict[tuple[str, str, str], int] = {}
        self._channels: frozenset[str] = frozenset()
        self._routes_at = -1e9
        self._listening = False
        self._generation = 0
        self._listener = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        self._listener.cancel()
        await asyncio.gather(self._listener, return_exceptions=True)

    async def caller(self, key: bytes) -> Caller | None:
        """The usable key with this text; whether it has expired is the caller's to see."""
        digest = hashlib.sha256(key).digest()
        entry = self._callers.get(digest)
        if entry is not None and entry[0] > monotonic():
            return entry[1]
        generation = self._generation
        rows = await self._rows(hot.KEY, digest)
        if not rows:
            return None
        customer_id, scopes, expires_at = rows[0]
        caller = Caller(customer_id, frozenset(scopes), expires_at)
        self._keep(self._callers, digest, caller, generation)
        return caller

    async def contracts(self, names: Iterable[str]) -> dict[str, Contract]:
        """Contracts by their public ids; those that do not exist are left out."""
        now, found, missing = monotonic(), {}, {}
        for name in set(names):
            entry = self._contracts.get(name)
            if entry is not None and entry[0] > now:
                found[name] = entry[1]
            elif (contract_id := parse("ctr", name)) is not None:
                missing[contract_id] = name
        if missing:
            generation = self._generation
            for contract_id, customer_id, currency, offset_s in await self._rows(hot.CONTRACTS, list(missing)):
                contract = Contract(contract_id, str(contract_id), customer_id, currency, offset_s)
                found[missing[contract_id]] = contract
                self._keep(self._contracts, public("ctr", contract_id), contract, generation)
        return found

    async def routes(self, wanted: Iterable[tuple[str, str, str]]) -> dict[tuple[str, str, str], int]:
        """All routes; read anew when one of `wanted` is unknown and the last reading is a second old."""
        if not all(name in self._routes or (*name[:2], "*") in self._routes for name in set(wanted)):
            await self._read_routes()
        return self._routes

    async def channels(self, wanted: Iterable[str]) -> frozenset[str]:
        """Codes of all channels; read anew as routes are."""
        if not self._channels.issuperset(wanted):
            await self._read_routes()
        return self._channels

    async def _read_routes(self) -> None:
        if monotonic() - self._routes_at < ROUTES_AGAIN_S:
            return
        self._routes_at = monotonic()
        rows = await self._rows(hot.ROUTES)
        self._routes = {(channel, kind, country): number for channel, kind, country, number in rows}
        self._channels = frozenset(code for (code,) in await self._rows(hot.CHANNELS))

    def _keep[K, V](self, cache: dict[K, tuple[float, V]], key: K, value: V, generation: int) -> None:
        """Remember, unless a notification came while it was read."""
        if self._listening and generation == self._generation:
            if len(cache) >= MOST:
                cache.clear()
            cache[key] = (monotonic() + LIFETIME_S, value)

    async def _rows(self, statement: str, *arguments: object) -> list[tuple[Any, ...]]:
        async with self._pool.connection() as connection:
            return await (await connection.execute(statement, arguments)).fetchall()

    def _forget(self) -> None:
        self._generation += 1
        self._callers.clear()
        self._contracts.clear()

    async def _listen(self) -> None:
        """Hear of changes; while nobody can tell us, nothing is remembered."""
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(self._conninfo, autocommit=True) as connection:
                    await connection.execute(f"LISTEN {hot.CHANGED}")
                    self._forget()
                    self._listening = True
                    async for _ in connection.notifies():
                        self._forget()
            except psycopg.Error as error:
                _log.warning("not hearing of revoked keys, asking each time: %s", error)
            finally:
                self._listening = False
                self._forget()
            await asyncio.sleep(1)
