"""Very many events in one request, a line each (NDJSON), answered line by line while they come.

Nothing is kept but a little read ahead and the chunk that is being worked on, whatever the size of the whole. A
chunk is what has come while the one before was in flight, up to a bound, so that a caller may also send one line
and wait for its answer. Chunks go one after the other: the order of the lines is the order of the holds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from time import monotonic
from typing import Any

from abono.entrypoints.meter.lanes import Busy
from abono.entrypoints.meter.problems import in_words
from abono.entrypoints.meter.protocol import reading, wire
from abono.platform.web.asgi import Receive, Send

MEDIA_TYPE = wire.LINES.encode()
HEADERS = [(b"content-type", MEDIA_TYPE), (b"x-accel-buffering", b"no")]
CHUNK = 1_000  # lines
CHUNK_BYTES = 512 * 1024
MAX_LINE = 16 * 1024  # bytes
AHEAD = 4  # messages that were read and are not worked on; a server gives some 64 KB at a time
IDLE_S = 60  # neither side keeps the other waiting longer; what is no line does not count
LONGEST_S = 3_600  # of a stream: whoever has more opens another, at a process that may be newer
BUSY_TRIES, BUSY_PAUSE_S = 40, 0.05

type Work = Callable[[list[Any]], Awaitable[list[wire.Result]]]
type Line = bytes | None  # None: longer than MAX_LINE


class Gone(Exception):
    """The caller hung up."""


class Over(Exception):
    """The stream ends here, and the caller opens another."""


class Lines:
    """Cuts what comes into lines. Of a line that is too long nothing is kept."""

    def __init__(self) -> None:
        self._rest = b""
        self._skipping = False

    def feed(self, data: bytes) -> Iterator[Line]:
        """The lines that end in this part."""
        first, *others = data.split(b"\n")
        self._grow(first)
        for piece in others:
            yield None if self._skipping else self._rest
            self._rest, self._skipping = b"", False
            self._grow(piece)

    def end(self) -> Iterator[Line]:
        """The last line, when nothing ends it."""
        if self._rest or self._skipping:
            yield None if self._skipping else self._rest

    def _grow(self, piece: bytes) -> None:
        if not self._skipping:
            self._rest += piece
            if len(self._rest) > MAX_LINE:
                self._rest, self._skipping = b"", True


class Stream:
    """One request. `work` has the events of a chunk done."""

    def __init__(
        self, reader: wire.Body[Any, Any], work: Work, receive: Receive, send: Send, *, languages: str
    ) -> None:
        self._reader, self._work, self._receive, self._send = reader, work, receive, send
        self._languages = languages  # of the caller, as Accept-Language says them
        self._came: asyncio.Queue[bytes | Exception | None] = asyncio.Queue(AHEAD)  # None: the end
        self._lines = Lines()
        self._cut: Iterator[Line] = iter(())
        self._number = 0
        self._ended = False
        self._until = monotonic() + LONGEST_S
        self.next_line = 1  # the first that has no answer

    async def serve(self) -> None:
        """Answer every line. Raises Gone, TimeoutError (no line came), Over, Busy, and what `work` raises; what is
        answered is done."""
        reading = asyncio.create_task(self._read())
        try:
            while chunk := await self._next_chunk():
                results = await self._answer(chunk)
                await self._tell(wire.encode_lines(results))
                self.next_line = chunk[-1][0] + 1
        finally:
            reading.cancel()
            with suppress(asyncio.CancelledError):
                await reading

    def stop(self) -> None:
        """Let it end after what it has in hand."""
        self._until = 0
        if self._came.empty():  # else it looks at the time before it waits
            self._came.put_nowait(Over())

    async def _next_chunk(self) -> list[tuple[int, Line]]:
        if monotonic() >= self._until:
            raise Over
        async with asyncio.timeout(IDLE_S):
            return await self._chunk()

    async def _tell(self, body: bytes) -> None:
        """Raises Gone when the caller does not take its answers."""
        try:
            async with asyncio.timeout(IDLE_S):
                await self._send({"type": "http.response.body", "body": body, "more_body": True})
        except TimeoutError:
            raise Gone from None

    async def _read(self) -> None:
        """Read a little ahead; the server makes the caller wait when we do not."""
        more = True
        try:
            while more:
                message = await self._receive()
                if message["type"] == "http.disconnect":
                    raise Gone
                if body := message.get("body", b""):
                    await self._came.put(body)
                more = message.get("more_body", False)
        except Exception as error:  # for whoever works on the lines
            await self._came.put(error)
        else:
            await self._came.put(None)

    async def _chunk(self) -> list[tuple[int, Line]]:
        """What has come, with the numbers of the lines; at least one line, but at the end. Blank ones are left out."""
        chunk: list[tuple[int, Line]] = []
        size = 0
        while len(chunk) < CHUNK and size < CHUNK_BYTES:
            for line in self._cut:
                self._number += 1
                if line is None or line.strip():
                    chunk.append((self._number, line))
                    size += len(line or b"")
                    if len(chunk) == CHUNK or size >= CHUNK_BYTES:
                        break
            else:
                if self._ended or (chunk and self._came.empty()):
                    break
                self._open(await self._came.get())
        return chunk

    def _open(self, came: bytes | Exception | None) -> None:
        if isinstance(came, Exception):
            raise came
        self._ended = came is None
        self._cut = self._lines.end() if came is None else self._lines.feed(came)

    async def _answer(self, chunk: list[tuple[int, Line]]) -> list[wire.Result]:
        events: list[Any] = []
        malformed: wire.Malformed = {}
        for n, (number, line) in enumerate(chunk):
            event = _too_long() if line is None else self._reader.one(line)
            if isinstance(event, wire.Result):
                event.line = number
                malformed[n] = event
            else:
                events.append(event)
        results = await self._done(events) if events else []
        return reading.whole(results, in_words(malformed, self._languages)) if malformed else results

    async def _done(self, events: list[Any]) -> list[wire.Result]:
        """Others may have filled the queue: a stream waits a little for its turn. Raises Busy."""
        for _ in range(BUSY_TRIES):
            try:
                return await self._work(events)
            except Busy:
                await asyncio.sleep(BUSY_PAUSE_S)
        return await self._work(events)


def _too_long() -> wire.Result:
    return wire.malformed(None, "$", f"Expected a line of at most {MAX_LINE} bytes")
