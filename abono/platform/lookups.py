"""Looking things up in the database, many callers at once, and remembering them for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from time import monotonic

CHANGED = "abono_changed"  # notified when what somebody may remember is stale: a key revoked, a sandbox clock moved, a setting
MOST = 100_000  # entries; then all are forgotten


class Lookup[K, V]:
    """A cache in front of a query for many keys. What does not exist is not remembered.

    load        the query; leaves out what it does not find
    lifetime_s  how long an entry may be used from when it was asked for, unless `forget` or `drop` is called
    lasts_s     of a value that by itself is over sooner: for how long it holds from then; None: it does not end
    """

    def __init__(
        self,
        load: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]],
        *,
        lifetime_s: int,
        lasts_s: Callable[[V], float | None] | None = None,
    ) -> None:
        self._load, self._lifetime_s, self._lasts_s = load, lifetime_s, lasts_s
        self._entries: dict[K, tuple[float, V]] = {}
        self._wanted: dict[K, asyncio.Future[V | None]] = {}
        self._loading: asyncio.Task[None] | None = None
        self._generation = 0
        self._remembering = False

    def forget(self, *, remembering: bool) -> None:
        """What is known, and what is being read at this moment, is stale: something changed, or nobody can tell us
        any more what does. Then nothing is remembered."""
        self._remembering = remembering
        self._generation += 1
        self._entries.clear()

    def drop(self, key: K) -> None:
        """The same of one key, of which we were told."""
        self._generation += 1
        self._entries.pop(key, None)

    def remembered(self, key: K) -> V | None:
        """What is remembered of a key: a short way before `many`."""
        entry = self._entries.get(key)
        return None if entry is None or entry[0] <= monotonic() else entry[1]

    def at_hand(self, keys: Collection[K]) -> dict[K, V] | None:
        """What is remembered of the keys; None unless all of them are."""
        now = monotonic()
        found: dict[K, V] = {}
        for key in keys:
            entry = self._entries.get(key)
            if entry is None or entry[0] <= now:
                return None
            found[key] = entry[1]
        return found

    async def many(self, keys: Collection[K]) -> dict[K, V]:
        """Those of the keys that exist. Callers who come while a query runs share the next one."""
        remembered = self.at_hand(keys)
        if remembered is not None:
            return remembered
        now = monotonic()
        found: dict[K, V] = {}
        waiting: dict[K, asyncio.Future[V | None]] = {}
        for key in keys:
            entry = self._entries.get(key)
            if entry is not None and entry[0] > now:
                found[key] = entry[1]
            else:
                waiting[key] = self._want(key)
        for key, future in waiting.items():
            value = await asyncio.shield(future)
            if value is not None:
                found[key] = value
        return found

    def _want(self, key: K) -> asyncio.Future[V | None]:
        future = self._wanted.get(key)
        if future is None:
            future = self._wanted[key] = asyncio.get_running_loop().create_future()
            if self._loading is None:
                self._loading = asyncio.create_task(self._load_wanted())
        return future

    async def _load_wanted(self) -> None:
        """One query after the other until nobody waits."""
        while self._wanted:
            wanted, self._wanted = self._wanted, {}
            generation, began = self._generation, monotonic()
            try:
                values = await self._load(list(wanted))
            except Exception as error:
                for future in wanted.values():
                    future.set_exception(error)
                    future.exception()  # a caller may have gone; then nobody asks for it
                continue
            if self._remembering and generation == self._generation:
                self._remember(values, began)
            for key, future in wanted.items():
                future.set_result(values.get(key))
        self._loading = None

    def _remember(self, values: Mapping[K, V], began: float) -> None:
        if len(self._entries) + len(values) > MOST:
            self._entries.clear()
        for key, value in values.items():
            lasts_s = None if self._lasts_s is None else self._lasts_s(value)
            lasts_s = self._lifetime_s if lasts_s is None else min(lasts_s, self._lifetime_s)
            self._entries[key] = (began + lasts_s, value)
