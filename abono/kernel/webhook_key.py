"""The key behind a secret of the Standard Webhooks specification (https://www.standardwebhooks.com, "Signature scheme")."""

from __future__ import annotations

import base64
import binascii

PREFIX = "whsec_"
FEWEST_BYTES, MOST_BYTES = 24, 64  # of a key that is written in base64: the specification's bounds
FEWEST_LETTERS = 16  # of a secret that is a text
MAKE_ONE = "make one with: python3 -c \"import base64, secrets; print('whsec_' + base64.b64encode(secrets.token_bytes(32)).decode())\""


class BadSecret(ValueError):
    """A secret with which anybody could sign, or that is not what it seems; the text says what to do."""


def webhook_key(secret: str) -> bytes:
    """The bytes that sign.

    With the prefix `whsec_` the rest is base64, padded or not; without it the letters themselves are the key, whatever
    they look like: what is base64 and meant so needs its prefix. Raises BadSecret.
    """
    if not secret.startswith(PREFIX):
        if len(secret) < FEWEST_LETTERS or not secret.isprintable() or secret != secret.strip():
            raise BadSecret(
                f"a secret is {PREFIX} and a key in base64, or a text of {FEWEST_LETTERS} visible characters or more,"
                f" which then is the key as it stands; {MAKE_ONE}"
            )
        return secret.encode()
    written = secret.removeprefix(PREFIX).rstrip("=")
    try:
        key = base64.b64decode(written + "=" * (-len(written) % 4), validate=True)
    except binascii.Error:
        raise BadSecret(
            f"what follows {PREFIX} is not base64: copy the secret whole, or {MAKE_ONE}"
        ) from None
    if not FEWEST_BYTES <= len(key) <= MOST_BYTES:
        raise BadSecret(
            f"the key after {PREFIX} has {len(key)} bytes, it needs {FEWEST_BYTES} to {MOST_BYTES}:"
            f" copy the secret whole, or {MAKE_ONE}"
        )
    return key
