"""Months of an index: entered, imported, put right as long as no price was adjusted with them (CAT-13)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from abono.domain.adjustments import actions, queries
from abono.domain.adjustments.types import IndexInfo
from abono.flows import locks
from abono.platform.use_case import use_case


@use_case
def write_months(
    *, code: str, name: str = "", values: Mapping[date, Decimal], actor: str, now: datetime
) -> tuple[IndexInfo, int]:
    """Make the index where there is none, and give it months: all of them or nothing. A second time it changes nothing.

    name    what it is called; empty: as it is
    now     real time

    Returns the index and how many values are new. Raises IndexWrong, MonthAhead, MonthMissing, MonthUsed.
    """
    index_id = actions.name(code, name, actor=actor, now=now)
    with locks.index(index_id):
        new = actions.write(index_id, values, actor=actor, now=now)
    return queries.index(code), new
