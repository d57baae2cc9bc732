"""Answers that their callers may keep as long as the version is the same: ETag and If-None-Match (RFC 9110)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import msgspec

from abono.entrypoints.meter.always import SAFE

# Kept by the caller alone, and asked for again before each use: what it costs is a head without a body.
_KEPT = [(b"content-type", b"application/json"), (b"cache-control", b"private, no-cache"), *SAFE]
_encode = msgspec.json.Encoder().encode

type Reply = tuple[bytes, int, list[tuple[bytes, bytes]]]  # body, status, headers


SAME = 304


class Answer(Protocol):
    """A struct of msgspec's."""

    version: str


def reply(answer: Answer, headers: Mapping[bytes, bytes]) -> Reply:
    """200 with the answer, or 304 without where the caller has this version already."""
    etag = f'"{answer.version}"'.encode()
    sent = [*_KEPT, (b"etag", etag)]
    known = headers.get(b"if-none-match", b"")
    if known.strip() == b"*" or etag in (one.strip().removeprefix(b"W/") for one in known.split(b",")):
        return b"", SAME, sent[1:]
    return _encode(answer), 200, sent
