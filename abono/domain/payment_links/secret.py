"""The secret of a payment link: made of its id with the installation's own key, and kept as a hash (ACC-3).

So it can be said again where a mail goes out later or an API call is repeated, and still lies nowhere. With another
`ABONO_SECRET_KEY` links that were given out go on to open; what is not sent yet goes with the secret of the key before
while that one is known (`platform.keyed`), then without one.
"""

from __future__ import annotations

from uuid import UUID

from abono.platform import keyed
from abono.platform.keyed import hashed

__all__ = ["hashed", "secret", "secrets"]
_SALT = "abono.payment_links"


def secret(link_id: UUID) -> str:
    """32 letters that may stand in an address."""
    return secrets(link_id)[0]


def secrets(link_id: UUID) -> list[str]:
    """The same, and what it was under the key before."""
    return keyed.secrets(_SALT, link_id)
