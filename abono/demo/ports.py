"""Ports of this machine that nobody listens on."""

from __future__ import annotations

import socket
from collections.abc import Collection

HOST = "127.0.0.1"
FARTHEST = 100  # ports that are tried after the wanted one


class NoFreePort(Exception):
    """All ports after the wanted one are taken."""


def free(wanted: int, *, but: Collection[int] = ()) -> int:
    """The wanted port, or the next one that is free and not among `but`. Raises NoFreePort."""
    for port in range(wanted, min(wanted + FARTHEST, 65_535) + 1):
        if port not in but and _is_free(port):
            return port
    raise NoFreePort(f"no free port from {wanted} on")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # one that was just closed is free
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def any_free(count: int) -> list[int]:
    """So many ports that are free at this moment, all different."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind((HOST, 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()
