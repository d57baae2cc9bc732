from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from abono.domain.adjustments.states import Months, Part
from abono.domain.contracts import price_moves


@dataclass(frozen=True, slots=True)
class Value:
    """Of a month, in percent; what an applied adjustment was reckoned with is `used`."""

    month: date
    percent: Decimal
    used: bool


@dataclass(frozen=True, slots=True)
class IndexInfo:
    """`values` have no gap, oldest first."""

    id: UUID
    code: str
    name: str
    values: tuple[Value, ...]

    @property
    def first(self) -> date | None:
        return self.values[0].month if self.values else None

    @property
    def last(self) -> date | None:
        return self.values[-1].month if self.values else None


@dataclass(frozen=True, slots=True)
class PartPrice:
    """What a part costs before and after, in millionths; `of` is the code of its plan or package.

    a_year   it is the fee of a year; else of a month, or of each
    """

    part: Part
    of: str
    before_micro: int
    after_micro: int
    a_year: bool = False

    @property
    def rises(self) -> bool:
        return self.after_micro > self.before_micro


@dataclass(frozen=True, slots=True)
class NewLine(price_moves.NewLine):
    """One contract as the preview shows it."""

    first_month: date
    last_month: date
    factor: Decimal
    prices: tuple[PartPrice, ...]


@dataclass(frozen=True, slots=True)
class AdjustmentInfo(price_moves.PriceMoveInfo):
    index_id: UUID
    index: str
    index_name: str
    months: Months
    parts: tuple[Part, ...]
    currency: str
    until: date
