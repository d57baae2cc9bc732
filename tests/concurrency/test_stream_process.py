"""Streams over real sockets: memory stays flat, a caller that does not read is held up, a crash loses no answer."""

from __future__ import annotations

import json
import signal
import socket
import threading
import time
from collections.abc import Iterator
from http.client import HTTPException, HTTPResponse
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from abono.kernel.ids import uuid7
from tests.concurrency.server import Server, server
from tests.domain.metering.world import World, rows
from tests.entrypoints.meter.client import Tenant, tenant

MB = 1024 * 1024
LINES = 1_000  # in each part that is written


@pytest.fixture
def padaria(world: World) -> Tenant:
    return tenant(world, "Padaria Sol", value=1_000_000)


class Wire:
    """One request whose body never needs to end."""

    def __init__(self, port: int, whose: Tenant) -> None:
        self._whose = whose
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._socket.sendall(
            b"POST /v1/holds HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
            b"Content-Type: application/x-ndjson\r\n"
            b"Authorization: Bearer " + whose.key.encode() + b"\r\n\r\n"
        )
        self.written = 0
        self._answer = HTTPResponse(self._socket, method="POST")

    def write(self, lines: int = LINES) -> None:
        sends = (self._whose.sms(str(uuid7())) for _ in range(lines))
        part = b"".join(json.dumps(send).encode() + b"\n" for send in sends)
        self._socket.sendall(b"%x\r\n%b\r\n" % (len(part), part))
        self.written += lines

    def fill(self, parts: int) -> int:
        """Write without reading until nobody takes more; returns how many parts went."""
        self._socket.settimeout(1)
        for n in range(parts):
            try:
                self.write()
            except TimeoutError:
                return n
        return parts

    def end(self) -> None:
        self._socket.sendall(b"0\r\n\r\n")

    def answers(self) -> Iterator[Any]:
        self._answer.begin()
        assert self._answer.status == 200
        while line := self._answer.readline():
            yield json.loads(line)

    def hang_up(self) -> None:
        self._answer.close()
        self._socket.close()


def memory(running: Server) -> int:
    """Bytes that the process has now."""
    status = Path(f"/proc/{running.process.pid}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024


@pytest.mark.rule("PKG-5")
def test_a_long_stream_needs_no_more_memory_than_a_short_one(padaria: Tenant):
    def stream(running: Server, parts: int) -> int:
        wire = Wire(running.port, padaria)

        def write() -> None:
            for _ in range(parts):
                wire.write()
            wire.end()

        writer = threading.Thread(target=write)
        writer.start()
        told = sum(answer["status"] == "held" for answer in wire.answers())
        writer.join()
        wire.hang_up()
        return told

    with server() as running:
        assert stream(running, 5) == 5 * LINES
        before = memory(running)
        assert stream(running, 40) == 40 * LINES  # 7 MB of lines, 4 MB of answers
        assert memory(running) - before < 6 * MB
    assert rows("metering_send") == 45 * LINES


def test_a_caller_that_does_not_read_its_answers_is_held_up(padaria: Tenant):
    with server() as running:
        wire = Wire(running.port, padaria)
        wire.write()
        assert sum(1 for _ in islice(wire.answers(), LINES)) == LINES
        before = memory(running)
        assert wire.fill(1_000) < 1_000  # 170 MB, of which the sockets take some
        assert memory(running) - before < 16 * MB
        wire.hang_up()


@pytest.mark.rule("PKG-6")
def test_every_line_that_was_answered_before_the_process_died_is_held(padaria: Tenant):
    told: list[str] = []
    with server() as running:
        wire = Wire(running.port, padaria)

        def write() -> None:
            try:
                for _ in range(100_000):
                    wire.write(100)
            except OSError:
                return

        writer = threading.Thread(target=write)
        writer.start()
        try:
            for answer in wire.answers():
                assert answer["status"] == "held"
                told.append(answer["id"])
                if len(told) == 5_000:
                    running.end(signal.SIGKILL)
        except (OSError, ValueError, HTTPException):
            pass  # cut off in the middle of a line
        wire.hang_up()
        writer.join()
    assert len(told) >= 5_000
    assert rows("metering_send") >= len(told)


@pytest.mark.rule("OPS-1", part="killed at any moment")
def test_an_open_stream_does_not_hold_up_a_process_that_is_told_to_stop(padaria: Tenant):
    with server() as running:
        wire = Wire(running.port, padaria)
        wire.write(10)
        answers = wire.answers()
        assert [answer["status"] for answer in islice(answers, 10)] == ["held"] * 10
        began = time.monotonic()
        running.process.send_signal(signal.SIGTERM)
        assert list(answers) == [{"status": "stopped", "code": "reopen", "line": 11}]
        assert running.process.wait(10) in (0, -signal.SIGTERM)
        assert time.monotonic() - began < 5
        wire.hang_up()
    assert rows("metering_send") == 10
