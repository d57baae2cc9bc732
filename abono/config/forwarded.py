"""Who asks, and how they came, behind proxies: the last few entries of X-Forwarded-For and -Proto (S-28, V-09).

Each proxy adds to the end of the list the address that it was asked from. Behind `n` proxies of ours the n-th entry
from the end is what the outermost of them saw; all that stands before it anybody may have written. Without proxies
nothing of it is believed.
"""

from __future__ import annotations

from ipaddress import ip_address

from abono.platform.web.asgi import Scope

_FOR, _PROTO = b"x-forwarded-for", b"x-forwarded-proto"
_SCHEMES = {"http", "https", "ws", "wss"}


def as_seen(scope: Scope, *, proxies: int) -> Scope:
    """The scope with the client and the scheme that the outermost proxy saw; as it is without proxies."""
    if not proxies:
        return scope
    scheme = _nth(scope, _PROTO, proxies).lower()
    client = _address(_nth(scope, _FOR, proxies))
    return {
        **scope,
        "scheme": scheme if scheme in _SCHEMES else scope.get("scheme", "http"),
        "client": (client, 0) if client else scope.get("client"),
    }


def _nth(scope: Scope, name: bytes, proxies: int) -> str:
    """The n-th entry from the end; the first when there are fewer, as of a proxy that overwrites; empty for none."""
    lines = [value.decode("latin-1") for key, value in scope["headers"] if key == name]
    entries = [entry.strip() for line in lines for entry in line.split(",")]
    return entries[-proxies] if len(entries) >= proxies else entries[0] if entries else ""


def _address(said: str) -> str:
    """An IP address without the port that some proxies add; empty for anything else."""
    for candidate in (said, said.rpartition(":")[0]):
        try:
            return str(ip_address(candidate.strip("[]")))
        except ValueError:
            continue
    return ""
