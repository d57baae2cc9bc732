"""Reading a whole request that tells of usage."""

from __future__ import annotations

import msgspec

from abono.entrypoints.meter.protocol import mistakes
from abono.entrypoints.meter.protocol.wire import Body, Malformed, Result
from abono.platform.web import problems
from abono.platform.web.problems import Problem


def invalid(error: msgspec.ValidationError) -> Problem:
    message, where = mistakes.said(error)
    return problems.invalid([{"where": where, "message": message}])


def read[One: msgspec.Struct, Many: msgspec.Struct](
    reader: Body[One, Many], body: bytes
) -> tuple[list[One], bool, Malformed | None]:
    """The events of a body, whether it was a list, and the answers to those of it that cannot be read.

    Raises Problem (400, 422) where the body as a whole, or a single event, is not as it should be.
    """
    try:
        return reader.read(body)
    except msgspec.ValidationError as error:
        raise invalid(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise problems.not_json() from None


def whole(results: list[Result], malformed: Malformed) -> list[Result]:
    """The answers to all events, in their order."""
    told = iter(results)
    return [malformed.get(n) or next(told) for n in range(len(results) + len(malformed))]
