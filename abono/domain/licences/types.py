"""What is known of licences in use. Moments are on the customer's clock (TIM-2); people are keys of the seller's platform."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from uuid import UUID

MOST = 100_000
"""Leases of one contract, whatever it owns."""
MOST_WAITING = 1_000
"""People who wait for a licence of one contract."""
MOST_DEVICES = 10
"""Devices that share the lease of one person; a further one takes the place of the one that came first (LIC-3)."""
MOST_SPELLS = 1_000
"""Spells of refusals of one contract that begin within 24 hours and are kept singly; further ones are one row (LIC-10)."""


GROUP = "[a-z0-9_-]{1,40}"
"""How profiles and groups are named, for which licences are kept (LIC-9)."""

type Kept = Mapping[str, int]  # licences that are kept, by the name of the profile or group (LIC-9)


class Op(IntEnum):
    """What is asked. The numbers are those of the SQL functions."""

    CLAIM = 1
    WAIT = 2  # a lease, or a place in the queue
    BEAT = 3
    RELEASE = 4
    END = 5  # by somebody else, for a reason of Why


class Status(IntEnum):
    """What became of it. The numbers are those of the SQL functions."""

    LATER = 0  # by a heartbeat alone: it takes a closer look
    GRANTED = 1
    HAD = 2  # the same id again
    SHARED = 3  # with another device of the same person (LIC-3)
    TOOK_OVER = 4  # from another device of the same person
    WAITING = 5
    SET_ASIDE = 6
    STILL = 7
    RELEASED = 8
    ENDED = 9
    ALL_IN_USE = 20
    QUEUE_FULL = 21
    OVER = 22  # `why` says why, as a Why or "taken_over"
    UNKNOWN = 23
    NOT_RUNNING = 24  # `why`: awaiting_payment, contract_restricted, contract_ended


class Why(StrEnum):
    """Why a lease ended without its person."""

    LOST = "lost"  # no heartbeat in time, and somebody else has it (LIC-1)
    IDLE = "idle"  # somebody waited (LIC-8)
    REDUCED = "reduced"  # the contract owns fewer (LIC-2)
    FREED = "freed"  # by an Administrator, or the seller (LIC-4)
    DEACTIVATED = "deactivated"  # their person is no user any more (LIC-5)


@dataclass(frozen=True, slots=True)
class Policy:
    """The settings that decide (LIC-1…4, LIC-7, LIC-8), in seconds.

    idle_s        None: an idle lease stays
    over_percent  how many more than are owned may be in, in percent of that; None: any number (LIC-4)
    share         a person's devices share their lease, else the newest takes it over (LIC-3)
    reduce        after a reduction the longest idle go, else nobody does (LIC-2)
    """

    beat_s: int
    lost_s: int
    aside_s: int
    idle_s: int | None
    over_percent: int | None
    share: bool
    reduce: bool


PLACE_BEAT_S = 10
"""How often somebody who waits has to be heard of (LIC-7)."""
PLACE_LOST_S = 25
"""The second missed heartbeat of a place loses it, half an interval after it was due: it may have been on its way."""


@dataclass(frozen=True, slots=True)
class Lease:
    """Somebody who is in. `ids` are the platform's own, one a device; `kept_for` the group of whose licences it is (LIC-9)."""

    contract_id: UUID
    person: str
    ids: tuple[str, ...]
    device: str
    kept_for: str | None
    since: datetime
    until: datetime
    active_at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """Somebody who waits, at `position`, or for whom a licence is set aside until a moment: then they are in the queue no more."""

    person: str
    device: str
    since: datetime
    position: int | None
    set_aside_until: datetime | None


@dataclass(frozen=True, slots=True)
class InUse:
    """How many are in, are owned (None: the plan leaves it to the contract) and wait."""

    in_use: int
    set_aside: int
    owned: int | None
    waiting: int


@dataclass(frozen=True, slots=True)
class Used:
    """Licences of a cycle: how many are in now, whether anybody was refused, for which groups some are kept now, and from when
    how many were in at the most, by hours in order; an hour in which a cycle ends is two, one in which nobody was in is left
    out."""

    in_now: int
    refused: bool
    kept: Kept
    peaks: tuple[tuple[datetime, int], ...]


@dataclass(frozen=True, slots=True)
class Spell:
    """Refusals of one person (LIC-10); `person` is empty for those that are not kept singly."""

    contract_id: UUID
    person: str
    first_at: datetime
    last_at: datetime
    tries: int
    in_use: int
    owned: int
    waited: bool
    got_in_at: datetime | None


@dataclass(frozen=True, slots=True)
class Reclaimed:
    """A lease that ended without its person: lost by time, idle, or beyond a reduction."""

    contract_id: UUID
    person: str
    why: Why
    gone_at: datetime
