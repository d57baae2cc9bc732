"""The statement that takes in contact events; the fast lane and `actions` share it."""

from __future__ import annotations

from collections.abc import Iterable

from abono.domain.interactions.types import LATE_GRACE
from abono.platform.batches import Call, literal, once


def events(
    contracts: Iterable[str],
    ids: Iterable[str],
    contacts: Iterable[str],
    channels: Iterable[str],
    kinds: Iterable[str],
    moments: Iterable[str],
    presents: Iterable[str],
) -> list[str]:
    """The arguments of OBSERVE from columns: what several events have in common is sent once."""
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
    ]


def _of_one(contracts: Iterable[str], *columns: Iterable[str]) -> list[str]:
    return [next(iter(contracts)), *map(literal, columns)]


OBSERVE = Call(
    "SELECT status FROM metering_observe_v1(%s::uuid[], %s::timestamptz[], %s::text[], %s::text[],"
    " %s::integer[], %s::integer[], %s::integer[], %s::uuid[], %s::uuid[], %s::timestamptz[], %s::interval)",
    events,
    (LATE_GRACE,),
    alone=Call(
        "SELECT status FROM metering_observe_contract_v1(%s::uuid, %s::uuid[], %s::uuid[], %s::text[], %s::text[],"
        " %s::timestamptz[], %s::timestamptz[], %s::interval)",
        _of_one,
        (LATE_GRACE,),
    ),
)
