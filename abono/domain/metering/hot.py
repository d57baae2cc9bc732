"""The hot statements, and how their columns become arguments; the fast lane and `actions` share them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from abono.kernel.rating import UNLIMITED
from abono.platform.postgres.arrays import Moments, Uuids, literal, quoted
from abono.platform.postgres.batches import Call, once

type What = tuple[str, str]  # route and units of a send, packed
type Whom = tuple[str, str] | None  # contact and number that sends, packed; None: nobody is named
type How = tuple[str, ...]  # outcome, kind, units, channel and country, packed

# The outcomes with which sends ended that a replayed answer speaks of; those that have none are left out.
OUTCOMES = (
    "SELECT u.n, t.outcome FROM unnest(%s::uuid[], %s::uuid[]) WITH ORDINALITY u (contract, send, n)"
    " JOIN metering_settlement t ON t.contract_id = u.contract AND t.send_id = u.send"
)
# Which ids of sends came before, by their places.
KNOWN = (
    "SELECT u.n FROM unnest(%s::uuid[], %s::uuid[]) WITH ORDINALITY u (contract, send, n)"
    " JOIN metering_send s ON s.contract_id = u.contract AND s.send_id = u.send ORDER BY u.n"
)
COLUMNS = (
    "contract_id, cycle_start, cycle_end, package_id, value_micro, ceiling_micro,"
    " held_micro - drawn_micro, used_micro + drawn_micro,"
    " raised, blocked_at, included_interactions, interactions, overage_percent, cap_micro, capped_at,"
    " channels, budgets, totals"
)
# What open campaigns have drawn is held in the row of the cycle until they end; their slices know it.
# Every part names the contract, so that a cluster knows where to ask: see `of_cycles`.
_CYCLES = (
    f"SELECT {COLUMNS} FROM metering_cycle c CROSS JOIN LATERAL ("  # noqa: S608
    "SELECT coalesce(sum(s.sent * s.price_micro - s.saved_micro), 0)::bigint AS drawn_micro FROM metering_campaign_slice s"
    " WHERE s.contract_id = %s AND s.cycle_start = c.cycle_start) d CROSS JOIN LATERAL ("
    "SELECT array_agg(b.channel ORDER BY b.channel) AS channels,"
    " array_agg(b.budget_micro ORDER BY b.channel) AS budgets, array_agg(b.total_micro ORDER BY b.channel) AS totals"
    " FROM metering_channel_budget b WHERE c.budgeted AND b.contract_id = %s"
    " AND b.cycle_start = c.cycle_start AND b.budget_micro IS NOT NULL) g"
)
BALANCE = f"{_CYCLES} WHERE contract_id = %s AND cycle_start <= %s ORDER BY cycle_start DESC LIMIT 1"
CYCLE = f"{_CYCLES} WHERE contract_id = %s AND cycle_start = %s"
CYCLES = f"{_CYCLES} WHERE contract_id = %s ORDER BY cycle_start DESC"
# The same of many contracts, since a moment.
CYCLES_OF_MANY = (
    _CYCLES.replace("contract_id = %s", "contract_id = c.contract_id")
    + " WHERE contract_id = ANY(%s) AND cycle_end > %s ORDER BY cycle_start DESC"
)
OPENED = "SELECT contract_id, cycle_start, cycle_end FROM metering_cycle WHERE contract_id = ANY(%s)"
# The allowances of a cycle, as `actions.put_back` wants them.
ALLOWANCES = (
    "jsonb_build_object('package_id', package_id, 'value_micro', value_micro, 'ceiling_micro', ceiling_micro,"
    " 'included_interactions', included_interactions, 'raised', raised, 'warned', warned,"
    " 'warn_next_micro', warn_next_micro, 'blocked_at', blocked_at)"
)
STANDING = CYCLES.replace("SELECT ", f"SELECT {ALLOWANCES}, ", 1)


def of_cycles(contract_id: UUID, *more: object) -> list[object]:
    """The arguments of BALANCE, CYCLE and CYCLES; `more` is a moment."""
    return [contract_id] * 3 + [*more]


def sends(
    contracts: Iterable[str],
    moments: Iterable[datetime],
    ids: Iterable[str],
    whats: Iterable[What],
    references: Iterable[str],
    whoms: Iterable[Whom],
    *more: Iterable[str],
) -> list[Any]:
    """The arguments of HOLD and RECORD from columns: what several events have in common is sent once."""
    callers, of = _callers(contracts, moments)
    targets, to = once(whats)
    routes, units = zip(*targets, strict=True)
    return [
        *callers,
        literal(routes),
        literal(units),
        of,
        to,
        Uuids(ids),
        literal(references),
        *_named(whoms),
        *map(literal, more),
    ]


def ends(
    contracts: Iterable[str], moments: Iterable[datetime], ids: Iterable[str], hows: Iterable[How]
) -> list[Any]:
    """The arguments of SETTLE, likewise."""
    callers, of = _callers(contracts, moments)
    ways, how = once(hows)
    return [
        *callers,
        *map(literal, zip(*ways, strict=True)),
        of,
        how,
        Uuids(ids),
    ]


def _sends_of_one(
    contracts: Iterable[str],
    moments: Iterable[datetime],
    ids: Iterable[str],
    whats: Iterable[What],
    references: Iterable[str],
    whoms: Iterable[Whom],
    *more: Iterable[str],
) -> list[Any]:
    """The same for the functions of one contract, which want everything for each event."""
    routes, units = zip(*whats, strict=True)
    columns = Uuids(ids), literal(routes), Moments(moments), literal(references), literal(units)
    return [next(iter(contracts)), *columns, *_named(whoms), *map(literal, more)]


def _ends_of_one(
    contracts: Iterable[str], moments: Iterable[datetime], ids: Iterable[str], hows: Iterable[How]
) -> list[Any]:
    outcomes, *others = zip(*hows, strict=True)
    return [next(iter(contracts)), Uuids(ids), literal(outcomes), Moments(moments), *map(literal, others)]


def _callers(contracts: Iterable[str], moments: Iterable[datetime]) -> tuple[tuple[Uuids, Moments], str]:
    """Each contract with a moment once, and the place of each event's among them."""
    callers, of = once(zip(contracts, moments, strict=True))
    whose, when = zip(*callers, strict=True)
    return (Uuids(whose), Moments(when)), of


def _named(whoms: Iterable[Whom]) -> list[Any]:
    """Two arrays that are empty where nobody is named, as nearly always."""
    given = tuple(whoms)
    if not any(given):
        return ["{}", "{}"]
    return [literal(column) for column in zip(*(whom or _NOBODY for whom in given), strict=True)]


def what(route: int, units: int = 1) -> What:
    """What a send is, of HOLD and RECORD."""
    if units == 1:  # nearly always
        return _ONE_UNIT.get(route) or _ONE_UNIT.setdefault(route, (str(route), "NULL"))
    return str(route), str(units)


def whom(contact: UUID | None, sender: str | None) -> Whom:
    """Whom it goes to and which number sends it."""
    if contact is None and sender is None:
        return None
    return "NULL" if contact is None else str(contact), quoted(sender)


def how(
    outcome: int,
    kind: str | None = None,
    units: int | None = None,
    channel: str | None = None,
    country: str | None = None,
) -> How:
    """How a send ended, of SETTLE, what it was counted as, and on which channel and to which country it went."""
    return (
        str(outcome),
        quoted(kind),
        "NULL" if units is None else str(units),
        quoted(channel),
        quoted(country),
    )


def left(remaining: int | None) -> int | None:
    """What a hold answers as left: None where there is no limit."""
    return None if remaining is None or remaining > UNLIMITED // 2 else remaining


_NOBODY = ("NULL", "NULL")
_ONE_UNIT: dict[int, What] = {}  # by route
_CALLERS = "%s::uuid[], %s::timestamptz[]"
_SENDS = (
    f"{_CALLERS}, %s::integer[], %s::smallint[], %s::integer[], %s::integer[], %s::uuid[], %s::text[],"
    " %s::uuid[], %s::text[]"
)
_SENDS_OF_ONE = "%s::uuid, %s::uuid[], %s::integer[], %s::timestamptz[], %s::text[], %s::smallint[], %s::uuid[], %s::text[]"
_HELD = "SELECT status, price, remaining FROM"
HOLD = Call(
    f"{_HELD} metering_hold_v1({_SENDS})",
    sends,
    alone=Call(f"{_HELD} metering_hold_contract_v1({_SENDS_OF_ONE})", _sends_of_one),
)
RECORD = Call(
    f"{_HELD} metering_record_v1({_SENDS}, %s::smallint[])",
    sends,
    alone=Call(f"{_HELD} metering_record_contract_v1({_SENDS_OF_ONE}, %s::smallint[])", _sends_of_one),
)
SETTLE = Call(
    f"SELECT status, price FROM metering_settle_v1({_CALLERS}, %s::smallint[], %s::text[], %s::smallint[],"  # noqa: S608
    " %s::text[], %s::text[], %s::integer[], %s::integer[], %s::uuid[])",
    ends,
    alone=Call(
        "SELECT status, price FROM metering_settle_contract_v1"
        "(%s::uuid, %s::uuid[], %s::smallint[], %s::timestamptz[], %s::text[], %s::smallint[], %s::text[], %s::text[])",
        _ends_of_one,
    ),
)
