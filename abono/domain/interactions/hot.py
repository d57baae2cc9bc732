"""The statement that takes in contact events; the fast lane and `actions` share it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from abono.platform.postgres.batches import Call, literal, once


def events(
    contracts: Iterable[str],
    ids: Iterable[str],
    contacts: Iterable[str],
    channels: Iterable[str],
    kinds: Iterable[str],
    moments: Iterable[str],
    presents: Iterable[str],
    graces: Iterable[timedelta],
) -> list[Any]:
    """The arguments of OBSERVE from columns: what several events have in common is sent once.

    graces   how long late events are taken: the same for a whole call (INT-7)
    """
    callers, of = once(zip(contracts, presents, strict=True))
    (ways, on), (sorts, as_) = once(channels), once(kinds)
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
        next(iter(graces)),
    ]


def _of_one(contracts: Iterable[str], *columns: Iterable[Any]) -> list[Any]:
    *texts, graces = columns
    return [next(iter(contracts)), *map(literal, texts), next(iter(graces))]


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
