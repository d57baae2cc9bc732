from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from abono.domain.invoicing.runs import Billed, Far
from abono.kernel.ids import public


@dataclass(frozen=True, slots=True)
class RunInfo:
    """A run as it was counted last, at `told_at`. What is far from the cycle before is told at its end: `far_count` invoices, of
    which `far` are the first."""

    id: UUID
    begun_by: str
    begun_at: datetime
    told_at: datetime
    ended_at: datetime | None
    done: int
    left: int
    again: int
    parked: int
    billed: tuple[Billed, ...]
    far_count: int
    far: tuple[Far, ...]

    @property
    def public_id(self) -> str:
        return public("run", self.id)

    @property
    def took_s(self) -> float:
        """Seconds from its beginning until it was counted last."""
        return (self.told_at - self.begun_at).total_seconds()

    @property
    def rate(self) -> float:
        """Renewals a second; 0 as long as nobody counted."""
        return self.done / self.took_s if self.took_s > 0 else 0.0
