from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from abono.domain.statements.states import Did
from abono.kernel.ids import public
from abono.kernel.money import Money


@dataclass(frozen=True, slots=True)
class StatementInfo:
    """One that was taken. `movements` of the file; `known` of them were in an earlier one. `open`: came, and nobody said anything of it
    yet. `first_day` and `last_day` of its movements, None without any."""

    id: UUID
    name: str
    movements: int
    known: int
    open: int
    first_day: date | None
    last_day: date | None
    actor: str
    at: datetime

    @property
    def public_id(self) -> str:
        return public("stm", self.id)


@dataclass(frozen=True, slots=True)
class MovementInfo:
    """One movement. `place` in the file that told it first, from 1; `name` the bank's own of it, `text` what the bank says. `amount` is below
    zero where money left. `receipt_id` of what it paid; `why` it is left out."""

    id: UUID
    statement_id: UUID
    place: int
    account: str
    day: date
    amount: Money
    name: str
    text: str
    did: Did | None
    why: str
    receipt_id: UUID | None
    decided_by: str
    decided_at: datetime | None

    @property
    def public_id(self) -> str:
        return public("mov", self.id)

    @property
    def came(self) -> bool:
        """Whether money came by it."""
        return self.amount.minor > 0

    @property
    def open(self) -> bool:
        return self.came and self.did is None
