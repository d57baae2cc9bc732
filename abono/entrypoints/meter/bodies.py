"""Reading what a request carries, with bounds in size and time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings

from abono.entrypoints.meter.admission import Admission
from abono.platform import problems

READ_S = 30  # a body is there by then, or the caller is sent away
MAX_BYTES = settings.DATA_UPLOAD_MAX_MEMORY_SIZE

type Receive = Callable[[], Awaitable[dict[str, Any]]]


class Incoming:
    """One request's body, and how much of it is in memory until the request ends."""

    __slots__ = ("_admission", "receive", "size")

    def __init__(self, receive: Receive, admission: Admission) -> None:
        self.receive, self._admission = receive, admission
        self.size = 0

    async def read(self, headers: dict[bytes, bytes]) -> bytes:
        """The whole body. Raises Problem (413) as soon as it is known to be too large, or slow (408), or too much for now (503)."""
        declared = headers.get(b"content-length", b"0")
        if not declared.isdigit() or len(declared) > 10 or int(declared) > MAX_BYTES:
            raise problems.too_large()
        reading = asyncio.Task(self._whole(), loop=asyncio.get_running_loop(), eager_start=True)
        if (
            reading.done()
        ):  # nearly always: it came with the head, and a timer would cost more than reading it
            return reading.result()
        try:
            async with asyncio.timeout(READ_S):
                return await reading
        except TimeoutError:
            raise problems.too_slow(READ_S) from None

    async def _whole(self) -> bytes:
        body, more = self._part(await self.receive())
        if not more:
            return body
        parts = [body]
        while more:
            body, more = self._part(await self.receive())
            parts.append(body)
        return b"".join(parts)

    def _part(self, message: dict[str, Any]) -> tuple[bytes, bool]:
        if message["type"] == "http.disconnect":
            raise problems.not_json()
        body: bytes = message.get("body", b"")
        if self.size + len(body) > MAX_BYTES:
            raise problems.too_large()
        self._admission.take(len(body))
        self.size += len(body)
        return body, message.get("more_body", False)
