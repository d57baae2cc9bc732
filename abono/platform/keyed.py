"""The installation's own keys: the one that new texts are made with, and the one before, by which texts that were given
out are still known (docs/production.md)."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from uuid import UUID

from django.conf import settings
from django.utils.crypto import salted_hmac

_BYTES = 24  # of a secret: 192 bits


def keys() -> tuple[str, ...]:
    """ABONO_SECRET_KEY, then ABONO_SECRET_KEY_BEFORE if there is one."""
    return (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


def marks(salt: str, value: str | bytes, *, algorithm: str = "sha1") -> list[bytes]:
    """The HMAC of a value under each key: the first is the one to give out, any of them is to be known again."""
    return [salted_hmac(salt, value, secret=key, algorithm=algorithm).digest() for key in keys()]


def secrets(salt: str, key: UUID) -> list[str]:
    """The secret of a link to something, 32 letters that may stand in an address, under each key. It lies nowhere: what is
    kept of it is `hashed`."""
    return [urlsafe_b64encode(one[:_BYTES]).decode() for one in marks(salt, key.bytes, algorithm="sha256")]


def hashed(text: str) -> bytes:
    """What is kept of a secret, and looked for."""
    return hashlib.sha256(text.encode(errors="replace")).digest()
