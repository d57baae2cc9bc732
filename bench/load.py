"""A caller over HTTP that costs the machine little: it shares the processors with what it measures.

One process, plain sockets, no library: each connection sends the next request when the answer to the last is whole.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator
from time import perf_counter

_LENGTH = b"content-length: "


def run(
    requests: Iterator[bytes], port: int, *, seconds: float, connections: int, held: int
) -> tuple[float, list[float]]:
    """Send for `seconds`; each answer must say `"held"` so many times. Returns the wall time and each latency in s."""
    poll = select.epoll()
    callers = {}
    for _ in range(connections):
        caller = socket.create_connection(("127.0.0.1", port))
        caller.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        poll.register(caller, select.EPOLLIN)
        callers[caller.fileno()] = caller
    begun = perf_counter()
    end = begun + seconds
    sent_at: dict[int, float] = {}
    parts: dict[int, bytes] = {}
    took: list[float] = []
    for number, caller in callers.items():
        sent_at[number] = perf_counter()
        caller.sendall(next(requests))
    while sent_at:
        for number, _ in poll.poll():
            received = callers[number].recv(1 << 20)
            if not received:
                raise ConnectionError("the server closed the connection")
            received = parts.pop(number, b"") + received
            if not _whole(received):
                parts[number] = received
                continue
            now = perf_counter()
            assert received.count(b'"held"') == held, received[:500]
            took.append(now - sent_at[number])
            request = next(requests, None) if now < end else None
            if request is None:
                del sent_at[number]
            else:
                sent_at[number] = now
                callers[number].sendall(request)
    wall = perf_counter() - begun
    for caller in callers.values():
        caller.close()
    poll.close()
    return wall, took


def _whole(received: bytes) -> bool:
    head = received.find(b"\r\n\r\n")
    if head < 0:
        return False
    at = received.find(_LENGTH, 0, head) + len(_LENGTH)
    return len(received) == head + 4 + int(received[at : received.find(b"\r", at)])
