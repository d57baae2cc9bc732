"""Reading a whole request that tells of usage, and the problems that stand in the place of an answer."""

from __future__ import annotations

from http import HTTPStatus

import msgspec

from abono.flows.meter_usage.wire import Body
from abono.kernel.errors import _
from abono.platform import problems
from abono.platform.problems import Problem


def no_contract() -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, "no_contract", _("There is no such contract."))


def no_cycle() -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, "no_cycle", _("No cycle of the contract covers this moment."))


def invalid(error: msgspec.ValidationError) -> Problem:
    """msgspec says what was expected, what came, and where: `Expected `str`, got `int` - at `$.sends[1].id``."""
    message, _between, where = str(error).partition(" - at ")
    return problems.invalid([{"where": where.strip("`") or "$", "message": message}])


def read[One: msgspec.Struct, Many: msgspec.Struct](
    reader: Body[One, Many], body: bytes
) -> tuple[list[One], bool]:
    """The events of a body, and whether it was a list. Raises Problem (400, 422)."""
    try:
        return reader.read(body)
    except msgspec.ValidationError as error:
        raise invalid(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise problems.not_json() from None
