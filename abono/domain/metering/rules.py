"""Decisions of metering that pages share with the SQL functions (sql/warn_v1.sql)."""

from __future__ import annotations

from abono.domain.metering.types import Level
from abono.kernel import rating


def marks(*, value_micro: int, ceiling_micro: int) -> dict[Level, int]:
    """The amounts at which warnings go out (LIM-3), in millionths, rounded up; and where sending ends.

    A package of value 0 has no marks of its own; an unlimited contract has none of the limit.
    """
    found: dict[Level, int] = {}
    if value_micro > 0:
        found[Level.PACKAGE_80] = value_micro - value_micro // 5
        found[Level.PACKAGE_100] = value_micro
    if 0 < ceiling_micro < rating.UNLIMITED:
        found[Level.LIMIT_90] = ceiling_micro - ceiling_micro // 10
        found[Level.BLOCKED] = ceiling_micro
    return found
