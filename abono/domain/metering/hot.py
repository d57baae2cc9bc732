"""The hot statements, and how their columns become arguments; the fast lane and `actions` share them."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from abono.kernel.rating import UNLIMITED
from abono.platform.postgres.batches import Call, literal, once

# The outcomes with which sends ended that a replayed answer speaks of; those that have none are left out.
OUTCOMES = (
    "SELECT u.n, t.outcome FROM unnest(%s::uuid[], %s::uuid[]) WITH ORDINALITY u (contract, send, n)"
    " JOIN metering_settlement t ON t.contract_id = u.contract AND t.send_id = u.send"
)
COLUMNS = (
    "contract_id, cycle_start, cycle_end, package_id, value_micro, ceiling_micro,"
    " held_micro - drawn_micro, used_micro + drawn_micro,"
    " raised, blocked_at, included_interactions, interactions, overage_percent, cap_micro, channels, budgets, totals"
)
# What open campaigns have drawn is held in the row of the cycle until they end; their slices know it.
# Every part names the contract, so that a cluster knows where to ask: see `of_cycles`.
_CYCLES = (
    f"SELECT {COLUMNS} FROM metering_cycle c CROSS JOIN LATERAL ("  # noqa: S608
    "SELECT coalesce(sum(s.sent * s.price_micro), 0)::bigint AS drawn_micro FROM metering_campaign_slice s"
    " WHERE s.contract_id = %s AND s.cycle_start = c.cycle_start) d CROSS JOIN LATERAL ("
    "SELECT array_agg(b.channel ORDER BY b.channel) AS channels,"
    " array_agg(b.budget_micro ORDER BY b.channel) AS budgets, array_agg(b.total_micro ORDER BY b.channel) AS totals"
    " FROM metering_channel_budget b WHERE c.budgeted AND b.contract_id = %s"
    " AND b.cycle_start = c.cycle_start AND b.budget_micro IS NOT NULL) g"
)
BALANCE = f"{_CYCLES} WHERE contract_id = %s AND cycle_start <= %s ORDER BY cycle_start DESC LIMIT 1"
CYCLE = f"{_CYCLES} WHERE contract_id = %s AND cycle_start = %s"
CYCLES = f"{_CYCLES} WHERE contract_id = %s ORDER BY cycle_start DESC"


def of_cycles(contract_id: UUID, *more: object) -> list[object]:
    """The arguments of BALANCE, CYCLE and CYCLES; `more` is a moment."""
    return [contract_id] * 3 + [*more]


def sends(
    contracts: Iterable[str],
    moments: Iterable[str],
    ids: Iterable[str],
    routes: Iterable[str],
    references: Iterable[str],
) -> list[str]:
    """The arguments of HOLD and RECORD from columns: what several events have in common is sent once."""
    callers, of = once(zip(contracts, moments, strict=True))
    targets, to = once(routes)
    return [
        *map(literal, zip(*callers, strict=True)),
        literal(targets),
        of,
        to,
        literal(ids),
        literal(references),
    ]


def outcomes(
    contracts: Iterable[str], moments: Iterable[str], ids: Iterable[str], outcomes: Iterable[str]
) -> list[str]:
    """The arguments of SETTLE, likewise."""
    callers, of = once(zip(contracts, moments, strict=True))
    return [*map(literal, zip(*callers, strict=True)), of, literal(ids), literal(outcomes)]


def _of_one(
    contracts: Iterable[str],
    moments: Iterable[str],
    ids: Iterable[str],
    what: Iterable[str],
    *more: Iterable[str],
) -> list[str]:
    """The arguments of the functions for one contract, which want the moments after what is done at them."""
    return [next(iter(contracts)), *map(literal, (ids, what, moments, *more))]


def left(remaining: int | None) -> int | None:
    """What a hold answers as left: None where there is no limit."""
    return None if remaining is None or remaining > UNLIMITED // 2 else remaining


_SENDS = (
    "(%s::uuid[], %s::timestamptz[], %s::integer[], %s::integer[], %s::integer[], %s::uuid[], %s::text[])"
)
_SENDS_OF_ONE = "(%s::uuid, %s::uuid[], %s::integer[], %s::timestamptz[], %s::text[])"
HOLD = Call(
    f"SELECT status, price, remaining FROM metering_hold_v1{_SENDS}",  # noqa: S608
    sends,
    alone=Call(f"SELECT status, price, remaining FROM metering_hold_contract_v1{_SENDS_OF_ONE}", _of_one),  # noqa: S608
)
RECORD = Call(
    f"SELECT status, price, remaining FROM metering_record_v1{_SENDS}",  # noqa: S608
    sends,
    alone=Call(f"SELECT status, price, remaining FROM metering_record_contract_v1{_SENDS_OF_ONE}", _of_one),  # noqa: S608
)
SETTLE = Call(
    "SELECT status, price FROM metering_settle_v1"
    "(%s::uuid[], %s::timestamptz[], %s::integer[], %s::uuid[], %s::smallint[])",
    outcomes,
    alone=Call(
        "SELECT status, price FROM metering_settle_contract_v1"
        "(%s::uuid, %s::uuid[], %s::smallint[], %s::timestamptz[])",
        _of_one,
    ),
)
