"""The hot statements, and how their arguments are packed; the fast lane and `actions` share them.

Arrays travel as PostgreSQL's own array literals made by one `join`: several times cheaper for the client than
an adapter's call per element. Whoever packs a text from outside goes through `quoted`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from abono.domain.metering.types import LATE_GRACE
from abono.kernel.rating import UNLIMITED
from abono.platform import clock

# The outcomes with which sends ended that a replayed answer speaks of; those that have none are left out.
OUTCOMES = (
    "SELECT u.n, t.outcome FROM unnest(%s::uuid[], %s::uuid[]) WITH ORDINALITY u (contract, send, n)"
    " JOIN metering_settlement t ON t.contract_id = u.contract AND t.send_id = u.send"
)
COLUMNS = (
    "contract_id, cycle_start, cycle_end, package_id, value_micro, ceiling_micro,"
    " held_micro - drawn_micro, used_micro + drawn_micro,"
    " raised, blocked_at, included_interactions, interactions, cap_micro, channels, budgets, totals"
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
# What the fast lane has to know besides: who asks, whose contract it is, and the numbers of the routes.
KEYS = (
    "SELECT hash, customer_id, scopes, expires_at, last_used_at FROM identity_apikey"
    " WHERE hash = ANY (%s) AND revoked_at IS NULL"
)
KEYS_USED = "UPDATE identity_apikey SET last_used_at = %s WHERE hash = ANY (%s)"
CONTRACTS = (
    "SELECT c.id, c.customer_id, c.currency, u.clock_offset_s FROM contracts_contract c"
    " JOIN customers_customer u ON u.id = c.customer_id WHERE c.id = ANY (%s)"
)
ROUTES = "SELECT channel, kind, country, id FROM catalog_route"
CHANNELS = "SELECT code, uses FROM catalog_channel"
CHANGED = "abono_keys"  # notified when a key is revoked or a sandbox clock moved: what is cached is stale


def of_cycles(contract_id: UUID, *more: object) -> list[object]:
    """The arguments of BALANCE, CYCLE and CYCLES; `more` is a moment."""
    return [contract_id] * 3 + [*more]


def literal(column: Iterable[str]) -> str:
    """An array literal of elements that are numbers, UUIDs, moments, or went through `quoted`."""
    return "{" + ",".join(column) + "}"


def sends(
    contracts: Iterable[str],
    moments: Iterable[str],
    ids: Iterable[str],
    routes: Iterable[str],
    references: Iterable[str],
) -> list[str]:
    """The arguments of HOLD and RECORD from columns: what several events have in common is sent once."""
    callers, of = _once(zip(contracts, moments, strict=True))
    targets, to = _once(routes)
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
    callers, of = _once(zip(contracts, moments, strict=True))
    return [*map(literal, zip(*callers, strict=True)), of, literal(ids), literal(outcomes)]


def events(
    contracts: Iterable[str],
    ids: Iterable[str],
    contacts: Iterable[str],
    channels: Iterable[str],
    kinds: Iterable[str],
    moments: Iterable[str],
    presents: Iterable[str],
) -> list[str]:
    """The arguments of OBSERVE, likewise."""
    callers, of = _once(zip(contracts, presents, strict=True))
    (ways, on), (sorts, as_) = _once(channels), _once(kinds)
    return [
        *map(literal, zip(*callers, strict=True)),
        literal(ways),
        literal(sorts),
        of,
        on,
        as_,
        literal(ids),
        literal(contacts),
        literal(moments),
    ]


def _of_one(
    contracts: Iterable[str],
    moments: Iterable[str],
    ids: Iterable[str],
    what: Iterable[str],
    *more: Iterable[str],
) -> list[str]:
    """The arguments of the functions for one contract, which want the moments after what is done at them."""
    return [next(iter(contracts)), *map(literal, (ids, what, moments, *more))]


def _events_of_one(contracts: Iterable[str], *columns: Iterable[str]) -> list[str]:
    return [next(iter(contracts)), *map(literal, columns)]


def _moments(offsets: Iterable[int]) -> Iterator[str]:
    """The present of clocks that are ahead by `offsets` seconds; real time is read once."""
    now = clock.now()
    texts: dict[int, str] = {}
    for offset in offsets:
        text = texts.get(offset)
        if text is None:
            text = texts[offset] = moment(now + timedelta(seconds=offset))
        yield text


def _once[T: Hashable](column: Iterable[T]) -> tuple[Iterable[T], str]:
    """The different elements of a column, and the place of each of its elements among them, from 1."""
    places: dict[T, str] = {}
    found: list[str] = []
    for element in column:
        place = places.get(element)
        if place is None:
            place = places[element] = str(len(places) + 1)
        found.append(place)
    return places, literal(found)


def quoted(text: str | None) -> str:
    """Any text as one element of an array literal. PostgreSQL cannot keep NUL: callers refuse it before."""
    if text is None:
        return "NULL"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def moment(at: datetime) -> str:
    return at.isoformat()


def left(remaining: int | None) -> int | None:
    """What a hold answers as left: None where there is no limit."""
    return None if remaining is None or remaining > UNLIMITED // 2 else remaining


@dataclass(frozen=True, slots=True)
class Call:
    """A statement that calls one of the functions for many events, and how their columns become its arguments.

    It returns one row of arrays, an element per event.
    alone   the same for events that are equal in the columns `key`: on a cluster no statement does more (spread.py)
    """

    statement: str
    pack: Callable[..., list[str]]
    extra: tuple[Any, ...] = ()
    alone: Call | None = None
    key: tuple[int, ...] = (0,)

    def arguments(self, columns: Iterable[Iterable[Any]]) -> list[Any]:
        return [*self.pack(*columns), *self.extra]

    def at_once(self) -> Call:
        """The same for events of this very moment: in place of it comes by how many seconds their clock is ahead."""

        def pack(contracts: Iterable[str], offsets: Iterable[int], *columns: Iterable[str]) -> list[str]:
            return self.pack(contracts, _moments(offsets), *columns)

        return replace(self, pack=pack, alone=self.alone and self.alone.at_once())


_SENDS = (
    "(%s::uuid[], %s::timestamptz[], %s::integer[], %s::integer[], %s::integer[], %s::uuid[], %s::text[])"
)
_SENDS_OF_ONE = "(%s::uuid, %s::uuid[], %s::integer[], %s::timestamptz[], %s::text[])"
HOLD = Call(
    f"SELECT status, price, remaining FROM metering_hold_v2{_SENDS}",  # noqa: S608
    sends,
    alone=Call(f"SELECT status, price, remaining FROM metering_hold_contract_v2{_SENDS_OF_ONE}", _of_one),  # noqa: S608
)
RECORD = Call(
    f"SELECT status, price, remaining FROM metering_record_v2{_SENDS}",  # noqa: S608
    sends,
    alone=Call(f"SELECT status, price, remaining FROM metering_record_contract_v2{_SENDS_OF_ONE}", _of_one),  # noqa: S608
)
SETTLE = Call(
    "SELECT status, price FROM metering_settle_v2"
    "(%s::uuid[], %s::timestamptz[], %s::integer[], %s::uuid[], %s::smallint[])",
    outcomes,
    alone=Call(
        "SELECT status, price FROM metering_settle_contract_v2"
        "(%s::uuid, %s::uuid[], %s::smallint[], %s::timestamptz[])",
        _of_one,
    ),
)
OBSERVE = Call(
    "SELECT status FROM metering_observe_v2(%s::uuid[], %s::timestamptz[], %s::text[], %s::text[],"
    " %s::integer[], %s::integer[], %s::integer[], %s::uuid[], %s::uuid[], %s::timestamptz[], %s::interval)",
    events,
    (LATE_GRACE,),
    alone=Call(
        "SELECT status FROM metering_observe_contract_v1(%s::uuid, %s::uuid[], %s::uuid[], %s::text[], %s::text[],"
        " %s::timestamptz[], %s::timestamptz[], %s::interval)",
        _events_of_one,
        (LATE_GRACE,),
    ),
)
