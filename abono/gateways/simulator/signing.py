"""Signed messages as the Standard Webhooks specification 1.0 writes them."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

TOLERANCE = timedelta(minutes=5)  # how far a message's moment may lie from ours, either way


class WrongSignature(Exception):
    """The message is not from who knows the secret, was changed, or is too old; the text says which."""


def sign(secret: str, *, message_id: str, moment_s: int, body: bytes) -> str:
    """The value of `webhook-signature` for a message sent at `moment_s`, in seconds since 1970."""
    signed = f"{message_id}.{moment_s}.".encode() + body
    digest = hmac.digest(_key(secret), signed, hashlib.sha256)
    return "v1," + base64.b64encode(digest).decode()


def headers(secret: str, *, message_id: str, moment_s: int, body: bytes) -> dict[str, str]:
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(moment_s),
        "webhook-signature": sign(secret, message_id=message_id, moment_s=moment_s, body=body),
    }


def verify(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """The id of a genuine message. Raises WrongSignature."""
    given = {name.lower(): value for name, value in headers.items()}
    message_id, stamp = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    if not message_id or not stamp.isascii() or not stamp.isdigit() or len(stamp) > 12:
        raise WrongSignature("headers missing")
    if abs(int(now.timestamp()) - int(stamp)) > TOLERANCE.total_seconds():
        raise WrongSignature("too old or too new")
    right = sign(secret, message_id=message_id, moment_s=int(stamp), body=body).encode()
    # A header may carry several signatures while a secret is being replaced.
    candidates = given.get("webhook-signature", "").split(" ")
    if not any(hmac.compare_digest(right, candidate.encode()) for candidate in candidates):
        raise WrongSignature("signature differs")
    return message_id


def _key(secret: str) -> bytes:
    """`whsec_` stands before a key in base 64; any other text is the key itself."""
    if secret.startswith("whsec_"):
        return base64.b64decode(secret.removeprefix("whsec_"))
    return secret.encode()
