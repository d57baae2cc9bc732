"""The text of an API key: `abk_`, 256 random bits, and a checksum, so that a typing mistake or a look-alike is known
without asking anybody, and scanners for leaked secrets know ours (ACC-4)."""

from __future__ import annotations

import secrets
import zlib

PREFIX = "abk_"
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SECRET, _CHECK = 43, 6  # letters: 32 bytes in base64, a CRC-32 in base 62


def new() -> str:
    """A key that nobody had before."""
    body = f"{PREFIX}{secrets.token_urlsafe(32)}"
    return body + _checksum(body)


def is_whole(text: str) -> bool:
    """Whether a text is written like one of our keys, to the last letter."""
    body = text[:-_CHECK]
    right = len(text) == len(PREFIX) + _SECRET + _CHECK and text.startswith(PREFIX) and text.isascii()
    return right and text[-_CHECK:] == _checksum(body)


def _checksum(body: str) -> str:
    number, letters = zlib.crc32(body.encode()), []
    for _ in range(_CHECK):
        number, digit = divmod(number, len(_DIGITS))
        letters.append(_DIGITS[digit])
    return "".join(reversed(letters))
