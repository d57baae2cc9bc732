"""Reading a whole request that tells of usage, and the problems that stand in the place of an answer."""

from __future__ import annotations

from http import HTTPStatus

import msgspec

from abono.domain.metering.types import MAX_BATCH
from abono.entrypoints.meter.protocol import wire
from abono.entrypoints.meter.protocol.wire import Body, Malformed, Result, said
from abono.kernel.errors import _
from abono.platform import problems
from abono.platform.problems import Problem


def no_contract() -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, "no_contract", _("There is no such contract."))


def no_cycle() -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, "no_cycle", _("No cycle of the contract covers this moment."))


def no_send() -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, "no_send", _("There is no send with this id."))


def no_streams() -> Problem:
    return Problem(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "no_streams",
        _("This installation cannot read line by line. Send batches of up to {most} as {expected}."),
        facts={"most": MAX_BATCH, "expected": "application/json"},
    )


def not_ready(found: wire.HealthAnswer) -> Problem:
    return Problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "not_ready",
        _("This process cannot serve now."),
        facts={**msgspec.to_builtins(found), "retry_after_s": 2},
    )


def invalid(error: msgspec.ValidationError) -> Problem:
    message, where = said(error)
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
