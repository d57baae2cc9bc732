"""The hot statements, and how their columns become arguments; the fast lane and `actions` share them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from abono.domain.licences.types import PLACE_LOST_S, Op, Policy
from abono.platform.postgres.arrays import Moments, Uuids, literal, quoted
from abono.platform.postgres.batches import Call, once

type Event = tuple[Any, ...]

_OPS = {op: str(op.value) for op in Op}
_NOTHING = quoted("")


def event(
    contract: str,
    clock: Any,
    policy: Policy,
    op: Op,
    person: str,
    name: str,
    *,
    device: str = "",
    groups: Collection[str] = (),
    idle_s: int | None = None,
) -> Event:
    """A row of DECIDE.

    contract  its id, as the database writes it
    clock     the moment on its customer's clock; of a call `at_once` the seconds by which that is ahead
    name      the platform's own id of the lease or place
    """
    idle = "NULL" if idle_s is None else str(idle_s)
    said = quoted(",".join(groups)) if groups else _NOTHING
    named = quoted(device) if device else _NOTHING
    return contract, clock, policy, _OPS[op], quoted(person), quoted(name), named, said, idle


def decide(
    contracts: Iterable[str], moments: Iterable[datetime], policies: Iterable[Policy], *events: Iterable[str]
) -> list[Any]:
    """The arguments of DECIDE from columns: what events of one contract have in common is sent once."""
    callers, of = once(zip(contracts, moments, policies, strict=True))
    whose, when, how = zip(*callers, strict=True)
    return [
        Uuids(whose),
        Moments(when),
        literal(str(one.lost_s) for one in how),
        literal(str(PLACE_LOST_S) for _one in how),
        literal(str(one.aside_s) for one in how),
        literal(_or_null(one.idle_s) for one in how),
        literal(_or_null(one.over_percent) for one in how),
        literal("t" if one.share else "f" for one in how),
        literal("t" if one.reduce else "f" for one in how),
        of,
        *map(literal, events),
    ]


def beats(
    contracts: Iterable[str],
    moments: Iterable[datetime],
    policies: Iterable[Policy],
    _ops: Iterable[str],
    people: Iterable[str],
    names: Iterable[str],
    _devices: Iterable[str],
    _groups: Iterable[str],
    idles: Iterable[str],
) -> list[Any]:
    """The arguments of BEAT from columns of the same events."""
    callers, of = once(zip(contracts, moments, policies, strict=True))
    whose, when, how = zip(*callers, strict=True)
    lost = literal(str(one.lost_s) for one in how)
    return [Uuids(whose), Moments(when), lost, of, literal(people), literal(names), literal(idles)]


def _or_null(number: int | None) -> str:
    return "NULL" if number is None else str(number)


# Answers of both: status, until, place, in_use, owned, why.
DECIDE = Call(
    "SELECT status, until, place, in_use, owned, why FROM licences_decide_v1(%s::uuid[], %s::timestamptz[], %s::integer[],"
    " %s::integer[], %s::integer[], %s::integer[], %s::integer[], %s::boolean[], %s::boolean[], %s::integer[],"
    " %s::smallint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::integer[])",
    decide,
)
BEAT = Call(
    "SELECT status, until FROM licences_beat_v1(%s::uuid[], %s::timestamptz[], %s::integer[], %s::integer[], %s::text[],"
    " %s::text[], %s::integer[])",
    beats,
)

IN_USE = (
    "SELECT (SELECT count(*) FROM licences_lease WHERE contract_id = o.contract AND until > o.at),"
    " (SELECT count(*) FROM licences_place WHERE contract_id = o.contract AND set_aside_until > o.at),"
    " (SELECT owned FROM licences_owned_v1(o.contract, o.at)),"
    " (SELECT count(*) FROM licences_place WHERE contract_id = o.contract AND set_aside_until IS NULL AND until > o.at)"
    " FROM (SELECT %s::uuid AS contract, %s::timestamptz AS at) o"
)
LEASES = (
    "SELECT contract_id, person, ids, device, kept_for, since, until, active_at FROM licences_lease"
    " WHERE contract_id = %s AND until > %s AND person > %s ORDER BY person LIMIT %s"
)
PLACES = (
    "SELECT person, device, since, CASE WHEN set_aside_until IS NULL THEN row_number() OVER"
    " (PARTITION BY set_aside_until IS NULL ORDER BY number) END::integer, set_aside_until"
    " FROM licences_place WHERE contract_id = %s AND coalesce(set_aside_until, until) > %s ORDER BY number LIMIT %s"
)
