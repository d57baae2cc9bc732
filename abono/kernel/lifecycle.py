"""The states of a noun and the moves between them, as one table that docs and tests can read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from abono.kernel.errors import Kind, Refusal, _


class MoveNotAllowed(Refusal):
    code = "lifecycle.move_not_allowed"
    kind = Kind.CONFLICT
    message = _("A {noun} that is {state} cannot become {target}.")
    noun: str
    state: str
    target: str


@dataclass(frozen=True, slots=True)
class Lifecycle[S: Enum]:
    """`moves` says for each state which states may follow; a state without an entry is final."""

    noun: str
    moves: Mapping[S, tuple[S, ...]]

    def allows(self, state: S, target: S) -> bool:
        return target in self.moves.get(state, ())

    def require(self, state: S, target: S) -> None:
        """Raises MoveNotAllowed when the table has no such move."""
        if not self.allows(state, target):
            raise MoveNotAllowed(self.noun, state.value, target.value)
