"""Identifiers: UUIDv7 keys (RFC 9562), their public form, keys of foreign text, contract numbers."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from stdnum import damm

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u; sorts like the number
_LENGTH = 26
_PAIRS = [a + b for a in _ALPHABET for b in _ALPHABET]
HASHED = UUID("ff000000-0000-0000-0000-000000000000")  # the lowest key that is no UUIDv7: see event_key
_VARIANT = bytes(
    0x80 | one & 0x3F for one in range(256)
)  # what becomes of a byte that is drawn, where it is told
_lock = threading.Lock()
_last = 0


def uuid7() -> UUID:
    """A new UUIDv7, strictly greater than the one before it in this process.

    Reads the system clock for its first 48 bits only: the id orders rows, it decides nothing.
    """
    global _last
    with _lock:
        stamp = (time.time_ns() // 1_000_000 << 12) | int.from_bytes(os.urandom(2)) >> 6
        stamp = _last = max(stamp, _last + 1)
    tail = int.from_bytes(os.urandom(8)) >> 2
    return UUID(int=(stamp >> 12) << 80 | 0x7 << 76 | (stamp & 0xFFF) << 64 | 0b10 << 62 | tail)


def uuid7_texts(count: int) -> list[str]:
    """So many new ones as texts, each greater than any before it in this process: many at a time cost a fraction of `uuid7` and
    `str` one by one."""
    global _last
    with _lock:
        stamp = max(time.time_ns() // 1_000_000 << 12 | int.from_bytes(os.urandom(2)) >> 6, _last + 1)
        _last = stamp + count - 1
    noise = bytearray(os.urandom(8 * count))
    noise[::8] = noise[::8].translate(_VARIANT)
    tails, made = noise.hex(), []
    for n in range(count):
        head, at = f"{stamp + n:015x}", 16 * n
        made.append(f"{head[:8]}-{head[8:12]}-7{head[12:]}-{tails[at : at + 4]}-{tails[at + 4 : at + 16]}")
    return made


def first_id(moment: datetime | date) -> UUID:
    """The lowest UUIDv7 of a millisecond; of a date, that of its first one in UTC."""
    at = (
        moment
        if isinstance(moment, datetime)
        else datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    )
    milliseconds = round((at - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000)
    return UUID(int=max(milliseconds, 0) << 80)


def made_at(key: UUID) -> datetime:
    """When a UUIDv7 was made, to the millisecond."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=key.int >> 80)


def public(prefix: str, key: UUID) -> str:
    """The id as the world sees it: `ctr_01j…`, 26 characters after the prefix, sorting as the key does."""
    number, text = key.int, []
    for _ in range(_LENGTH // 2):
        text.append(_PAIRS[number & 1023])
        number >>= 10
    return f"{prefix}_{''.join(reversed(text))}"


def parse(prefix: str, text: str) -> UUID | None:
    """The key behind a public id; None when it is not one of this prefix. Never raises."""
    head, _, tail = text.partition("_")
    if head != prefix or len(tail) != _LENGTH or not set(tail) <= set(_ALPHABET) or tail[0] > "7":
        return None
    number = 0
    for letter in tail:
        number = number << 5 | _ALPHABET.index(letter)
    return UUID(int=number)


def event_key(text: str) -> UUID:
    """The key of a caller's own id for an event (PKG-9): any text becomes one UUID, always the same.

    A UUIDv7 stays as it is, so that rows lie and partition by time. Anything else becomes a UUIDv8
    made of a SHA-256, beginning with ff, out of the way of every point in time.
    """
    try:
        given = UUID(text)
    except ValueError:
        given = None
    if given is not None and given.version == 7 and str(given) == text.lower():
        return given
    digest = bytearray(b"\xff" + hashlib.sha256(text.encode()).digest()[:15])
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    return UUID(bytes=bytes(digest))


def contract_number(year: int, sequence: int) -> str:
    """The number that is shown everywhere (CON-5): year, sequence, check digit: `2026-000042-6`.

    The digit is Damm's: every single wrong digit and every swap of neighbours is found.
    """
    body = f"{year:04d}{sequence:06d}"
    return f"{body[:4]}-{body[4:]}-{damm.calc_check_digit(body)}"
