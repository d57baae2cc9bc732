"""The JSON of holds, settlements, interactions and balances: what may come in, with its bounds, and what goes out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from abono.domain.metering.types import MAX_BATCH

MAX_BODY = 4 * 1024 * 1024  # bytes

type Id = Annotated[str, Meta(min_length=1, max_length=200, description="Your own id. A UUIDv7 is best.")]
type Name = Annotated[str, Meta(min_length=1, max_length=40)]
type ContractId = Annotated[str, Meta(max_length=40, examples=["ctr_01jzd2v6k3e8rv9a4mrw5qy0bn"])]
type Country = Annotated[str, Meta(max_length=2, description="ISO 3166-1; left out for a worldwide channel.")]
type Moment = Annotated[datetime, Meta(tz=True, description="RFC 3339, with a time zone.")]


class Send(Struct, forbid_unknown_fields=True):
    """A send to be held."""

    id: Id
    contract: ContractId
    channel: Name
    kind: Name
    country: Country = "*"


class Sends(Struct, forbid_unknown_fields=True):
    sends: Annotated[list[Send], Meta(min_length=1, max_length=MAX_BATCH)]


class Settlement(Struct, forbid_unknown_fields=True):
    """How a send ended. Delivered or not: it was sent, and draws. Rejected never reached the carrier."""

    id: Id
    contract: ContractId
    outcome: Literal["sent", "delivered", "not_delivered", "rejected"]


class Settlements(Struct, forbid_unknown_fields=True):
    settlements: Annotated[list[Settlement], Meta(min_length=1, max_length=MAX_BATCH)]


class Event(Struct, forbid_unknown_fields=True):
    """Something between a contact and the customer."""

    id: Id
    contract: ContractId
    contact: Annotated[str, Meta(min_length=1, max_length=200, description="A key; we store no name.")]
    channel: Name
    kind: Name
    at: Moment


class Events(Struct, forbid_unknown_fields=True):
    events: Annotated[list[Event], Meta(min_length=1, max_length=MAX_BATCH)]


class Result(Struct, omit_defaults=True):
    """The answer to one event. Amounts are millionths of the contract's currency; `left_micro` is null without a limit."""

    id: str
    status: Annotated[
        str, Meta(description="held · settled · opened, covered, not_counted, known · or refused")
    ]
    code: Annotated[str, Meta(description="Why it was refused.")] | UnsetType = UNSET
    ways_out: tuple[str, ...] | UnsetType = UNSET
    price_micro: int | UnsetType = UNSET
    left_micro: int | UnsetType | None = UNSET
    outcome: str | UnsetType = UNSET
    replayed: bool = False


class Results(Struct):
    results: list[Result]


class Allowance(Struct):
    included: int
    used: int
    extra: int


class BalanceAnswer(Struct):
    contract: str
    currency: str
    cycle_start: datetime
    cycle_end: datetime
    value_micro: int
    ceiling_micro: int | None
    held_micro: int
    used_micro: int
    left_micro: int | None
    overage_micro: int
    sending_state: str
    blocked_at: datetime | None
    ways_out: tuple[str, ...]
    interactions: Allowance


class Body[One: Struct, Many: Struct]:
    """A body that carries a list of events under `name`, or is one event itself."""

    def __init__(self, name: str, one: type[One], many: type[Many]) -> None:
        self.name = name
        self._marker = f'"{name}"'.encode()
        self._one = msgspec.json.Decoder(one)
        self._many = msgspec.json.Decoder(many)

    def read(self, body: bytes) -> tuple[list[One], bool]:
        """The events, and whether it was a list. Raises msgspec.DecodeError, ValidationError."""
        if self._marker in body:
            return getattr(self._many.decode(body), self.name), True
        return [self._one.decode(body)], False


HOLDS = Body("sends", Send, Sends)
SETTLEMENTS = Body("settlements", Settlement, Settlements)
INTERACTIONS = Body("events", Event, Events)

_encoder = msgspec.json.Encoder()


def encode(results: list[Result], *, many: bool) -> bytes:
    return _encoder.encode(Results(results) if many else results[0])


encode_balance = _encoder.encode
