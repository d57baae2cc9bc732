"""API keys: who asks, and what they may (ACC-4). Every door finds a key here: `used` asks each time, `Remembered` does not."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any
from uuid import UUID

from django.db import connection

from abono.domain.identity import addresses
from abono.domain.identity.addresses import Network
from abono.domain.identity.errors import FromElsewhere
from abono.kernel import key_text
from abono.platform import events
from abono.platform.lookups import Lookup

METER = "meter"  # hold, settle, tell of contacts
READ = "read"  # look at contracts and invoices
WRITE = "write"  # what costs money: raise and pay
SCOPES = (METER, READ, WRITE)
LIFETIME_S = 5
USE_NOTED_EACH = timedelta(minutes=1)
ELSEWHERE = "key.from_elsewhere"

FIND = (
    "SELECT hash, id, prefix, customer_id, scopes, expires_at, addresses, last_used_at FROM identity_apikey"
    " WHERE hash = ANY (%s) AND revoked_at IS NULL"
)
NOTE_USE = (
    "UPDATE identity_apikey SET last_used_at = %s WHERE hash = ANY (%s)"
    " AND (last_used_at IS NULL OR last_used_at < %s)"
)

type Ask = Callable[..., Awaitable[Sequence[tuple[Any, ...]]]]  # a statement and its arguments -> rows


@dataclass(frozen=True, slots=True)
class Key:
    """An API key that was not revoked. `customer_id` is None for the seller's own, which reaches every contract.

    networks   from where it may come; none for from anywhere
    """

    id: UUID
    prefix: str
    customer_id: UUID | None
    scopes: frozenset[str]
    expires_at: datetime | None
    networks: tuple[Network, ...] = ()

    @property
    def actor(self) -> str:
        return f"key:{self.prefix}"

    @property
    def sellers(self) -> bool:
        return self.customer_id is None

    def may(self, *scopes: str) -> bool:
        """Whether it has one of these."""
        return not self.scopes.isdisjoint(scopes)

    def reaches(self, customer_id: UUID) -> bool:
        """Whether that customer's contracts exist for it (ACC-2)."""
        return self.customer_id is None or self.customer_id == customer_id

    def comes_from(self, address: str) -> None:
        """Raises FromElsewhere when it may not come from there."""
        if self.networks and not addresses.among(self.networks, address):
            raise FromElsewhere(address or "?")


def digest(text: str) -> bytes:
    """What is stored of a key."""
    return hashlib.sha256(text.encode(errors="replace")).digest()


def find(text: str, *, now: datetime) -> Key | None:
    """The usable key with this text; None when unknown, revoked or expired."""
    row = _row(text)
    return None if row is None else _usable(_key(row), now)


def used(text: str, *, address: str, now: datetime) -> Key | None:
    """As `find`, for somebody who comes in with it from an address: notes when, to the minute. Raises FromElsewhere, which
    only whoever has the whole key ever hears, and which is written down once an hour.
    """
    row = _row(text)
    if row is None or (key := _usable(_key(row), now)) is None:
        return None
    try:
        key.comes_from(address)
    except FromElsewhere:
        _write_down(key, now)
        raise
    since = now - USE_NOTED_EACH
    if _stale(row, since):
        with connection.cursor() as cursor:
            cursor.execute(NOTE_USE, [now, [digest(text)], since])
    return key


def _write_down(key: Key, now: datetime) -> None:
    """That somebody came with it from elsewhere; the address lies beside the record, as of every act."""
    events.record_rarely(
        name=ELSEWHERE, subject=("key", key.id), customer_id=key.customer_id, actor=key.actor, now=now
    )


def _row(text: str) -> tuple[Any, ...] | None:
    if not key_text.is_whole(text):  # a typing mistake, or somebody guessing: nobody is asked
        return None
    with connection.cursor() as cursor:
        cursor.execute(FIND, [[digest(text)]])
        found: tuple[Any, ...] | None = cursor.fetchone()
    return found


def _stale(row: tuple[Any, ...], since: datetime) -> bool:
    """Whether its last use was noted before that, or never."""
    return row[-1] is None or row[-1] < since


class Remembered:
    """Keys as a process knows them that hears of `lookups.CHANGED`: a few seconds old at most, and none that was revoked.

    ask   has a statement done, beside Django's connection
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._keys = Lookup(self._read, lifetime_s=LIFETIME_S)
        self._now = datetime.min.replace(tzinfo=UTC)
        self._noted: dict[bytes, datetime] = {}

    def forget(self, *, remembering: bool) -> None:
        """Something changed, or nobody can tell us any more: then nothing is remembered."""
        self._keys.forget(remembering=remembering)

    async def used(self, text: str, *, address: str, now: datetime) -> Key | None:
        """As `used` above; who comes from elsewhere is counted by the caller, not written down."""
        name = digest(text)
        key = self._keys.remembered(name)
        if key is None:
            if not key_text.is_whole(text):
                return None
            self._now = now
            key = (await self._keys.many((name,))).get(name)
        key = _usable(key, now)
        if key is not None and key.networks:
            key.comes_from(address)
            await self._note_use(name, now)
        return key

    async def _note_use(self, name: bytes, now: datetime) -> None:
        """Of a key that is bound to addresses: reading it is no use of it yet."""
        since = now - USE_NOTED_EACH
        noted = self._noted.get(name)
        if noted is None or noted < since:
            self._noted[name] = now
            await self._ask(NOTE_USE, now, [name], since)

    async def _read(self, names: Sequence[bytes]) -> Mapping[bytes, Key]:
        now, since = self._now, self._now - USE_NOTED_EACH
        rows = await self._ask(FIND, list(names))
        stale = [row[0] for row in rows if _stale(row, since) and not _key(row).networks]
        if stale:
            await self._ask(NOTE_USE, now, stale, since)
        return {bytes(row[0]): _key(row) for row in rows}


def _key(row: tuple[Any, ...]) -> Key:
    _hash, key_id, prefix, customer_id, scopes, expires_at, networks, _used_at = row
    return Key(key_id, prefix, customer_id, frozenset(scopes), expires_at, tuple(map(ip_network, networks)))


def _usable(key: Key | None, now: datetime) -> Key | None:
    return key if key is not None and (key.expires_at is None or key.expires_at > now) else None
