"""What the doctor says of one thing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Level(IntEnum):
    """The highest of all is the exit code of `abono doctor`."""

    OK = 0
    WARNING = 1  # it serves; somebody should look
    WRONG = 2  # it does not serve, or must not


@dataclass(frozen=True, slots=True)
class Finding:
    """`what` in a few words; `do` is what puts it right, empty when nothing has to be done."""

    name: str
    level: Level
    what: str
    do: str = ""


def ok(name: str, what: str) -> Finding:
    return Finding(name, Level.OK, what)


def warning(name: str, what: str, do: str) -> Finding:
    return Finding(name, Level.WARNING, what, do)


def wrong(name: str, what: str, do: str) -> Finding:
    return Finding(name, Level.WRONG, what, do)
