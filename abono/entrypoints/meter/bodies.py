"""Reading what a request carries, with bounds in size and time."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from contextlib import suppress
from types import coroutine
from typing import Any
from uuid import UUID

from django.conf import settings

from abono.entrypoints.meter.admission import Admission
from abono.platform.web import problems
from abono.platform.web.asgi import Receive

READ_S = 30  # a body is there by then, or the caller is sent away
REST_IDLE_S, REST_S, REST_BYTES = 1, 10, 32 * 1024 * 1024  # of what is passed over before a refusal is sent
MAX_BYTES = settings.DATA_UPLOAD_MAX_MEMORY_SIZE

_BODY = frozenset([b"content-length", b"transfer-encoding"])  # one of them is there where a body is


class Incoming:
    """One request's body, and how much of it is in memory until the request ends."""

    __slots__ = ("_admission", "_whole_came", "of_key", "receive", "size", "whose")

    def __init__(self, receive: Receive, admission: Admission) -> None:
        self.receive, self._admission = receive, admission
        self.size = self.of_key = 0
        self.whose: UUID | None = None  # the key that it came with
        self._whole_came = False

    async def read(self, headers: dict[bytes, bytes]) -> bytes:
        """The whole body. Raises Problem (415) when it is compressed, (413) as soon as it is known to be too large, or slow
        (408), or too much for now (503)."""
        if headers.get(b"content-encoding", b"identity").lower() != b"identity":
            raise problems.compressed()
        declared = headers.get(b"content-length", b"0")
        if not declared.isdigit() or len(declared) > 10 or int(declared) > MAX_BYTES:
            raise problems.too_large()
        reading = self._whole()
        try:
            waits_for = reading.send(None)
        except StopIteration as whole:  # nearly always: it came with the head; a timer or a task cost more
            return bytes(whole.value)
        try:
            async with asyncio.timeout(READ_S):
                return await _on(reading, waits_for)
        except TimeoutError:
            raise problems.too_slow(READ_S) from None

    async def pass_over(self, headers: dict[bytes, bytes]) -> None:
        """Let the caller end, within bounds: whoever is cut off in the middle of writing never reads why (RFC 9112, 9.6).

        Who asked first whether to send (`Expect`) has sent nothing yet, and hears it at once.
        """
        if self._whole_came or _BODY.isdisjoint(headers) or b"expect" in headers:
            return
        left = REST_BYTES
        with suppress(TimeoutError):
            async with asyncio.timeout(REST_S):
                while left > 0 and not self._whole_came:
                    async with asyncio.timeout(REST_IDLE_S):
                        message = await self.receive()
                    left -= len(message.get("body", b""))
                    self._look_at(message)

    def _look_at(self, message: dict[str, Any]) -> None:
        self._whole_came = message["type"] == "http.disconnect" or not message.get("more_body", False)

    async def _whole(self) -> bytes:
        body, more = self._part(await self.receive())
        if not more:
            return body
        parts = [body]
        self._count_for_key(len(body))
        while more:
            body, more = self._part(await self.receive())
            self._count_for_key(len(body))
            parts.append(body)
        return b"".join(parts)

    def _count_for_key(self, size: int) -> None:
        if self.whose is not None:
            self._admission.take_of(self.whose, size)
            self.of_key += size

    def leave(self) -> None:
        """The request ends, and nothing of its body is in memory."""
        self._admission.leave(self.size)
        if self.whose is not None and self.of_key:
            self._admission.leave_of(self.whose, self.of_key)

    def _part(self, message: dict[str, Any]) -> tuple[bytes, bool]:
        self._look_at(message)
        if message["type"] == "http.disconnect":
            raise problems.not_json()
        body: bytes = message.get("body", b"")
        if self.size + len(body) > MAX_BYTES:
            raise problems.too_large()
        self._admission.take(len(body))
        self.size += len(body)
        return body, message.get("more_body", False)


@coroutine
def _on(begun: Coroutine[Any, None, bytes], waits_for: Any) -> Generator[Any, None, bytes]:
    """The rest of a coroutine that was begun outside a task, and waits for this."""
    try:
        yield waits_for
    except BaseException as error:
        begun.throw(error)
        raise
    rest: bytes = yield from begun
    return rest
