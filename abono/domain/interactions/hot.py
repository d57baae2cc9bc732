"""The statement that takes in contact events; the fast lane and `actions` share it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from abono.platform.postgres.arrays import Moments, Uuids, literal
from abono.platform.postgres.batches import Call, once


def events(
    contracts: Iterable[str],
    ids: Iterable[str],
    contacts: Iterable[str],
    channels: Iterable[str],
    kinds: Iterable[str],
    moments: Iterable[datetime],
    presents: Iterable[datetime],
    graces: Iterable[timedelta],
) -> list[Any]:
    """The arguments of OBSERVE from columns: what several events have in common is sent once.

    graces   how long late events are taken: the same for a whole call (INT-7)
    """
    callers, of = once(zip(contracts, presents, strict=True))
    (ways, on), (sorts, as_) = once(channels), once(kinds)
    whose, when = zip(*callers, strict=True)
    return [
        Uuids(whose),
        Moments(when),
        literal(ways),
        literal(sorts),
        of,
        on,
        as_,
        Uuids(ids),
        Uuids(contacts),
        Moments(moments),
        next(iter(graces)),
    ]


def _of_one(
    contracts: Iterable[str],
    ids: Iterable[str],
    contacts: Iterable[str],
    channels: Iterable[str],
    kinds: Iterable[str],
    moments: Iterable[datetime],
    presents: Iterable[datetime],
    graces: Iterable[timedelta],
) -> list[Any]:
    columns = (
        Uuids(ids),
        Uuids(contacts),
        literal(channels),
        literal(kinds),
        Moments(moments),
        Moments(presents),
    )
    return [next(iter(contracts)), *columns, next(iter(graces))]


OBSERVE = Call(
    "SELECT status FROM metering_observe_v1(%s::uuid[], %s::timestamptz[], %s::text[], %s::text[],"
    " %s::integer[], %s::integer[], %s::integer[], %s::uuid[], %s::uuid[], %s::timestamptz[], %s::interval)",
    events,
    alone=Call(
        "SELECT status FROM metering_observe_contract_v1(%s::uuid, %s::uuid[], %s::uuid[], %s::text[], %s::text[],"
        " %s::timestamptz[], %s::timestamptz[], %s::interval)",
        _of_one,
    ),
)
