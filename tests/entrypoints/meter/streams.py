"""A caller of many events, a line each: all at once, or one that the test feeds."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from abono.entrypoints.meter import app
from tests.entrypoints.meter.client import Answer, Program

LINES = {"content-type": "application/x-ndjson"}


def text(*events: object) -> bytes:
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


def told(answer: Answer) -> list[Any]:
    assert (answer.status, answer.headers["content-type"]) == (200, "application/x-ndjson")
    return [json.loads(line) for line in answer.body.splitlines()]


def post(api: Program, path: str, *parts: bytes) -> list[Any]:
    return told(api.run(api.call("POST", path, list(parts), LINES)))


class Open:
    """A stream that is begun with some holds, that the test feeds further, and what came back so far."""

    def __init__(self, api: Program, *events: object) -> None:
        self.given: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.sent: list[dict[str, Any]] = []
        self.taken = 0
        headers = [
            (b"authorization", f"Bearer {api.key}".encode()),
            (b"content-type", b"application/x-ndjson"),
        ]
        scope = {"type": "http", "method": "POST", "path": "/v1/holds", "headers": headers}
        self.task = asyncio.create_task(app.meter(scope, self._receive, self._send))
        if events:
            self.feed(text(*events))

    async def _receive(self) -> dict[str, Any]:
        message = await self.given.get()
        self.taken += 1
        return message

    async def _send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    def feed(self, body: bytes, *, more: bool = True) -> None:
        self.given.put_nowait({"type": "http.request", "body": body, "more_body": more})

    def hang_up(self) -> None:
        self.given.put_nowait({"type": "http.disconnect"})

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for m in self.sent[1:] for line in m["body"].splitlines()]

    async def until(self, come: Callable[[], bool]) -> None:
        """Let it work until then."""
        async with asyncio.timeout(20):
            while not come() and not self.task.done():
                await asyncio.sleep(0)
        assert come()

    async def end(self) -> None:
        async with asyncio.timeout(20):
            await self.task
