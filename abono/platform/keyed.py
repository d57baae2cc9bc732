"""The installation's own keys: the one that new texts are made with, and the one before, by which texts that were given
out are still known (docs/production.md)."""

from __future__ import annotations

from django.conf import settings
from django.utils.crypto import salted_hmac


def keys() -> tuple[str, ...]:
    """ABONO_SECRET_KEY, then ABONO_SECRET_KEY_BEFORE if there is one."""
    return (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


def marks(salt: str, value: str | bytes, *, algorithm: str = "sha1") -> list[bytes]:
    """The HMAC of a value under each key: the first is the one to give out, any of them is to be known again."""
    return [salted_hmac(salt, value, secret=key, algorithm=algorithm).digest() for key in keys()]
