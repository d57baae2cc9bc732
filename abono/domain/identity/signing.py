"""Keys with which this installation signs, so that others check it without asking us (LIC-11): made, published, turned, withdrawn.

A key signs from a moment on until the next one does. It is published an hour before, so that who keeps the list has it when
it is needed, and until nothing that it signed can be of use any more. Both follow from the rows: no worker ends anything.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any
from uuid import UUID

import msgspec
from cryptography.fernet import InvalidToken
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection

from abono.domain.identity.models import SigningKey
from abono.domain.identity.sealed import opened, seal
from abono.kernel.ids import public, uuid7
from abono.platform import events
from abono.platform.lookups import CHANGED
from abono.platform.use_case import use_case

AHEAD = timedelta(hours=1)  # a key is published before it signs
AFTER = timedelta(minutes=20)  # … and after: what is signed lasts 15 minutes, processes remember for some

KEYS = (
    "SELECT id, private, signs_from FROM identity_signingkey WHERE withdrawn_at IS NULL ORDER BY signs_from"
)

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Published:
    """The public half, as a JWK says it (RFC 8037)."""

    key_id: str
    x: str
    signs_from: datetime


class Signer:
    """A key in hand."""

    def __init__(self, key_id: str, private: Ed25519PrivateKey) -> None:
        head = {"alg": "EdDSA", "kid": key_id, "typ": "JWT"}
        self.key_id, self._private, self._head = key_id, private, _b64(_encode(head))

    def signed(self, claims: Mapping[str, object]) -> str:
        """As a JSON Web Token (RFC 7519)."""
        said = self._head + b"." + _b64(_encode(claims))
        return (said + b"." + _b64(self._private.sign(said))).decode()


@dataclass(frozen=True, slots=True)
class Keyring:
    """Those that may sign, in the order in which they do."""

    signers: Sequence[tuple[datetime, Signer]] = field(default_factory=tuple)

    @classmethod
    def of(cls, rows: Sequence[tuple[Any, ...]]) -> Keyring:
        """Rows of KEYS; what no secret key reads is left out."""
        found = ((signs_from, _signer(key, private)) for key, private, signs_from in rows)
        return cls(tuple((since, signer) for since, signer in found if signer is not None))

    def at(self, now: datetime) -> Signer | None:
        """Who signs at a moment of real time; None before the first key."""
        return next((signer for since, signer in reversed(self.signers) if since <= now), None)


def keyring() -> Keyring:
    rows = SigningKey.objects.filter(withdrawn_at=None).order_by("signs_from")
    return Keyring.of(list(rows.values_list("id", "private", "signs_from")))


def published(*, now: datetime) -> list[Published]:
    """Every key by which something that is of use may be signed, or soon will be, the oldest first."""
    rows = list(SigningKey.objects.filter(withdrawn_at=None).order_by("signs_from"))
    ended = {before.id for before, after in pairwise(rows) if after.signs_from + AFTER <= now}
    return [
        Published(public("sgk", row.id), row.public, row.signs_from) for row in rows if row.id not in ended
    ]


@use_case
def keep(*, lasts: timedelta, actor: str, now: datetime) -> bool:
    """Make the first key, or the next one in time before the newest has signed for so long. Whether one was made."""
    _one_at_a_time()
    newest = _newest()
    if newest is None:
        _make(signs_from=now, actor=actor, now=now)
    elif newest.signs_from + lasts - AHEAD <= now:
        _make(signs_from=now + AHEAD, actor=actor, now=now)
    else:
        return False
    return True


@use_case
def turn(*, withdraw: bool, actor: str, now: datetime) -> None:
    """Have a new key sign: in an hour, once it is known everywhere; or at once, and `withdraw` all before it, which somebody
    else may have: what they signed is of no use from then on to whoever asks for the list anew."""
    _one_at_a_time()
    if withdraw:
        SigningKey.objects.filter(withdrawn_at=None).update(withdrawn_at=now)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, %s)", [CHANGED, "signing_keys"])  # the fast lane remembers
    _make(signs_from=now if _newest() is None else now + AHEAD, actor=actor, now=now)


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('abono:signing_keys'))")


def _newest() -> SigningKey | None:
    return SigningKey.objects.filter(withdrawn_at=None).order_by("-signs_from").first()


def _make(*, signs_from: datetime, actor: str, now: datetime) -> None:
    private = Ed25519PrivateKey.generate()
    key = SigningKey.objects.create(
        id=uuid7(),
        public=_b64(private.public_key().public_bytes_raw()).decode(),
        private=seal(_b64(private.private_bytes_raw()).decode()),
        made_by=actor,
        made_at=now,
        signs_from=signs_from,
    )
    events.record(
        name="signing_key.made",
        subject=("signing_key", key.id),
        customer_id=None,
        actor=actor,
        now=now,
        after={"signs_from": signs_from.isoformat()},
    )


@lru_cache(maxsize=16)
def _signer(key: UUID, private: str) -> Signer | None:
    try:
        raw = base64.urlsafe_b64decode(opened(private) + "=")
    except InvalidToken:
        return None
    return Signer(public("sgk", key), Ed25519PrivateKey.from_private_bytes(raw))


def _b64(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")
