"""Limits that customers set themselves: a cap on each cycle, and a budget per channel (LIM-5).

The wish is kept by contract. Every cycle carries what follows from it, where the SQL functions see it under the
lock that they take anyway: see sql/own_limits_v1.sql. A limit of one's own stops what would pass it and blocks
nothing else: neither the other channels nor, as the limit of the contract does, everything that costs (LIM-2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import connection

from abono.domain.metering.errors import OwnLimitOutOfBounds
from abono.kernel.rating import UNLIMITED
from abono.platform.use_case import use_case

MOST_MICRO = UNLIMITED - 1  # a wish above it would be no limit


@dataclass(frozen=True, slots=True)
class OwnLimits:
    """What a customer wishes for each cycle, in millionths of the package's currency.

    cap_micro   held and used together; None for no cap
    budgets     held and used together per channel; a channel that is not there has none
    """

    cap_micro: int | None = None
    budgets: Mapping[str, int] = field(default_factory=dict)
    changed_at: datetime | None = None  # None: nothing was ever wished
    changed_by: str = ""


def own_limits(contract_id: UUID) -> OwnLimits:
    """The wish in force. Waits for no lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT o.cap_micro, o.changed_at, o.changed_by, b.channel, b.budget_micro FROM metering_own_limit o"
            " LEFT JOIN metering_own_budget b ON b.contract_id = o.contract_id"
            " WHERE o.contract_id = %s ORDER BY b.channel",
            [contract_id],
        )
        rows = cursor.fetchall()
    if not rows:
        return OwnLimits()
    cap_micro, changed_at, changed_by = rows[0][:3]
    budgets = {channel: budget for *_limit, channel, budget in rows if channel is not None}
    return OwnLimits(cap_micro, budgets, changed_at, changed_by)


@use_case
def set_own_limits(
    *, contract_id: UUID, cap_micro: int | None, budgets: Mapping[str, int], actor: str, now: datetime
) -> None:
    """Put a wish in the place of the one before: for the cycle of `now`, the next, and all that will open.

    cap_micro, budgets   0 or more, at most MOST_MICRO; a cap above the ceiling changes nothing, and any of them
                         may be less than what is used by now, which stops what it is about at once
    now                  on the customer's clock

    The caller holds the lock of the contract, so that no cycle opens meanwhile. Raises OwnLimitOutOfBounds.
    """
    amounts = [*budgets.values(), *([] if cap_micro is None else [cap_micro])]
    if not all(0 <= amount <= MOST_MICRO for amount in amounts):
        raise OwnLimitOutOfBounds()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO metering_own_limit AS o (contract_id, cap_micro, changed_at, changed_by)"
            " VALUES (%s, %s, %s, %s) ON CONFLICT (contract_id) DO UPDATE SET cap_micro = excluded.cap_micro,"
            " changed_at = excluded.changed_at, changed_by = excluded.changed_by",
            [contract_id, cap_micro, now, actor],
        )
        cursor.execute("DELETE FROM metering_own_budget WHERE contract_id = %s", [contract_id])
        cursor.execute(
            "INSERT INTO metering_own_budget (contract_id, channel, budget_micro)"
            " SELECT %s, u.channel, u.budget FROM unnest(%s::text[], %s::bigint[]) u (channel, budget)",
            [contract_id, list(budgets), list(budgets.values())],
        )
        cursor.execute(
            "SELECT cycle_start FROM metering_cycle WHERE contract_id = %s AND cycle_end > %s ORDER BY 1",
            [contract_id, now],
        )
        starts = [start for (start,) in cursor.fetchall()]
    for start in starts:
        carry(contract_id=contract_id, cycle_start=start, now=now if start <= now else None)


@use_case
def carry(*, contract_id: UUID, cycle_start: datetime, now: datetime | None) -> None:
    """Make a cycle carry the wish in force; one that does so already stays as it is.

    now   for a cycle that runs, else None: a cap below what is used by then stops sends at that moment
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT metering_own_limits_v1(%s, %s, %s)", [contract_id, cycle_start, now])
