"""In which trace this is done: taken over from whoever calls, passed on to whomever we call (W3C Trace Context, level 1)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

HEADER = "traceparent"
_SHAPE = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?")
_ID = re.compile(r"(?!0{32})[0-9a-f]{32}")
_trace: ContextVar[str] = ContextVar("trace", default="")


def read(header: str) -> str:
    """The id of the trace in such a header, 32 hexadecimal digits; empty where it has none or is not well formed."""
    found = _SHAPE.fullmatch(header.strip())
    return found[1] if found else ""


@contextmanager
def within(trace_id: str) -> Iterator[None]:
    """What is done inside the block belongs to this trace; to none, if it is no id of one."""
    token = _trace.set(trace_id if _ID.fullmatch(trace_id) else "")
    try:
        yield
    finally:
        _trace.reset(token)


def current() -> str:
    """The id of the trace; empty outside of any."""
    return _trace.get()


def onward() -> dict[str, str]:
    """The header for a call that is made in this trace; nothing outside of any. We record no spans of our own, so the
    caller's decision about sampling is not ours to pass on: what we call may decide."""
    return {HEADER: f"00-{current()}-{secrets.token_hex(8)}-00"} if current() else {}
