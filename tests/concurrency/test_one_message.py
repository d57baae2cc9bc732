"""Where one request ends is said in one way only: what a proxy could read otherwise than we is refused."""

from __future__ import annotations

import signal
import socket

import pytest

from tests.concurrency.server import Server

pytestmark = pytest.mark.django_db(transaction=True)
DOUBTFUL = (
    "Content-Length: 5\r\nTransfer-Encoding: chunked",
    "Content-Length: 5\r\nContent-Length: 6",
    "Content-Length: -1",
    "Content-Length: +1",
    "Transfer-Encoding: chunked, x",
)


def test_a_length_that_can_be_read_in_two_ways_is_refused() -> None:
    running = Server()
    try:
        for said in DOUBTFUL:
            with socket.create_connection(("127.0.0.1", running.port), timeout=10) as line:
                line.sendall(
                    f"POST /v1/holds HTTP/1.1\r\nHost: localhost\r\n{said}\r\n\r\n0\r\n\r\n".encode()
                )
                assert line.recv(4096).startswith(b"HTTP/1.1 400 "), said
    finally:
        running.end(signal.SIGTERM)
