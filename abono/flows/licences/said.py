"""What is said of licences: one answer, in the same words at every door."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from abono.domain.licences.actions import Answered
from abono.domain.licences.types import PLACE_BEAT_S, Policy, Status


class Word(StrEnum):
    """What became of it."""

    GRANTED = "granted"
    WAITING = "waiting"
    SET_ASIDE = "set_aside"  # a licence waits for who waited: to be claimed within `seconds_left`
    RELEASED = "released"
    # From here on: refused, and nobody came in.
    ALL_IN_USE = "all_in_use"
    AWAITING_PAYMENT = "awaiting_payment"
    CONTRACT_ENDED = "contract_ended"
    CONTRACT_RESTRICTED = "contract_restricted"
    DEACTIVATED = "deactivated"
    FREED = "freed"
    IDLE = "idle"
    INVALID_ID = "invalid_id"
    LOST = "lost"
    MALFORMED = "malformed"
    NO_CONTRACT = "no_contract"
    NO_LEASE = "no_lease"
    QUEUE_FULL = "queue_full"
    REDUCED = "reduced"
    TAKEN_OVER = "taken_over"

    @property
    def refused(self) -> bool:
        return self not in _DONE


DONE = (Word.GRANTED, Word.WAITING, Word.SET_ASIDE, Word.RELEASED)
REFUSED = tuple(word for word in Word if word not in DONE)
_DONE = frozenset(DONE)
FULL = frozenset({Word.ALL_IN_USE, Word.QUEUE_FULL})
_GRANTED, _QUEUED = Word.GRANTED, frozenset({Word.WAITING, Word.SET_ASIDE})
_SECOND = timedelta(seconds=1)

_WORDS = {
    Status.GRANTED: Word.GRANTED,
    Status.HAD: Word.GRANTED,
    Status.SHARED: Word.GRANTED,
    Status.TOOK_OVER: Word.GRANTED,
    Status.STILL: Word.GRANTED,
    Status.WAITING: Word.WAITING,
    Status.SET_ASIDE: Word.SET_ASIDE,
    Status.RELEASED: Word.RELEASED,
    Status.ALL_IN_USE: Word.ALL_IN_USE,
    Status.QUEUE_FULL: Word.QUEUE_FULL,
    Status.UNKNOWN: Word.NO_LEASE,
}

GRANTED = frozenset(status for status, word in _WORDS.items() if word is _GRANTED)
"""Who is in."""


class Said(Struct, frozen=True, gc=False):
    """The answer to one fact. Nobody has to read a clock: all is in seconds from the answer.

    id            the program's own
    replayed      the same claim again
    next_s        when the next heartbeat is due
    left_s        for how long the lease lasts without one, or a licence is set aside
    until         that moment, and `at` that of the answer, on the customer's clock
    position      in the queue, from 1
    proof         a signed one, of a lease (LIC-11)
    """

    id: str | None
    word: Word
    replayed: bool = False
    next_s: int | None = None
    left_s: int | None = None
    until: datetime | None = None
    position: int | None = None
    in_use: int | None = None
    owned: int | None = None
    proof: str | None = None
    at: datetime | None = None


def word_of(told: Answered) -> Word:
    return _WORDS.get(told.status) or Word(told.why or "")


def say(name: str, told: Answered, policy: Policy, at: datetime, *, proof: str | None = None) -> Said:
    """What became of a fact; `at` is the moment of its answer, on the customer's clock."""
    word, until = word_of(told), told.until
    return Said(
        name,
        word,
        told.status is Status.HAD,
        policy.beat_s if word is _GRANTED else PLACE_BEAT_S if word in _QUEUED else None,
        None if until is None else (until - at) // _SECOND if until > at else 0,
        until,
        told.position,
        told.in_use,
        told.owned,
        proof,
        at,
    )
