"""Everything that changes metering. The rules themselves live in the SQL functions, where the rows are locked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from abono.domain.metering import hot, queries
from abono.domain.metering.errors import NoCycle
from abono.domain.metering.types import (
    HoldAnswer,
    HoldRequest,
    HoldStatus,
    Outcome,
    SettleAnswer,
    SettleRequest,
    SettleStatus,
    Stood,
    Threshold,
)
from abono.domain.settings import queries as settings
from abono.domain.settings.known import HOLD_LASTS
from abono.kernel.rating import UNLIMITED
from abono.platform.postgres.arrays import quoted
from abono.platform.postgres.batches import Call, answers
from abono.platform.use_case import use_case


@use_case
def hold(requests: Sequence[HoldRequest]) -> list[HoldAnswer]:
    """Set package value aside for sends, each answered by itself, in order (PKG-5…9, LIM-2)."""
    return _hold(hot.HOLD, requests)


@use_case
def record(requests: Sequence[HoldRequest], outcomes: Sequence[Outcome] = ()) -> list[HoldAnswer]:
    """Draw sends that left without a hold, or settle those that have one (PKG-4).

    outcomes   what is told of each; all were sent when left out
    """
    told = outcomes or [Outcome.SENT] * len(requests)
    return _hold(hot.RECORD, requests, (str(one.value) for one in told))


@use_case
def settle(requests: Sequence[SettleRequest]) -> list[SettleAnswer]:
    """Say how sends ended: which end draws, its price row says; rejected and expired release (PKG-4, PKG-5, PKG-13)."""
    if not requests:
        return []
    status, price = answers(
        hot.SETTLE,
        (str(r.contract_id) for r in requests),
        (r.at for r in requests),
        (str(r.send_id) for r in requests),
        (hot.how(r.outcome.value, r.kind, r.units, r.channel, r.country) for r in requests),
    )
    return [SettleAnswer(SettleStatus(s), p) for s, p in zip(status, price, strict=True)]


@use_case
def expire(*, now: datetime, contract_id: UUID | None = None, limit: int = 10_000) -> int:
    """Release holds that nobody settled in time (PKG-5); each ends as long after its hold as the setting says now.

    Returns how many were released; as many as `limit`: call again.
    With a contract, `now` is the present of that customer's clock. Without, it is real time and every contract
    is looked at, from where the last such call stopped: a sandbox clock is never behind real time, so no hold
    is released too early.
    """
    lasts = settings.value(HOLD_LASTS, at=now)
    until = now - lasts
    since = None if contract_id else _swept_to()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.contract_id, s.send_id, s.held_at FROM metering_send s"
            " WHERE s.held_at <= %(until)s AND s.held_at > '-infinity'"  # see metering_send_other_by_time
            " AND (%(since)s::timestamptz IS NULL OR s.held_at > %(since)s)"
            " AND (%(contract)s::uuid IS NULL OR s.contract_id = %(contract)s)"
            " AND NOT EXISTS (SELECT FROM metering_settlement t"
            "                  WHERE t.contract_id = s.contract_id AND t.send_id = s.send_id)"
            " ORDER BY s.held_at LIMIT %(limit)s",
            {"until": until, "since": since, "contract": contract_id, "limit": limit},
        )
        open_sends = cursor.fetchall()
    answers = settle(
        [
            SettleRequest(contract, send, Outcome.EXPIRED, held_at + lasts)
            for contract, send, held_at in open_sends
        ]
    )
    if contract_id is None and len(open_sends) < limit:
        _note_swept(until)
    return sum(answer.status is SettleStatus.SETTLED for answer in answers)


@use_case
def raise_cycle(
    *, contract_id: UUID, at: datetime, package_id: UUID, value_micro: int, ceiling_micro: int
) -> None:
    """Give the cycle at `at` a bigger package: use so far stays, a block ends, warnings begin again (LIM-3, LIM-4).

    The ceiling never falls: a limit that was opened for the rest of the cycle stays open. The customer's own
    limits stay as they are (LIM-5), and that one is reached is told once in a cycle.
    Raises NoCycle; ValueError for a smaller package.
    """
    raised = _change(
        "UPDATE metering_cycle SET package_id = %(package)s, value_micro = %(value)s,"
        " ceiling_micro = greatest(ceiling_micro, %(ceiling)s), raised = raised + 1, warned = warned & 16,"
        " warn_next_micro = metering_warn_next_v1(%(value)s, greatest(ceiling_micro, %(ceiling)s), 0::smallint),"
        " blocked_at = NULL WHERE value_micro <= %(value)s",
        {"package": package_id, "value": value_micro, "ceiling": ceiling_micro},
        contract_id=contract_id,
        at=at,
    )
    if not raised:
        queries.balance(contract_id=contract_id, at=at)  # raises NoCycle where there is none
        raise ValueError("a raise never makes the package smaller")


@use_case
def close(*, contract_id: UUID, at: datetime) -> None:
    """The contract serves no more: holds of the cycle at `at`, or that ended just then, are released, it ends there, and those after
    it go. One of these that somebody was faster to use stays, without any time left."""
    told: dict[str, Any] = {"contract": contract_id, "at": at}
    with connection.cursor() as cursor:
        cursor.execute(_KEEP_STILL, told)  # so that what is held meanwhile is released too
        cursor.execute(_OPEN_SENDS, told)
        held = [row[0] for row in cursor.fetchall()]
    settle([SettleRequest(contract_id, send, Outcome.EXPIRED, at) for send in held])
    drop_later(contract_id=contract_id, at=at)


@use_case
def drop_later(*, contract_id: UUID, at: datetime) -> None:
    """Nothing begins at `at` or later: cycles that are open already go. One that somebody was faster to use stays, without any
    time left."""
    told: dict[str, Any] = {"contract": contract_id, "at": at}
    with connection.cursor() as cursor:
        cursor.execute(_LATER_UNUSED, told)
        unused = [row[0] for row in cursor.fetchall()]
        for statement in _CLOSE:
            cursor.execute(statement, {**told, "unused": unused})


@use_case
def lower_cycle(
    *, contract_id: UUID, at: datetime, package_id: UUID, value_micro: int, ceiling_micro: int
) -> None:
    """Give the cycle at `at` a smaller package (CHG-5): use so far stays, and what of it is beyond is overage. The ceiling falls,
    though never below what is used and held; warnings begin again, a block stays. Raises NoCycle; ValueError for a bigger package."""
    lowered = _change(
        "UPDATE metering_cycle SET package_id = %(package)s, value_micro = %(value)s,"
        " ceiling_micro = least(ceiling_micro, greatest(%(ceiling)s, held_micro + used_micro)),"
        " raised = raised + 1, warned = warned & 16, warn_next_micro = metering_warn_next_v1("
        "%(value)s, least(ceiling_micro, greatest(%(ceiling)s, held_micro + used_micro)), 0::smallint)"
        " WHERE value_micro >= %(value)s",
        {"package": package_id, "value": value_micro, "ceiling": ceiling_micro},
        contract_id=contract_id,
        at=at,
    )
    if not lowered:
        queries.balance(contract_id=contract_id, at=at)  # raises NoCycle where there is none
        raise ValueError("a smaller package is not bigger")


@use_case
def include(*, contract_id: UUID, at: datetime, interactions: int) -> None:
    """Let the cycle at `at` have so many interactions in all (CHG-5). Raises NoCycle."""
    given = _change(
        "UPDATE metering_cycle SET included_interactions = %(interactions)s WHERE true",
        {"interactions": interactions},
        contract_id=contract_id,
        at=at,
    )
    if not given:
        raise NoCycle()


def stands(*, contract_id: UUID, cycle_start: datetime) -> dict[str, Any]:
    """How the allowances of a cycle stand, for `put_back`. Raises NoCycle."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {hot.ALLOWANCES} FROM metering_cycle WHERE contract_id = %s AND cycle_start = %s",  # noqa: S608
            [contract_id, cycle_start],
        )
        found = cursor.fetchone()
    if found is None:
        raise NoCycle()
    return queries.allowances(found[0])


def used_since(stood: Stood) -> bool:
    """Whether something of a cycle was used that its allowances of before do not cover: where package or limit were raised a
    send was held or recorded since the moment, or another raise came, or more is used or counted than fits them."""
    return _unused_totals(stood) is None


@use_case
def put_back(stood: Stood) -> bool:
    """Let the allowances of a cycle be what they were; False, and nothing is changed, where `used_since`, also meanwhile."""
    totals = _unused_totals(stood)
    if totals is None:
        return False
    with connection.cursor() as cursor:
        cursor.execute(_PUT_BACK, {**_of(stood), **totals})
        return bool(cursor.rowcount)


_KEEP_STILL = """
SELECT FROM metering_cycle WHERE contract_id = %(contract)s AND cycle_end >= %(at)s ORDER BY cycle_start FOR NO KEY UPDATE
"""
_OPEN_SENDS = """
SELECT s.send_id FROM metering_send s
  JOIN metering_cycle c ON c.contract_id = s.contract_id AND c.cycle_start = s.cycle_start AND c.cycle_end >= %(at)s
 WHERE s.contract_id = %(contract)s AND NOT EXISTS (SELECT FROM metering_settlement t
                                                      WHERE t.contract_id = s.contract_id AND t.send_id = s.send_id)
"""
_LATER_UNUSED = """
SELECT c.cycle_start FROM metering_cycle c
 WHERE c.contract_id = %(contract)s AND c.cycle_start >= %(at)s AND (c.held_micro, c.used_micro, c.interactions) = (0, 0, 0)
   AND NOT EXISTS (SELECT FROM metering_send s WHERE s.contract_id = c.contract_id AND s.cycle_start = c.cycle_start)
"""
_CLOSE = (
    "DELETE FROM metering_channel_budget WHERE contract_id = %(contract)s AND cycle_start = ANY(%(unused)s)",
    "DELETE FROM metering_cycle WHERE contract_id = %(contract)s AND cycle_start = ANY(%(unused)s)",
    "UPDATE metering_cycle SET cycle_end = greatest(%(at)s, cycle_start + interval '1 microsecond')"
    " WHERE contract_id = %(contract)s AND cycle_end > %(at)s",
)
_UNUSED = """
SELECT c.held_micro AS held, c.used_micro AS used, c.interactions
  FROM metering_cycle c, jsonb_to_record(%(was)s::jsonb)
       AS w(ceiling_micro bigint, included_interactions bigint, raised smallint, raised_by_change smallint)
 WHERE c.contract_id = %(contract)s AND c.cycle_start = %(start)s
   AND c.held_micro + c.used_micro <= w.ceiling_micro
   AND (c.interactions <= w.included_interactions OR w.included_interactions = c.included_interactions)
   AND c.raised = w.raised + w.raised_by_change
   AND (w.raised_by_change = 0 OR NOT EXISTS (SELECT FROM metering_send s
                    WHERE s.contract_id = c.contract_id AND s.cycle_start = c.cycle_start AND s.held_at >= %(since)s))
"""
_PUT_BACK = """
UPDATE metering_cycle c
   SET package_id = w.package_id, value_micro = w.value_micro, ceiling_micro = w.ceiling_micro,
       included_interactions = w.included_interactions, raised = w.raised,
       warned = CASE w.raised_by_change WHEN 0 THEN c.warned ELSE w.warned END,
       warn_next_micro = CASE w.raised_by_change WHEN 0 THEN c.warn_next_micro ELSE w.warn_next_micro END,
       blocked_at = CASE w.raised_by_change WHEN 0 THEN c.blocked_at ELSE w.blocked_at END
  FROM jsonb_to_record(%(was)s::jsonb) AS w(package_id uuid, value_micro bigint, ceiling_micro bigint,
       included_interactions bigint, raised smallint, raised_by_change smallint, warned smallint, warn_next_micro bigint,
       blocked_at timestamptz)
 WHERE c.contract_id = %(contract)s AND c.cycle_start = %(start)s
   AND (c.held_micro, c.used_micro, c.interactions) = (%(held)s, %(used)s, %(interactions)s)
"""


def _unused_totals(stood: Stood) -> dict[str, Any] | None:
    """Held, used and interactions of a cycle of which nothing was used since; else None."""
    with connection.cursor() as cursor:
        cursor.execute(_UNUSED, _of(stood))
        found = cursor.fetchone()
    return None if found is None else dict(zip(("held", "used", "interactions"), found, strict=True))


def _of(stood: Stood) -> dict[str, Any]:
    return {
        "contract": stood.contract_id,
        "start": stood.cycle_start,
        "since": stood.since,
        "was": json.dumps(stood.was),
    }


@use_case
def open_one_more_limit(*, contract_id: UUID, at: datetime, extra_micro: int) -> None:
    """Let the cycle at `at` go `extra_micro` further, because the overage so far was paid (LIM-4).

    A block ends; the warnings of the limit begin again, those of the package and of the customer's own cap do not.
    Raises NoCycle.
    """
    opened = _change(
        "UPDATE metering_cycle SET ceiling_micro = least(ceiling_micro + %(extra)s, %(unlimited)s),"
        " raised = raised + 1, warned = warned & 19, warn_next_micro = metering_warn_next_v1("
        "value_micro, least(ceiling_micro + %(extra)s, %(unlimited)s), warned & 3::smallint),"
        " blocked_at = NULL WHERE true",
        {"extra": extra_micro, "unlimited": UNLIMITED},
        contract_id=contract_id,
        at=at,
    )
    if not opened:
        raise NoCycle()


@use_case
def notice_threshold(threshold: Threshold) -> bool:
    """Take one level to make a notice of; False when somebody else has (LIM-3: each once)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE metering_threshold SET noticed_at = now() WHERE contract_id = %s AND cycle_start = %s"
            " AND raised = %s AND level = %s AND noticed_at IS NULL",
            [threshold.contract_id, threshold.cycle_start, threshold.raised, threshold.level.value],
        )
        return bool(cursor.rowcount)


def _hold(call: Call, requests: Sequence[HoldRequest], *more: Iterable[str]) -> list[HoldAnswer]:
    if not requests:
        return []
    status, price, remaining = answers(
        call,
        (str(r.contract_id) for r in requests),
        (r.at for r in requests),
        (str(r.send_id) for r in requests),
        (hot.what(r.route_id, r.units) for r in requests),
        (quoted(r.reference) for r in requests),
        (hot.whom(r.contact, r.sender) for r in requests),
        *more,
    )
    return [
        HoldAnswer(HoldStatus(s), p, hot.left(left))
        for s, p, left in zip(status, price, remaining, strict=True)
    ]


def _change(update: str, values: dict[str, Any], *, contract_id: UUID, at: datetime) -> bool:
    """Run an update of the cycle that covers `at`; whether there was one that its condition takes."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"{update} AND contract_id = %(contract)s AND cycle_start <= %(at)s AND cycle_end > %(at)s",
            {**values, "contract": contract_id, "at": at},
        )
        return bool(cursor.rowcount)


def _swept_to() -> datetime | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT swept_to FROM metering_sweep WHERE name = 'expire'")
        found = cursor.fetchone()
        return None if found is None else found[0]


def _note_swept(until: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO metering_sweep AS w (name, swept_to) VALUES ('expire', %s)"
            " ON CONFLICT (name) DO UPDATE SET swept_to = greatest(w.swept_to, excluded.swept_to)",
            [until],
        )
