"""What the fast lane knows without asking each time: API keys, owners of contracts, what can be sent.

It remembers only while it hears the database's notifications, so that a revoked key stops at once everywhere
(ACC-4), and a moved sandbox clock and what a contract allows (CAT-12) show at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence, Set
from contextlib import suppress
from datetime import datetime
from math import inf
from time import monotonic
from typing import Any
from uuid import UUID

import psycopg
from psycopg_pool import AsyncConnectionPool

from abono.domain.catalog import hot as catalog
from abono.domain.catalog.types import Ways
from abono.domain.contracts import entitlements
from abono.domain.contracts import hot as contracts
from abono.domain.contracts.entitlements import Entitlements
from abono.domain.contracts.hot import Contract
from abono.domain.identity import hot, keys, signing
from abono.domain.identity.keys import Key
from abono.domain.identity.signing import Keyring
from abono.domain.settings.queries import EVERY, Snapshot
from abono.entrypoints.meter import doors
from abono.flows.licences import look as licences
from abono.flows.usage.case import Given
from abono.platform import clock
from abono.platform.lookups import CHANGED, Lookup

CONTRACT_LIFETIME_S = 60  # its owner never changes, and a moved clock is told
SETTINGS_LIFETIME_S = 60  # a change is told
FUNCTIONS_LIFETIME_S = 60  # one that exists stays
ENTITLEMENTS_LIFETIME_S = 5  # a change is told, one by time is known; what is allowed is never wrong for long
ADMINISTRATORS_LIFETIME_S = 60
ADDRESSES_LIFETIME_S = 60
SIGNING_LIFETIME_S = 60  # a key is published long before it signs, and one that is withdrawn is told
MOST_ADMINISTRATORS = 5  # of a customer, who are named to those who cannot come in (LIC-4)
WAYS_LIFETIME_S = 60  # a catalog may change what a channel is allowed for
WAYS_AGAIN_S = 1  # what it did not let pass is looked for again at most so often

_log = logging.getLogger("abono.meter")


class Known:
    """Lookups over a pool of connections, and the listener that empties them."""

    def __init__(self, pool: AsyncConnectionPool, conninfo: str) -> None:
        self._pool, self._conninfo = pool, conninfo
        self.keys = keys.Remembered(self._ask)
        self._contracts = Lookup(self._read_contracts, lifetime_s=CONTRACT_LIFETIME_S)
        self._settings = Lookup(self._read_settings, lifetime_s=SETTINGS_LIFETIME_S)
        self._functions = Lookup(self._read_functions, lifetime_s=FUNCTIONS_LIFETIME_S)
        self._entitlements = Lookup(
            self._read_entitlements, lifetime_s=ENTITLEMENTS_LIFETIME_S, lasts_s=lambda one: one.lasts_s
        )
        self._administrators = Lookup(self._read_administrators, lifetime_s=ADMINISTRATORS_LIFETIME_S)
        self._addresses = Lookup(self._read_addresses, lifetime_s=ADDRESSES_LIFETIME_S)
        self._signing = Lookup(self._read_signing, lifetime_s=SIGNING_LIFETIME_S)
        self._ways = Ways({}, {})
        self._ways_at = -inf
        self._reading: asyncio.Task[None] | None = None
        self._listener = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        self._listener.cancel()
        await asyncio.gather(self._listener, return_exceptions=True)

    async def given(self, names: Set[str], key: Key, now: datetime) -> Given:
        """What has to be known of events that a key's holder tells of these contracts."""
        contracts = _of(key, self._contracts.at_hand(names) or await self.contracts(names))
        fresh = monotonic() - self._ways_at <= WAYS_LIFETIME_S
        ways = self._ways if fresh else await self.ways()
        return Given(contracts, ways, self._settings.remembered("") or await self.settings(), now)

    async def given_of_leases(self, names: Set[str], key: Key, now: datetime) -> licences.Given:
        """The same of licences, but for members who are named by id."""
        contracts = _of(key, self._contracts.at_hand(names) or await self.contracts(names))
        return licences.Given(
            contracts,
            self._settings.remembered("") or await self.settings(),
            now,
            self._signing.remembered("") or await self.signing(),
        )

    async def contracts(self, names: Set[str]) -> dict[str, Contract]:
        """Contracts by their public ids; those that do not exist are left out."""
        return await self._contracts.many(names)

    async def entitlements(self, name: str) -> Entitlements | None:
        """What a contract allows now."""
        return self._entitlements.remembered(name) or (await self._entitlements.many((name,))).get(name)

    async def is_function(self, code: str) -> bool:
        """Whether the catalog knows it, or knew it."""
        return bool(await self._functions.many((code,)))

    async def settings(self) -> Snapshot:
        """Every value of every setting."""
        return self._settings.remembered("") or (await self._settings.many(("",)))[""]

    async def signing(self) -> Keyring:
        """What signs proofs of leases (LIC-11)."""
        return self._signing.remembered("") or (await self._signing.many(("",)))[""]

    async def administrators(self, contracts: Mapping[str, Contract]) -> dict[str, list[str]]:
        """Names of those who administer the customers of contracts, a minute old at most, by the contracts' public ids."""
        found = await self._administrators.many({one.customer_id for one in contracts.values()})
        return {name: found.get(one.customer_id, []) for name, one in contracts.items()}

    async def addresses(self, members: Set[hot.Member]) -> dict[hot.Member, hot.Addresses]:
        """Of members who are named by their ids, a minute old at most."""
        return await self._addresses.many(members) if members else {}

    async def ways(self, *, other_than: Ways | None = None) -> Ways:
        """All that can be sent, a minute old at most; `other_than` this, if it is a second old."""
        age_s = monotonic() - self._ways_at
        if age_s > (WAYS_LIFETIME_S if self._ways is not other_than else WAYS_AGAIN_S):
            if self._reading is None:
                self._reading = asyncio.create_task(self._read_ways())
            await asyncio.shield(self._reading)  # one reading at a time; who comes meanwhile waits for it
        return self._ways

    async def _read_contracts(self, names: Sequence[str]) -> Mapping[str, Contract]:
        ids = contracts.ids(names)
        return contracts.by_name(ids, await self._ask(contracts.CONTRACTS, list(ids))) if ids else {}

    async def _read_entitlements(self, names: Sequence[str]) -> Mapping[str, Entitlements]:
        ids = contracts.ids(names)
        if not ids:
            return {}
        rows = await self._ask(entitlements.ENTITLEMENTS, clock.now(), list(ids))
        return entitlements.by_name(ids, rows)

    async def _read_functions(self, codes: Sequence[str]) -> Mapping[str, bool]:
        return {code: True for (code,) in await self._ask(entitlements.FUNCTIONS, list(codes))}

    async def _read_signing(self, _names: Sequence[str]) -> Mapping[str, Keyring]:
        return {"": Keyring.of(await self._ask(signing.KEYS))}

    async def _read_administrators(self, customers: Sequence[UUID]) -> Mapping[UUID, list[str]]:
        found: dict[UUID, list[str]] = {one: [] for one in customers}
        for customer_id, name in await self._ask(hot.ADMINISTRATORS, list(customers)):
            found[customer_id] = [*found[customer_id], name][:MOST_ADMINISTRATORS]
        return found

    async def _read_addresses(self, members: Sequence[hot.Member]) -> Mapping[hot.Member, hot.Addresses]:
        return hot.by_member(await self._ask(hot.ADDRESSES, *hot.of_members(members, now=clock.now())))

    async def _read_settings(self, _names: Sequence[str]) -> Mapping[str, Snapshot]:
        return {"": Snapshot.of(await self._ask(EVERY))}

    async def _read_ways(self) -> None:
        try:
            self._ways = catalog.ways(await self._ask(catalog.ROUTES), await self._ask(catalog.CHANNELS))
            self._ways_at = monotonic()
        finally:
            self._reading = None

    async def _ask(self, statement: str, *arguments: object) -> list[tuple[Any, ...]]:
        async with self._pool.connection() as connection:
            cursor = await connection.execute(doors.through(statement), arguments)
            return await cursor.fetchall() if cursor.description else []

    def _remember(self, remembering: bool) -> None:
        self.keys.forget(remembering=remembering)
        self._contracts.forget(remembering=remembering)
        self._administrators.forget(remembering=remembering)
        self._addresses.forget(remembering=remembering)
        self._signing.forget(remembering=remembering)
        self._settings.forget(remembering=remembering)
        self._functions.forget(remembering=remembering)
        self._entitlements.forget(remembering=remembering)

    def _heard(self, notice: str) -> None:
        """Something changed. Contracts do all day long: of one of them only what is known of it is stale."""
        name = contracts.told(notice)
        if name is None:
            self._remember(True)
        else:
            self._contracts.drop(name)
            self._entitlements.drop(name)

    async def _listen(self) -> None:
        """Hear of changes; while nobody can tell us, nothing is remembered."""
        while True:
            try:
                async with await self._connect() as connection:
                    await connection.execute(f"LISTEN {CHANGED}")
                    self._remember(True)
                    async for notice in connection.notifies():
                        self._heard(notice.payload)
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


def _of(key: Key, contracts: dict[str, Contract]) -> dict[str, Contract]:
    """Those that its holder may name."""
    if key.customer_id is None:
        return contracts
    return {name: one for name, one in contracts.items() if key.reaches(one.customer_id)}
