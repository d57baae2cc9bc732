"""A caller over HTTP that costs the machine little: it shares the processors with what it measures.

One process, plain sockets, no library. `run` is a closed loop: each connection sends the next request when the answer
to the last is whole, so a server that stalls is asked less, and its stall counts once per connection. `run_open` sends
on a schedule, whatever is answered, and counts from the scheduled moment: a stall counts for all who came meanwhile.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from time import perf_counter

HELD, REFUSED = b'"held"', b'"refused"'
_LENGTH = b"content-length: "


def run(
    requests: Iterator[bytes], port: int, *, seconds: float, connections: int, held: int, word: bytes = HELD
) -> tuple[float, list[float]]:
    """Send for `seconds`; each answer must say the `word` so many times. Returns the wall time and each latency in s."""
    with _Callers(port, connections, held, word) as callers:
        begun = perf_counter()
        end = begun + seconds
        sent_at: dict[int, float] = {}
        took: list[float] = []
        for number in callers.sockets:
            sent_at[number] = perf_counter()
            callers.send(number, next(requests))
        while sent_at:
            for number in callers.answered():
                now = perf_counter()
                took.append(now - sent_at[number])
                request = next(requests, None) if now < end else None
                if request is None:
                    del sent_at[number]
                else:
                    sent_at[number] = now
                    callers.send(number, request)
        return perf_counter() - begun, took


def run_open(
    requests: Sequence[bytes],
    port: int,
    *,
    rate: float,
    connections: int,
    held: int,
    word: bytes = HELD,
) -> tuple[float, list[float]]:
    """Send all of `requests`, `rate` a second. Returns the wall time and each latency in s, from when it was due.

    A request that is due while every connection waits for its answer waits too, and its clock runs.
    """
    with _Callers(port, connections, held, word) as callers:
        free, sent = list(callers.sockets), 0
        due_at: dict[int, float] = {}
        took: list[float] = []
        begun = perf_counter()
        while len(took) < len(requests):
            while free and sent < len(requests) and perf_counter() >= begun + sent / rate:
                number = free.pop()
                due_at[number] = begun + sent / rate
                callers.send(number, requests[sent])
                sent += 1
            until = begun + sent / rate - perf_counter() if free and sent < len(requests) else None
            for number in callers.answered(until):
                took.append(perf_counter() - due_at[number])
                free.append(number)
        return perf_counter() - begun, took


class _Callers:
    """Connections, by the number of their socket."""

    def __init__(self, port: int, connections: int, held: int, word: bytes) -> None:
        self._word = word
        self._held, self._parts, self._stack = held, dict[int, bytes](), ExitStack()
        self._poll = self._stack.enter_context(select.epoll())
        self.sockets: dict[int, socket.socket] = {}
        for _ in range(connections):
            caller = self._stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            caller.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._poll.register(caller, select.EPOLLIN)
            self.sockets[caller.fileno()] = caller

    def __enter__(self) -> _Callers:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def send(self, number: int, request: bytes) -> None:
        self.sockets[number].sendall(request)

    def answered(self, timeout_s: float | None = None) -> Iterator[int]:
        """Those whose answer came whole; waits for news on any, or until the time is over."""
        if timeout_s is not None:  # epoll counts in whole milliseconds, select in microseconds
            select.select([self._poll], [], [], max(0, timeout_s))
        for number, _ in self._poll.poll(None if timeout_s is None else 0):
            received = self.sockets[number].recv(1 << 20)
            if not received:
                raise ConnectionError("the server closed the connection")
            received = self._parts.pop(number, b"") + received
            if _whole(received):
                assert received.count(self._word) == self._held, received[:500]
                yield number
            else:
                self._parts[number] = received


def _whole(received: bytes) -> bool:
    head = received.find(b"\r\n\r\n")
    if head < 0:
        return False
    at = received.find(_LENGTH, 0, head) + len(_LENGTH)
    return len(received) == head + 4 + int(received[at : received.find(b"\r", at)])
