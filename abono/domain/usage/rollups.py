"""Roll-ups: sends that ended, added up per quarter of an hour and route, exactly (docs/growth.md, FIN-5).

`roll` goes on where it stopped, as often as one likes; whatever it has not reached yet is read from the entries
(queries). It seals first, in a moment under the lock of the cycle's row, then adds up without that lock.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from abono.kernel.ids import HASHED, first_id
from abono.platform.use_case import use_case

LIVE = timedelta(
    minutes=10
)  # so long a send is not added up: until then most have ended, and few are set apart
AFTER = timedelta(days=1)  # so long after its end a cycle is sealed for good
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_FOREVER = datetime(9999, 1, 1, tzinfo=UTC)
_STEP = 100_000  # sends, or little more, are added up in one transaction
_CYCLES = 500  # that are looked for together

# Cycles with a send behind what is sealed of them, and those that are over.
_DUE = """
SELECT c.contract_id, c.cycle_start, c.cycle_end, c.sealed_to
  FROM metering_cycle c
 WHERE c.sealed_to < '9999-01-01 00:00Z' AND (c.contract_id, c.cycle_start) > (%(contract)s, %(start)s)
   AND (%(only)s::uuid IS NULL OR c.contract_id = %(only)s)
   AND (c.cycle_end <= %(over)s
        OR EXISTS (SELECT FROM metering_send s
                    WHERE s.contract_id = c.contract_id AND s.send_id >= c.sealed_id AND s.send_id < %(id)s
                      AND s.cycle_start = c.cycle_start)
        OR EXISTS (SELECT FROM metering_send s
                    WHERE s.contract_id = c.contract_id AND s.send_id >= %(other)s
                      AND s.held_at >= c.sealed_to AND s.held_at < %(until)s AND s.held_at > '-infinity'
                      AND s.cycle_start = c.cycle_start))
 ORDER BY c.contract_id, c.cycle_start LIMIT %(cycles)s
"""
# Cycles with sends set apart that have ended since.
_ENDED = """
SELECT DISTINCT a.contract_id, a.cycle_start
  FROM metering_use_apart a
  JOIN metering_settlement t ON t.contract_id = a.contract_id AND t.send_id = a.send_id
 WHERE %(only)s::uuid IS NULL OR a.contract_id = %(only)s
 ORDER BY 1, 2
"""


def roll(*, now: datetime, contract_id: UUID | None = None) -> int:
    """Add up what was held until shortly before `now`, in real time, of all contracts or one. Returns how many sends."""
    until = (now - LIVE).replace(microsecond=0)
    rolled = 0
    for contract, start, end, sealed in _due(until, over=now - AFTER, only=contract_id):
        last = _FOREVER if end <= now - AFTER else until
        while sealed < last:
            sealed = min(last, _after_many(contract, sealed))
            _seal(contract_id=contract, cycle_start=start, to=sealed)
            rolled += _roll(contract_id=contract, cycle_start=start)
    with connection.cursor() as cursor:
        cursor.execute(_ENDED, {"only": contract_id})
        ended = cursor.fetchall()
    return rolled + sum(_roll(contract_id=contract, cycle_start=start) for contract, start in ended)


def rebuild(*, now: datetime, contract_id: UUID | None = None) -> int:
    """Forget roll-ups and make them anew from the entries. Returns how many cycles; readers see no difference.

    Cycles of which entries were detached stay as they are.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT contract_id, cycle_start FROM metering_use_border WHERE NOT detached"
            " AND (%(only)s::uuid IS NULL OR contract_id = %(only)s)"
            " UNION SELECT contract_id, cycle_start FROM metering_use u WHERE NOT EXISTS ("
            "SELECT FROM metering_use_border b WHERE b.contract_id = u.contract_id AND b.cycle_start = u.cycle_start)"
            " AND (%(only)s::uuid IS NULL OR contract_id = %(only)s) ORDER BY 1, 2",
            {"only": contract_id},
        )
        cycles = cursor.fetchall()
    for contract, start in cycles:
        _forget(contract_id=contract, cycle_start=start)
    roll(now=now, contract_id=contract_id)
    return len(cycles)


@use_case
def _seal(*, contract_id: UUID, cycle_start: datetime, to: datetime) -> None:
    """From now on who holds a send before `to` sets it apart; whoever did not has committed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO metering_use_border (contract_id, cycle_start, rolled_to, rolled_id)"
            " VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [contract_id, cycle_start, _NEVER, UUID(int=0)],
        )
        cursor.execute(
            "UPDATE metering_cycle SET sealed_to = greatest(sealed_to, %s), sealed_id = greatest(sealed_id, %s)"
            " WHERE contract_id = %s AND cycle_start = %s",
            [to, HASHED if to == _FOREVER else first_id(to), contract_id, cycle_start],
        )


@use_case
def _roll(*, contract_id: UUID, cycle_start: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT metering_roll_v1(%s, %s)", [contract_id, cycle_start])
        return int(cursor.fetchone()[0])


@use_case
def _forget(*, contract_id: UUID, cycle_start: datetime) -> None:
    key: list[Any] = [contract_id, cycle_start]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT FROM metering_use_border WHERE contract_id = %s AND cycle_start = %s AND NOT detached FOR UPDATE",
            key,
        )
        cursor.execute(
            "UPDATE metering_cycle SET sealed_to = %s, sealed_id = %s WHERE contract_id = %s AND cycle_start = %s",
            [_NEVER, UUID(int=0), *key],
        )
        for table in ("metering_use_apart", "metering_use", "metering_use_border"):
            cursor.execute(f"DELETE FROM {table} WHERE contract_id = %s AND cycle_start = %s", key)  # noqa: S608


def _due(
    until: datetime, *, over: datetime, only: UUID | None
) -> Iterator[tuple[UUID, datetime, datetime, datetime]]:
    contract, start = UUID(int=0), _NEVER
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                _DUE,
                {
                    "contract": contract,
                    "start": start,
                    "only": only,
                    "over": over,
                    "until": until,
                    "id": first_id(until),
                    "other": HASHED,
                    "cycles": _CYCLES,
                },
            )
            found = cursor.fetchall()
        yield from found
        if len(found) < _CYCLES:
            return
        contract, start = found[-1][:2]


def _after_many(contract_id: UUID, sealed: datetime) -> datetime:
    """The moment up to which lie about _STEP sends of the contract from `sealed` on; the end of time when there are less."""
    found = [_FOREVER]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT send_id FROM metering_send WHERE contract_id = %s AND send_id >= %s AND send_id < %s"
            " ORDER BY send_id OFFSET %s LIMIT 1",
            [contract_id, first_id(sealed), HASHED, _STEP],
        )
        for (key,) in cursor.fetchall():
            milliseconds = (key.int >> 80) + 1
            if milliseconds < _FOREVER.timestamp() * 1000:
                found.append(_NEVER + timedelta(milliseconds=milliseconds))
        cursor.execute(
            "SELECT held_at FROM metering_send WHERE contract_id = %s AND send_id >= %s AND held_at >= %s"
            " ORDER BY held_at OFFSET %s LIMIT 1",
            [contract_id, HASHED, sealed, _STEP],
        )
        found += [held_at + timedelta(milliseconds=1) for (held_at,) in cursor.fetchall()]
    return min(found)
