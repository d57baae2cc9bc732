"""What goes into metering and what comes out. Amounts are millionths of the package's currency."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any
from uuid import UUID

from abono.domain.metering import rules
from abono.kernel import rating
from abono.kernel.ids import event_key
from abono.kernel.periods import Period

MAX_BATCH = 10_000  # events that one call may carry (PKG-5)
MAX_UNITS = 1_000  # of one send: segments of an SMS, minutes of a call


class HoldStatus(IntEnum):
    """How a hold, or a send recorded afterwards, was answered. The numbers are those of the SQL functions."""

    HELD = 1  # set aside (recorded: drawn)
    REPLAYED = 2  # this id came before with the same content: its first answer again (PKG-9)
    CLASH = 3  # this id came before with other content
    BLOCKED = 4  # it would pass the limit, or an earlier one would have (LIM-2)
    NO_PRICE = 5  # the package has no price for it at that moment (CAT-3)
    NO_CYCLE = 6  # unknown contract, or no cycle covers the moment
    EXPIRED = 7  # recorded only: its hold had been released already; nothing is drawn
    CAPPED = 8  # it would pass the customer's own cap (LIM-5)
    OVER_BUDGET = 9  # it would pass the customer's own budget of its channel
    WAITING = 10  # recorded only: its price draws when it is delivered; it is held now
    NOTHING = 11  # recorded only: it was not delivered, and its price draws what is; nothing is stored

    @property
    def granted(self) -> bool:
        return self in (HoldStatus.HELD, HoldStatus.REPLAYED)


class Outcome(IntEnum):
    """How a send ended. Its price row says whether it draws when it is sent, or when it is delivered (PKG-4, CAT-9).

    Stored are the first four: what drew as SENT, and NOT_DELIVERED only where that draws nothing.
    """

    SENT = 1  # it reached the carrier
    REJECTED = 2  # it never did: draws nothing
    EXPIRED = 3  # nobody said in time
    NOT_DELIVERED = 4
    DELIVERED = 5

    @property
    def draws_nothing(self) -> bool:
        """Of a stored one."""
        return self is not Outcome.SENT


ENDS = (Outcome.SENT, Outcome.REJECTED, Outcome.EXPIRED, Outcome.NOT_DELIVERED)  # that are stored and said


class SettleStatus(IntEnum):
    """How a settlement was answered."""

    SETTLED = 1  # or draws less than before
    REPLAYED = 2  # settled so before
    CLASH = 3  # it ended otherwise before
    EXPIRED = 4  # the hold had been released already; nothing is drawn
    UNKNOWN_SEND = 5
    WAITING = 6  # it draws when it is delivered; nothing changed
    NO_PRICE = 7  # the package has no price for what it was counted as; nothing changed
    NOT_DRAWN = 8  # it was not delivered, and its price draws what is: released
    NOT_DRAWN_BEFORE = 9
    OTHER_SEND = 10  # settled before as one on another channel or to another country
    OTHER_COUNT = 11  # settled so before, counted as something else


@dataclass(frozen=True, slots=True)
class HoldRequest:
    """A send to be held, or one that left and is recorded. `at` is on the customer's clock.

    units             of the price row: segments, minutes; 1 to MAX_UNITS
    contact, sender   event_key of whom it goes to, and the number that sends it: for prices with something free
    """

    contract_id: UUID
    send_id: UUID
    route_id: int
    at: datetime
    reference: str | None = None  # the caller's own id where it was no UUIDv7
    units: int = 1
    contact: UUID | None = None
    sender: str | None = None


@dataclass(frozen=True, slots=True)
class HoldAnswer:
    """`left_micro` is what was left to the ceiling then; None for a contract without limit."""

    status: HoldStatus
    price_micro: int | None
    left_micro: int | None


@dataclass(frozen=True, slots=True)
class SettleRequest:
    """How a send ended, and what the carrier counted it as: another kind of its channel, or so many units (PKG-13).

    channel, country   by which its teller knows it: of another send is what is told of one that was settled (PKG-9)
    """

    contract_id: UUID
    send_id: UUID
    outcome: Outcome
    at: datetime
    kind: str | None = None  # None: as it was held; `units` likewise
    units: int | None = None
    channel: str | None = None  # None: nothing is said; `country` likewise
    country: str | None = None


@dataclass(frozen=True, slots=True)
class SettleAnswer:
    status: SettleStatus
    price_micro: (
        int | None
    )  # what it draws, or of another end the price of the hold; None for an unknown send


@dataclass(frozen=True, slots=True)
class ChannelBudget:
    """What the customer wants to spend on a channel in a cycle, and what is held and used of it (LIM-5)."""

    channel: str
    budget_micro: int
    total_micro: int

    @property
    def left_micro(self) -> int:
        return max(0, self.budget_micro - self.total_micro)


@dataclass(frozen=True, slots=True)
class NewCycle:
    """A cycle to be opened.

    value_micro, ceiling_micro   package, and package plus overage limit (kernel.rating.ceiling)
    included_interactions        allowance of the cycle (INT-5)
    overage_percent              price of use beyond the package, of the session prices, 0 to 1,000 (LIM-1)
    """

    contract_id: UUID
    cycle: Period
    package_id: UUID
    value_micro: int
    ceiling_micro: int
    included_interactions: int
    overage_percent: int = 100

    def of(self, contract_id: UUID) -> NewCycle:
        """The same of another contract."""
        gives = self.value_micro, self.ceiling_micro, self.included_interactions, self.overage_percent
        return NewCycle(contract_id, self.cycle, self.package_id, *gives)


@dataclass(frozen=True, slots=True)
class Balance:
    """One cycle of a contract: its allowances and what became of them so far."""

    contract_id: UUID
    cycle: Period
    package_id: UUID
    value_micro: int
    ceiling_micro: int
    held_micro: int
    used_micro: int
    raised: int  # how often package or limit were raised in the cycle
    blocked_at: datetime | None
    included_interactions: int
    interactions: int
    overage_percent: int = 100  # what use beyond the package costs, of the session prices (LIM-1)
    cap_micro: int | None = None  # the customer's own, which may lie above the ceiling or below what is used
    capped_at: datetime | None = None  # since when the cap stops sends
    budgets: tuple[ChannelBudget, ...] = ()

    @property
    def allowances(self) -> tuple[object, ...]:
        """When it is, and what it gives."""
        gives = self.value_micro, self.ceiling_micro, self.included_interactions, self.overage_percent
        return self.cycle, self.package_id, *gives

    @property
    def opened_as(self) -> NewCycle:
        """How it would be opened as it is."""
        has = self.value_micro, self.ceiling_micro, self.included_interactions, self.overage_percent
        return NewCycle(self.contract_id, self.cycle, self.package_id, *has)

    @property
    def unlimited(self) -> bool:
        return self.ceiling_micro >= rating.UNLIMITED

    @property
    def total_micro(self) -> int:
        return self.held_micro + self.used_micro

    @property
    def left_micro(self) -> int | None:
        """What can still be held on channels without a budget; None without a limit."""
        return None if self.unlimited and self.cap_micro is None else self.room_micro

    @property
    def room_micro(self) -> int:
        """What can still be held up to the ceiling or the customer's own cap (LIM-5)."""
        return max(0, self.top_micro - self.total_micro)

    @property
    def top_micro(self) -> int:
        """The customer's own cap, or the ceiling where that is lower or there is no cap."""
        return self.ceiling_micro if self.cap_micro is None else min(self.cap_micro, self.ceiling_micro)

    @property
    def capped(self) -> bool:
        """Whether the customer's own cap stops sends that cost; it blocks nothing else (LIM-5).

        It does from the first send that it refused, else from when it is used up to the last millionth.
        """
        if self.cap_micro is None or self.total_micro >= self.ceiling_micro:
            return False
        return self.capped_at is not None or self.cap_micro <= self.total_micro

    @property
    def unused_micro(self) -> int:
        """What is left of the package; lost when the cycle ends (PKG-3)."""
        return max(0, self.value_micro - self.total_micro)

    @property
    def overage_micro(self) -> int:
        """What was used beyond the package, at session prices (LIM-1)."""
        return rating.overage(self.used_micro, self.value_micro)

    @property
    def overage_price_micro(self) -> int:
        """What that costs on the next invoice."""
        return rating.overage_price(self.overage_micro, self.overage_percent)

    @property
    def extra_interactions(self) -> int:
        """Interactions beyond the allowance (INT-6)."""
        return max(0, self.interactions - self.included_interactions)

    @property
    def sending_state(self) -> rules.SendingState:
        return rules.sending_state(
            total_micro=self.total_micro,
            value_micro=self.value_micro,
            ceiling_micro=self.ceiling_micro,
            blocked=self.blocked_at is not None,
            capped=self.capped,
        )


@dataclass(frozen=True, slots=True)
class Stood:
    """How the allowances of a cycle stood at a moment, as `actions.stands` said it, with `raised_by_change`: 1 where package or
    limit were raised then, else 0."""

    contract_id: UUID
    cycle_start: datetime
    since: datetime
    was: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Threshold:
    """A level that a cycle reached; each once per cycle and raise."""

    contract_id: UUID
    cycle_start: datetime
    raised: int
    level: rules.Level
    crossed_at: datetime
    total_micro: int


def keyed(text: str) -> tuple[UUID, str | None]:
    """The key of a caller's own id, and the id itself where the key does not say it (PKG-9)."""
    key = event_key(text)
    return key, None if str(key) == text else text


def anew(key: UUID | str) -> UUID:
    """The key under which a send draws whose hold ran out before it was told of (PKG-12)."""
    return event_key(f"anew {key}")
