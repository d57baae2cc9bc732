"""What every move of prices is, by newer versions (CAT-5) or by an index (CAT-13): contracts that go on at other prices from a day
on, as somebody saw it beforehand. A preview is kept, changes nothing, and is applied once, as it stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import models

from abono.kernel.ids import uuid7


class PriceMove(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    previewed_at = models.DateTimeField()
    previewed_by = models.CharField(max_length=120)
    applied_at = models.DateTimeField(null=True)  # null: nothing was done yet
    applied_by = models.CharField(max_length=120, default="")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.id)


class PriceMoveLine(models.Model):
    """One contract of it: the first cycle at the other prices, and what plan, package and extra licences cost a month before and
    after, in the contract's currency, without a plan that is sold by the year (CAT-10)."""

    contract = models.ForeignKey("contracts.Contract", models.PROTECT, related_name="+")
    cycle_number = models.IntegerField()
    begins_at = models.DateTimeField()
    before_minor = models.BigIntegerField()
    after_minor = models.BigIntegerField()
    waits = models.CharField(max_length=6, default="")  # why not the next cycle (CAT-13)

    class Meta:
        abstract = True

    @property
    def years_minor(self) -> tuple[int, int]:
        """What a plan that is sold by the year costs a year, before and after; 0 where there is none. Its kind knows."""
        return 0, 0


@dataclass(frozen=True, slots=True)
class NewLine:
    """One contract as a preview shows it, by the names of `PriceMoveLine`."""

    contract_id: UUID
    cycle_number: int
    begins_at: datetime
    before_minor: int
    after_minor: int
    waits: str


@dataclass(frozen=True, slots=True)
class PriceMoveInfo:
    """A preview; `applied_at` is None as long as nothing was done."""

    id: UUID
    public_id: str
    previewed_at: datetime
    applied_at: datetime | None


def accept(kind: type[PriceMove], move_id: UUID, *, actor: str, now: datetime) -> bool:
    """Mark a preview as applied; the second of two finds it applied and gets False."""
    fresh = kind._default_manager.filter(id=move_id, applied_at=None)
    return bool(fresh.update(applied_at=now, applied_by=actor))
