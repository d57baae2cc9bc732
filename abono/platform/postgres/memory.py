"""What a transaction knows of itself: `platform.use_case` writes it, and the `engine` puts it back as it was where the
database goes back to a savepoint."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

type Lock = tuple[int, UUID]  # rank in the order of locks, and whose row
type Key = tuple[Hashable, ...]  # of what, and which of it
type Write = Callable[[Sequence[Any]], None]


@dataclass(frozen=True, slots=True)
class Memory:
    """Never changed, always replaced.

    held       locks, each with its row where it was noted with one
    kept       what was looked up
    gathered   what is still to be written, by how, and for whom (`scope`)
    """

    held: Mapping[Lock, object] = field(default_factory=dict)
    kept: Mapping[Key, object] = field(default_factory=dict)
    gathered: Mapping[tuple[Write, str | None], tuple[object, ...]] = field(default_factory=dict)


_now: ContextVar[Memory | None] = ContextVar("memory", default=None)


def of_now() -> Memory | None:
    """None where no use case is in a transaction."""
    return _now.get()


def become(what: Memory | None) -> None:
    _now.set(what)
