"""What is known of sends that nothing covers. Amounts are millionths of the contract's currency."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum, StrEnum
from uuid import UUID

type Place = tuple[datetime, UUID, UUID]  # of a send in lists, newest first: when it was kept, contract, send

_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
PLACE_LENGTH = 40


def written(place: Place) -> bytes:
    """A place as it goes out, so that the next page begins there."""
    kept_at, contract_id, send_id = place
    return ((kept_at - _EPOCH) // _MICROSECOND).to_bytes(8) + contract_id.bytes + send_id.bytes


def place(raw: bytes) -> Place:
    """… as it comes back: PLACE_LENGTH bytes, whatever they are."""
    since = min(int.from_bytes(raw[:8]), 2**57) * _MICROSECOND  # no moment is later
    return _EPOCH + since, UUID(bytes=raw[8:24]), UUID(bytes=raw[24:PLACE_LENGTH])


class ToldStatus(IntEnum):
    """How a send that was told of afterwards was answered. The numbers are those of the SQL function."""

    RECORDED = 1
    REPLAYED = 2  # it was drawn before
    CLASH = 3  # this id came before with other content, or it was rejected
    UNCOVERED = 4
    UNCOVERED_BEFORE = 5
    WAITING = 6  # it draws when it is delivered: it is held now
    NOTHING = 7  # it was not delivered, and its price draws what is: nothing is kept of it either
    UNKNOWN = 8  # it was rejected, and nothing is known of it


class State(StrEnum):
    """What is to become of an uncovered send."""

    OPEN = "open"  # nobody has decided
    LET_GO = "let_go"  # the seller does not bill it
    ANNOUNCED = "announced"  # told that it will be billed
    CONTESTED = "contested"  # the customer said no: it is not billed
    DUE = "due"  # five days have passed since it was told
    BILLED = "billed"
    WITHDRAWN = "withdrawn"  # it was not delivered, and its price draws what is
    DRAWN = "drawn"  # it was held afterwards under the same id, and drew


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A send that left and drew on nothing (PKG-12). Moments are on the customer's clock, `kept_at` in real time."""

    contract_id: UUID
    send_id: UUID
    name: str  # the teller's own id
    channel: str  # this and the next two may be empty: nobody said
    kind: str
    country: str
    why: str
    price_micro: int | None
    waits: bool  # its price draws what is delivered, and nobody has said that it is: not billed before
    hold_refused: bool
    happened_at: datetime
    told_at: datetime
    kept_at: datetime
    state: State
    decision_id: UUID | None
    billed_micro: int | None  # what it will cost, or did; None where nothing was decided

    @property
    def place(self) -> Place:
        return self.kept_at, self.contract_id, self.send_id


@dataclass(frozen=True, slots=True)
class Group:
    """Uncovered sends of a contract that are alike and open. `held` ones may draw yet: they are billed only if they do not."""

    channel: str
    kind: str
    country: str
    why: str
    waits: bool
    held: bool
    hold_refused: bool
    price_micro: int | None
    sends: int
    last_at: datetime

    @property
    def total_micro(self) -> int | None:
        return None if self.price_micro is None else self.price_micro * self.sends


@dataclass(frozen=True, slots=True)
class Unnoticed:
    """So many sends, how many of them have a price, and the sum of these."""

    sends: int
    priced: int
    total_micro: int


@dataclass(frozen=True, slots=True)
class Decision:
    """What the seller decided of sends of one contract.

    typed_micro   the price of each that somebody typed; None: the rows in force
    bill_from     from when it may stand on an invoice; None: it is let go
    """

    id: UUID
    contract_id: UUID
    bill: bool
    typed_micro: int | None
    why: str
    sends: int
    total_micro: int
    decided_by: str
    decided_at: datetime
    bill_from: datetime | None
    contested_at: datetime | None
    contested_by: str | None
    invoice_id: UUID | None

    def state(self, now: datetime) -> State:
        """At a moment of the customer's clock."""
        if self.bill_from is None:
            return State.LET_GO
        if self.contested_at is not None:
            return State.CONTESTED
        if self.invoice_id is not None:
            return State.BILLED
        return State.DUE if self.bill_from <= now else State.ANNOUNCED
