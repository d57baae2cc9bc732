"""Who is in, who waits, how many; what was refused and how many were in. Every moment is on the customer's clock."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from abono.domain.licences import hot
from abono.domain.licences.types import MOST_WAITING, InUse, Kept, Lease, Place, Spell, Used

SPELL = ("contract_id", "person", "first_at", "last_at", "tries", "in_use", "owned", "waited", "got_in_at")
_SPELL = ", ".join(SPELL)


def in_use(contract_id: UUID, *, at: datetime) -> InUse:
    """How many are in and how many could be. A lease that is lost by time does not count, whoever took it or not."""
    return InUse(*_rows(hot.IN_USE, contract_id, at)[0])


def leases(contract_id: UUID, *, at: datetime, after: str = "", limit: int) -> list[Lease]:
    """Who is in, by person, a page at a time: `after` is the last person of the page before."""
    return [lease(row) for row in _rows(hot.LEASES, contract_id, at, after, limit)]


def lease_of(contract_id: UUID, person: str, *, at: datetime) -> Lease | None:
    """The lease of one person; None where they are not in."""
    found = _rows(hot.LEASES.replace("person > %s", "person = %s"), contract_id, at, person, 1)
    return lease(found[0]) if found else None


def lease(row: tuple[Any, ...]) -> Lease:
    """A row of hot.LEASES."""
    contract_id, person, ids, *rest = row
    return Lease(contract_id, person, tuple(ids), *rest)


def waiting(contract_id: UUID, *, at: datetime) -> list[Place]:
    """Who waits, in order, with those for whom a licence is set aside."""
    return [Place(*row) for row in _rows(hot.PLACES, contract_id, at, MOST_WAITING)]


def kept(contract_id: UUID) -> Kept:
    """Licences that are kept for profiles and groups (LIC-9)."""
    return dict(
        _rows("SELECT name, licences FROM licences_kept WHERE contract_id = %s ORDER BY name", contract_id)
    )


def owned(contract_id: UUID, *, at: datetime) -> int | None:
    """How many licences the contract owns at a moment (LIC-6); None where its plan leaves that to it."""
    found = _rows("SELECT owned FROM licences_owned_v1(%s, %s)", contract_id, at)
    return found[0][0] if found else None


def spells(contract_id: UUID, *, since: datetime, until: datetime, limit: int) -> list[Spell]:
    """Refusals that began in `[since, until)`, the newest first (LIC-10)."""
    return [
        Spell(*row)
        for row in _rows(
            f"SELECT {_SPELL} FROM licences_spell"  # noqa: S608
            " WHERE contract_id = %s AND first_at >= %s AND first_at < %s ORDER BY first_at DESC, person LIMIT %s",
            contract_id,
            since,
            until,
            limit,
        )
    ]


def refusals(
    contract_id: UUID, *, since: datetime, until: datetime, left: int | None, limit: int
) -> tuple[list[Spell], int]:
    """Refusals that began in `[since, until)`, the newest first, a page at a time, and how many are left after it.

    left   of the page before; None for the newest. Counted from the oldest one, so that new ones move nothing.
    """
    of = (contract_id, since, until)
    counted = "FROM licences_spell WHERE contract_id = %s AND first_at >= %s AND first_at < %s"
    total = int(_rows(f"SELECT count(*) {counted}", *of)[0][0])
    end = total if left is None else min(left, total)
    begin = max(end - limit, 0)
    rows = _rows(
        f"SELECT {_SPELL} {counted} ORDER BY first_at, person OFFSET %s LIMIT %s",
        *of,
        begin,
        end - begin,
    )
    return [Spell(*row) for row in reversed(rows)], begin


def used(contract_id: UUID, *, since: datetime, until: datetime, at: datetime) -> Used:
    """How a cycle `[since, until)` used licences, asked at once; `in_now` is as of `at`."""
    [(in_now, refused, kept, *peaks)] = _rows(
        "SELECT (SELECT count(*) FROM licences_lease WHERE contract_id = %s AND until > %s),"
        " EXISTS (SELECT FROM licences_spell WHERE contract_id = %s AND first_at >= %s AND first_at < %s),"
        " (SELECT jsonb_object_agg(name, licences) FROM licences_kept WHERE contract_id = %s),"
        " array_agg(from_at ORDER BY from_at), array_agg(peak ORDER BY from_at)"
        " FROM licences_peak WHERE contract_id = %s AND from_at >= %s AND from_at < %s",
        *(contract_id, at),
        *(contract_id, since, until),
        contract_id,
        *(contract_id, since, until),
    )
    return Used(
        in_now,
        refused,
        dict(sorted(json.loads(kept or "{}").items())),
        tuple(zip(*(column or () for column in peaks), strict=True)),
    )


def most_in(contract_id: UUID, *, since: datetime) -> int:
    """How many were in at the most since a moment, whose hour counts whole."""
    most: int = _rows(
        "SELECT coalesce(max(peak), 0) FROM licences_peak WHERE contract_id = %s AND from_at > %s",
        contract_id,
        since - timedelta(hours=1),
    )[0][0]
    return most


def most_over(contract_id: UUID, *, since: datetime, until: datetime) -> int:
    """How many were in beyond what was owned, at the most, in a cycle `[since, until)` (LIC-4)."""
    over: int = _rows(
        "SELECT coalesce(max(over), 0) FROM licences_peak WHERE contract_id = %s AND from_at >= %s AND from_at < %s",
        contract_id,
        since,
        until,
    )[0][0]
    return over


def _rows(statement: str, *arguments: UUID | datetime | str | int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        return list(cursor.fetchall())
