"""What a supplier of Pix Automático must do for us: a payer agrees once, and is charged by announcement from then on (PAY-11).

As in `push`: replies describe, only bugs raise; an unclear answer is UNKNOWN, and the caller asks with `find_…`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Protocol, runtime_checkable

from abono.domain.payments.ports.push import Payer, Received
from abono.kernel.money import Money

SOONEST, LATEST = timedelta(days=10), timedelta(days=2)
"""How long before its day a charge is announced: at most, and at least."""

RETRIES, RETRIED_WITHIN = 3, timedelta(days=7)
"""How often, and for how long after its day, a charge that was not paid may be tried again where the mandate allows it."""


def announced_between(day: date) -> tuple[date, date]:
    """The first and the last day on which a charge of a day can be announced."""
    return day - SOONEST, day - LATEST


def next_try(day: date, tries: Collection[date], days: Collection[int], today: date) -> date | None:
    """When a charge of a day that was not paid yet is tried once more: on one of `days` after its own, after today; None where it is
    not any more.

    tries   days of all tries so far, the first among them
    """
    tried = max(len(tries) - 1, 0)
    ahead = (day + timedelta(days=after) for after in sorted(days))
    return next((on for on in ahead if on > today and may_be_tried_again(day, tried, on)), None)


def may_be_tried_again(day: date, tried: int, on: date) -> bool:
    """Whether a charge of a day, tried again so often, may be tried once more on another day."""
    return tried < RETRIES and timedelta(0) < on - day <= RETRIED_WITHIN


class Every(Enum):
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"


class MandateStanding(Enum):
    ASKED = "asked"  # the payer has not answered
    AGREED = "agreed"
    REFUSED = "refused"  # by the payer, or by the service: `MandateReply.code` says why
    ENDED = "ended"  # cancelled by whoever it was, or nobody answered in time
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class MandateRequest:
    """What a payer is asked to agree to.

    name       the contract's number and which mandate of it this is, at most 35 letters: what the payer reads; no two requests
               have the same, which is how one whose answer was lost is found
    subject    what is paid for, at most 35 letters
    asked_at   real time
    amount     of each charge; None: it varies, and `least` is the lowest limit that the payer may set to it
    retried    whether what was not paid may be tried again, `RETRIES` times
    first      key of a request to be paid at once in the same act; None: the payer only agrees
    """

    name: str
    subject: str
    payer: Payer
    asked_at: datetime
    every: Every
    begins: date
    ends: date | None
    amount: Money | None
    least: Money | None = None
    retried: bool = True
    first: str | None = None


@dataclass(frozen=True, slots=True)
class PayerAccount:
    """Where a payer's bank is asked to show the mandate to them."""

    bank: str  # ISPB: eight letters and digits
    account: str
    agency: str = ""


@dataclass(frozen=True, slots=True)
class MandateReply:
    standing: MandateStanding
    reference: str | None = None  # the service's own number of the mandate
    agree_with: str | None = None  # with ASKED: the Pix to copy and paste
    code: str | None = None  # with REFUSED and ENDED: the service's word for why
    ended_by_payer: bool = False


class DebitStanding(Enum):
    ANNOUNCED = "announced"  # told of it; the payer's bank has not taken it yet
    SCHEDULED = "scheduled"  # the payer's bank will pay it on its day, or is trying again
    PAID = "paid"
    REFUSED = "refused"  # final: `DebitReply.code` says why
    ENDED = "ended"  # not paid and not tried any more, or taken back
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Debit:
    """One charge under a mandate."""

    key: str  # our request id; the same key never asks twice
    mandate: str
    amount: Money
    day: date
    title: str  # the number of our invoice


@dataclass(frozen=True, slots=True)
class DebitReply:
    standing: DebitStanding
    amount: Money | None = None  # by the service's own words (PAY-12)
    tries: tuple[date, ...] = ()  # days of all tries so far, and of the next
    code: str | None = None
    received: tuple[Received, ...] = ()


@runtime_checkable
class MandateGateway(Protocol):
    def ask_mandate(self, request: MandateRequest) -> MandateReply:
        """Make a mandate that its payer can agree to, once per name."""
        ...

    def find_mandate(self, request: MandateRequest, reference: str | None) -> MandateReply | None:
        """How it stands; None when the service never saw it. Without a reference it is looked for by name and payer."""
        ...

    def send_mandate(
        self, reference: str, account: PayerAccount, payer: Payer, until: datetime
    ) -> MandateReply:
        """Let the payer's bank show it to them, to be answered until then. At most one such request is open at a time."""
        ...

    def end_mandate(self, reference: str) -> MandateReply:
        """Nothing is charged under it any more."""
        ...

    def announce(self, debit: Debit) -> DebitReply:
        """Announce a charge on one of the days of `announced_between`, at most once per key."""
        ...

    def find_debit(self, key: str) -> DebitReply | None:
        """How it stands; None when the service never saw it."""
        ...

    def try_again(self, key: str, on: date) -> DebitReply:
        """Let it be tried once more, on a day for which `may_be_tried_again` holds."""
        ...

    def take_back(self, key: str) -> DebitReply:
        """Nobody shall pay it any more: until the day before its own. SCHEDULED or PAID where it is too late."""
        ...
