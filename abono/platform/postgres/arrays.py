"""Columns of a batch as PostgreSQL's arrays.

UUIDs and moments go in the server's own binary form: reading a thousand of them as text costs it 0.4 ms, more than
all that is then asked of them. Cursors that write values into the statement (Django's) want text, and get it.
Numbers travel as array literals made by one `join`: cheaper for the client than an adapter's call per element.
"""

from __future__ import annotations

from binascii import unhexlify
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format

_UUID, _UUIDS = 2950, 2951  # types of pg_type
_MOMENT, _MOMENTS = 1184, 1185
_EPOCH, _MICROSECOND = datetime(2000, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


class Uuids(list[str]):
    """A uuid[] of texts in the form that UUIDs print as."""


class Moments(list[datetime]):
    """A timestamptz[]."""


class Texts(dict[Any, str]):
    """The texts of values, each made once."""

    def __init__(self, of: Callable[[Any], str]) -> None:
        super().__init__()
        self._of = of

    def __missing__(self, value: Any) -> str:
        text = self[value] = self._of(value)
        return text


def literal(column: Iterable[str]) -> str:
    """An array literal of elements that are numbers, UUIDs, or went through `quoted`."""
    return "{" + ",".join(column) + "}"


def quoted(text: str | None) -> str:
    """Any text as one element of an array literal. PostgreSQL cannot keep NUL: callers refuse it before."""
    if text is None:
        return "NULL"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def columns(rows: Iterable[Sequence[str | None]]) -> list[str]:
    """Rows of texts as one array literal for each column; one row at least. Raises ValueError for NUL, which PostgreSQL
    cannot keep."""
    return [column(those) for those in zip(*rows, strict=True)]


def column(those: Sequence[str | None]) -> str:
    """One of them: quoted all at once where none is empty; NUL, which is in none of them, parts them meanwhile."""
    there = [one for one in those if one is not None]
    joined = "\0".join(there)
    if there and joined.count("\0") >= len(there):
        raise ValueError("a text with NUL")
    if len(there) < len(those):
        return literal(map(quoted, those))
    joined = joined.replace("\\", "\\\\").replace('"', '\\"').replace("\0", '","')
    return '{"' + joined + '"}'


def _head(of: int, count: int) -> bytes:
    """What an array of one dimension begins with, as `array_send` writes it; its elements follow."""
    return b"".join(number.to_bytes(4) for number in ((1, 0, of, count, 1) if count else (0, 0, of)))


def _micro(at: datetime) -> bytes:
    return b"\0\0\0\x08" + ((at - _EPOCH) // _MICROSECOND).to_bytes(8, signed=True)


class _UuidsBinary(Dumper):
    format, oid = Format.BINARY, _UUIDS
    _LENGTH: ClassVar = "00000010"  # of the next element, in hex as they are

    def dump(self, obj: Uuids) -> bytes:
        if not obj:
            return _head(_UUID, 0)
        digits = (self._LENGTH + self._LENGTH.join(obj)).encode().translate(None, b"-")
        return _head(_UUID, len(obj)) + unhexlify(digits)


class _MomentsBinary(Dumper):
    format, oid = Format.BINARY, _MOMENTS

    def dump(self, obj: Moments) -> bytes:
        known: dict[datetime, bytes] = {}
        found = [known.get(at) or known.setdefault(at, _micro(at)) for at in obj]
        return _head(_MOMENT, len(obj)) + b"".join(found)


class _UuidsText(Dumper):
    oid = _UUIDS

    def dump(self, obj: Uuids) -> bytes:
        return literal(obj).encode()


class _MomentsText(Dumper):
    oid = _MOMENTS

    def dump(self, obj: Moments) -> bytes:
        return literal(map(_text, obj)).encode()


def _text(at: datetime) -> str:
    """In UTC where it is written otherwise: PostgreSQL reads no offset beyond 15:59."""
    if not at.utcoffset():
        return at.isoformat()
    try:
        return at.astimezone(UTC).isoformat()
    except OverflowError:  # on the first or the last day that there is
        return at.replace(tzinfo=UTC).isoformat()


psycopg.adapters.register_dumper(Uuids, _UuidsText)
psycopg.adapters.register_dumper(Uuids, _UuidsBinary)  # the last one is preferred where both do
psycopg.adapters.register_dumper(Moments, _MomentsText)
psycopg.adapters.register_dumper(Moments, _MomentsBinary)
