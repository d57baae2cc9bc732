"""Everything that changes licences in use. The rules themselves live in the SQL functions, where the rows are locked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from msgspec import Struct

from abono.domain.licences import hot, queries
from abono.domain.licences.errors import KeptBeyondOwned, KeptTooMany, NoGroupName
from abono.domain.licences.types import GROUP, Kept, Op, Policy, Reclaimed, Spell, Status, Why
from abono.platform.postgres.batches import Answer, ask
from abono.platform.running import purge
from abono.platform.use_case import use_case

MOST_GROUPS = 50
"""Profiles and groups of a contract for which licences are kept (LIC-9)."""
GONE_KEPT = timedelta(days=7)
"""For how long the person of a lease that ended without them is told why."""
LOST_KEPT = timedelta(days=1)
"""For how long a heartbeat revives a lease that nobody took (LIC-1)."""
SPELLS_KEPT, PEAKS_KEPT = timedelta(days=400), timedelta(days=760)
"""Refusals name people and are looked at for a year; how many were in is compared with the year before (LIC-10)."""

_OLD = (
    ("ends of leases", "licences_gone", "gone_at", GONE_KEPT),
    ("refusals", "licences_spell", "first_at", SPELLS_KEPT),
    ("peaks of licences", "licences_peak", "from_at", PEAKS_KEPT),
)

# Whoever is a member again is barred by nothing; nobody deactivates them while their row goes. Where no contract has run for as
# long as refusals are kept nobody is to be kept out any more.
_BARRED = """
    DELETE FROM licences_barred WHERE ctid = ANY (ARRAY(
        SELECT b.ctid FROM licences_barred b
         WHERE (b.customer_id, b.of_person) IN (
               SELECT m.customer_id, m.person_id FROM identity_membership m
                WHERE m.deactivated_at IS NULL AND EXISTS (
                      SELECT FROM licences_barred x WHERE x.customer_id = m.customer_id AND x.of_person = m.person_id)
                  FOR SHARE SKIP LOCKED)
            OR EXISTS (SELECT FROM contracts_contract c WHERE c.customer_id = b.customer_id)
           AND NOT EXISTS (
               SELECT FROM contracts_contract c
                WHERE c.customer_id = b.customer_id AND (c.state <> 'ended' OR c.ended_at IS NULL OR c.ended_at >= %(before)s))
         LIMIT %(most)s))
"""
_NAME = re.compile(GROUP)
_STATUS = {status.value: status for status in Status}


class Answered(Struct, frozen=True, gc=False):
    """What a lease, a place or a refusal is; `until` says for how long without a heartbeat."""

    status: Status
    until: datetime | None = None
    position: int | None = None
    in_use: int | None = None
    owned: int | None = None
    why: str | None = None


def answered(row: Answer) -> Answered:
    """A row of hot.DECIDE, or of hot.BEAT."""
    return Answered(_STATUS[row[0]], *row[1:])


@use_case
def decide(events: Sequence[hot.Event]) -> list[Answered]:
    """Have events (`hot.event`) done, each by itself, in order."""
    return [answered(row) for row in ask(hot.DECIDE, events)] if events else []


def beat(events: Sequence[hot.Event]) -> list[Answered]:
    """Heartbeats; those that take a closer look are looked at closer, in a transaction of their own: who locks a lease waits
    for no pool."""
    found = _beat(events)
    later = [n for n, one in enumerate(found) if one.status is Status.LATER]
    for n, one in zip(later, decide([events[n] for n in later]), strict=True):
        found[n] = one
    return found


@use_case
def _beat(events: Sequence[hot.Event]) -> list[Answered]:
    return [answered(row) for row in ask(hot.BEAT, events)] if events else []


@use_case
def end(contract_id: UUID, people: Iterable[str], why: Why, *, policy: Policy, now: datetime) -> list[str]:
    """End leases and places of these people, whatever their devices; a heartbeat of theirs is told why. What comes free is set
    aside for who waits. Returns those who were in or waited. `now` is on the customer's clock."""
    named = list(people)
    told = decide(
        [hot.event(str(contract_id), now, policy, Op.END, person, "", device=why.value) for person in named]
    )
    return [person for person, one in zip(named, told, strict=True) if one.status is Status.ENDED]


@use_case
def bar(customer_id: UUID, person_id: UUID, people: Iterable[str]) -> None:
    """Let a person in no more by any of the names that the platform may have for them, while they are no active member of
    the customer (LIC-5)."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO licences_barred (customer_id, person, of_person) VALUES (%s, %s, %s)"
            " ON CONFLICT (customer_id, person) DO UPDATE SET of_person = excluded.of_person",
            [(customer_id, person, person_id) for person in people],
        )


@use_case
def hold_still(contract_id: UUID) -> None:
    """Nobody comes in until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT licences_lock_v1(%s::uuid[])", [[contract_id]])


@use_case
def keep(contract_id: UUID, kept: Kept, *, now: datetime) -> None:
    """Keep so many licences for each profile or group (LIC-9), in place of what was kept before. Nobody who is in goes.

    Raises NoGroupName, KeptTooMany, KeptBeyondOwned.
    """
    for name in kept:
        if not _NAME.fullmatch(name):
            raise NoGroupName(name[:80])
    if len(kept) > MOST_GROUPS or any(licences < 1 for licences in kept.values()):
        raise KeptTooMany(MOST_GROUPS)
    hold_still(contract_id)
    with connection.cursor() as cursor:
        owned = queries.owned(contract_id, at=now)
        if owned is not None and sum(kept.values()) > owned:
            raise KeptBeyondOwned(sum(kept.values()), owned)
        cursor.execute("DELETE FROM licences_kept WHERE contract_id = %s", [contract_id])
        cursor.executemany(
            "INSERT INTO licences_kept (contract_id, name, licences) VALUES (%s, %s, %s)",
            [(contract_id, name, licences) for name, licences in kept.items()],
        )
        cursor.execute("UPDATE licences_pool SET kept = %s WHERE contract_id = %s", [bool(kept), contract_id])


def note_refusals(*, now: datetime, limit: int) -> list[Spell]:
    """Take spells of refusals of which no event was made (LIC-10), the oldest first; the caller makes one of each. Those that are
    being written to wait for the next time. `now` is real time."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE licences_spell s SET told_at = %s FROM (SELECT contract_id, person, first_at FROM licences_spell"  # noqa: S608
            " WHERE told_at IS NULL ORDER BY first_at LIMIT %s FOR UPDATE SKIP LOCKED) x"
            " WHERE (s.contract_id, s.person, s.first_at) = (x.contract_id, x.person, x.first_at)"
            f" RETURNING {', '.join('s.' + name for name in queries.SPELL)}",
            [now, limit],
        )
        found = [Spell(*row) for row in cursor.fetchall()]
    return sorted(found, key=lambda one: one.first_at)


def note_reclaimed(*, limit: int) -> list[Reclaimed]:
    """Take leases that ended without their person, nor by anybody's hand, of which no event was made, of so many people, the oldest
    first; the caller makes one of each."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE licences_gone g SET untold = '{}', untold_at = '{}'"
            " FROM (SELECT contract_id, person, untold, untold_at FROM licences_gone"
            "        WHERE untold <> '{}' ORDER BY gone_at LIMIT %s FOR UPDATE SKIP LOCKED) x"
            " WHERE (g.contract_id, g.person) = (x.contract_id, x.person)"
            " RETURNING x.contract_id, x.person, x.untold, x.untold_at",
            [limit],
        )
        found = [
            Reclaimed(contract_id, person, Why(why), at)
            for contract_id, person, reasons, moments in cursor.fetchall()
            for why, at in zip(reasons, moments, strict=True)
        ]
    return sorted(found, key=lambda one: one.gone_at)


def forget_old(*, now: datetime) -> int:
    """What is of no use any more, in real time: leases that nobody took for a day and nobody asks of, what is told of those
    that ended, refusals and peaks of long ago, who was let in no more and is a member again. Returns how many rows went."""

    def lost(most: int) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT licences_forget_v1(%s, %s, %s)", [now - LOST_KEPT, now, most])
            return int(cursor.fetchone()[0])

    barred = purge.by_statement("people let in no more", _BARRED, {"before": now - SPELLS_KEPT})
    return (
        barred
        + purge.in_batches("leases that were lost", lost)
        + sum(
            purge.by_statement(
                what,
                f"DELETE FROM {table} WHERE ctid = ANY (ARRAY("  # noqa: S608
                f"SELECT ctid FROM {table} WHERE {moment} < %(before)s LIMIT %(most)s))",
                {"before": now - kept},
            )
            for what, table, moment, kept in _OLD
        )
    )
