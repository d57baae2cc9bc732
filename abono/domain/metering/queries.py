"""What others may know of metering, as frozen dataclasses. Nothing here waits for a lock."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from abono.domain.metering import hot
from abono.domain.metering.errors import NoCycle
from abono.domain.metering.rules import Level
from abono.domain.metering.types import Balance, ChannelBudget, Threshold
from abono.kernel.periods import Period
from abono.platform.postgres.adding import beside
from abono.platform.postgres.arrays import Uuids


def balance(*, contract_id: UUID, at: datetime) -> Balance:
    """The cycle that covers `at`. Raises NoCycle."""
    found = find_balance(contract_id=contract_id, at=at)
    if found is None:
        raise NoCycle()
    return found


def find_balance(*, contract_id: UUID, at: datetime) -> Balance | None:
    """The cycle that covers `at`; None when there is none."""
    rows = _rows(hot.BALANCE, hot.of_cycles(contract_id, at))
    found = to_balance(rows[0]) if rows else None
    return found if found is not None and at in found.cycle else None


def find_cycle(*, contract_id: UUID, cycle_start: datetime) -> Balance | None:
    """The cycle that begins at `cycle_start`; None when there is none."""
    rows = _rows(hot.CYCLE, hot.of_cycles(contract_id, cycle_start))
    return to_balance(rows[0]) if rows else None


def cycles(contract_id: UUID) -> list[Balance]:
    """Every cycle of a contract, newest first; the next one is there before it begins."""
    return [to_balance(row) for row in _rows(hot.CYCLES, hot.of_cycles(contract_id))]


def cycles_of_many(contract_ids: Collection[UUID], *, since: datetime) -> dict[UUID, list[Balance]]:
    """The cycles of many contracts that end after a moment, each newest first, in one statement."""
    found: dict[UUID, list[Balance]] = {one: [] for one in contract_ids}
    with beside() as cursor:
        cursor.execute(hot.CYCLES_OF_MANY, [Uuids(map(str, found)), since])
        for row in cursor.fetchall():
            found[row[0]].append(to_balance(row))
    return found


def opened(contract_ids: Iterable[UUID]) -> dict[UUID, list[Period]]:
    """When the cycles of many contracts are, in one statement."""
    found: dict[UUID, list[Period]] = {one: [] for one in contract_ids}
    for contract_id, start, end in _rows(hot.OPENED, [list(found)]):
        found[contract_id].append(Period(start, end))
    return found


def covering(opened: Iterable[Balance], at: datetime) -> Balance:
    """Of the cycles of a contract the one that covers `at`. Raises NoCycle."""
    for one in opened:
        if at in one.cycle:
            return one
    raise NoCycle()


def standing(contract_id: UUID) -> tuple[list[Balance], dict[datetime, dict[str, Any]]]:
    """The same, and how the allowances of each stand, by its start, for `actions.put_back`."""
    rows = _rows(hot.STANDING, hot.of_cycles(contract_id))
    balances = [to_balance(row) for _allowances, *row in rows]
    stands = (allowances(row[0]) for row in rows)
    return balances, dict(zip((one.cycle.start for one in balances), stands, strict=True))


def allowances(column: str | dict[str, Any]) -> dict[str, Any]:
    """`hot.ALLOWANCES` as a connection gives it."""
    was: dict[str, Any] = json.loads(column) if isinstance(column, str) else column
    return was


def unnoticed_thresholds(*, limit: int = 200) -> list[Threshold]:
    """Levels of which no notice was made yet, in order; see actions.notice_threshold."""
    return _thresholds("noticed_at IS NULL", [limit])


def thresholds(contract_id: UUID) -> list[Threshold]:
    """Every level that the contract's cycles reached, in order."""
    return _thresholds("contract_id = %s", [contract_id, None])


def to_balance(row: Sequence[Any]) -> Balance:
    """A row of hot.COLUMNS."""
    contract, start, end, *rest, channels, budgets, totals = row
    own = zip(channels, budgets, totals, strict=True) if channels else ()
    rest.append(tuple(ChannelBudget(*budget) for budget in own) if own else ())
    return Balance(contract, Period(start, end), *rest)


def _thresholds(where: str, arguments: list[Any]) -> list[Threshold]:
    return [
        Threshold(contract, start, raised, Level(level), at, total)
        for contract, start, raised, level, at, total in _rows(
            "SELECT contract_id, cycle_start, raised, level, crossed_at, total_micro"  # noqa: S608
            f" FROM metering_threshold WHERE {where} ORDER BY crossed_at, total_micro, level LIMIT %s",
            arguments,
        )
    ]


def _rows(statement: str, arguments: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        return list(cursor.fetchall())
