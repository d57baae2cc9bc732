"""Texts that lie encrypted: secrets of second factors and of suppliers of single sign-on (ACC-3), passwords of documents
(FIN-6), keys that sign (LIC-11).

New ones are encrypted under `ABONO_SECRET_KEY`; those under the key before are read until `anew` was asked for. Each is
told from one that was changed: Fernet puts an HMAC on it.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterator
from enum import Enum
from functools import lru_cache
from typing import Any

from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.db.models import QuerySet

from abono.domain.identity.models import DocumentLock, SigningKey, SignOn
from abono.platform.keyed import keys
from abono.platform.use_case import use_case

_IN_FACTORS = ("secret", "seed", "migrated_codes")  # where allauth keeps what it has encrypted


class Under(Enum):
    """Which key reads a text."""

    NOW = "now"
    BEFORE = "before"
    NONE = "none"  # neither: it was changed, or made under a key that nobody gave


def seal(text: str) -> str:
    return _box(keys()).encrypt(text.encode()).decode()


def opened(text: str) -> str:
    """Raises InvalidToken for what was changed, or encrypted under a key that is neither that of now nor the one before."""
    return _box(keys()).decrypt(text.encode()).decode()


def standing() -> Counter[Under]:
    """How many texts each key reads. All of them are tried: some 50 µs each."""
    found: Counter[Under] = Counter()
    for rows, field in _kept():
        for kept in rows.values_list(field, flat=True).iterator():
            found.update(map(_under, _texts(kept)))
    return found


def reads(kept: Any) -> bool:
    """Whether each text in what a row keeps is read by a key."""
    return all(_under(text) is not Under.NONE for text in _texts(kept))


def anew() -> int:
    """Encrypt under the key of now what lies under the one before; how many texts it was.

    A row is a transaction, so nobody who signs in waits. To be asked again after one that was cut off; what no key reads
    stays as it is.
    """
    return sum(
        _row_anew(rows, field, key) for rows, field in _kept() for key in rows.values_list("pk", flat=True)
    )


@use_case
def _row_anew(rows: QuerySet[Any], field: str, key: object) -> int:
    row = rows.select_for_update().filter(pk=key).first()
    if row is None:
        return 0
    kept = getattr(row, field)
    stale = sum(_under(text) is Under.BEFORE for text in _texts(kept))
    if stale:
        setattr(row, field, _anew(kept))
        row.save(update_fields=[field])
    return stale


def _kept() -> list[tuple[QuerySet[Any], str]]:
    return [
        (Authenticator.objects.order_by("pk"), "data"),
        (SignOn.objects.exclude(secret="").order_by("pk"), "secret"),
        (DocumentLock.objects.exclude(password="").order_by("pk"), "password"),
        (SigningKey.objects.order_by("pk"), "private"),
    ]


def _texts(kept: Any) -> Iterator[str]:
    """Every encrypted text in what a row keeps."""
    if isinstance(kept, str):
        yield kept
        return
    parts = kept if isinstance(kept, list) else (kept[name] for name in _IN_FACTORS if name in kept)
    for part in parts:
        yield from _texts(part)


def _anew(kept: Any) -> Any:
    """The same, with each text that the key before reads under the key of now."""
    if isinstance(kept, dict):
        return {name: _anew(one) if name in _IN_FACTORS else one for name, one in kept.items()}
    if isinstance(kept, list):
        return [_anew(one) for one in kept]
    return seal(opened(kept)) if _under(kept) is Under.BEFORE else kept


def _under(text: str) -> Under:
    for under, key in zip((Under.NOW, Under.BEFORE), keys(), strict=False):
        try:
            _box((key,)).decrypt(text.encode())
        except InvalidToken:
            continue
        return under
    return Under.NONE


@lru_cache(maxsize=4)
def _box(secrets: tuple[str, ...]) -> MultiFernet:
    """The first encrypts, each decrypts."""
    return MultiFernet(
        [
            Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"factors:{key}".encode()).digest()))
            for key in secrets
        ]
    )
