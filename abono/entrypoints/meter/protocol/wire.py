"""The JSON of holds, settlements, interactions and balances: what may come in, with its bounds, and what goes out."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from abono.domain.metering.rules import SendingState
from abono.domain.metering.types import MAX_BATCH
from abono.domain.usage.receipts import SendState
from abono.entrypoints.meter.protocol import mistakes
from abono.entrypoints.meter.protocol.texts import (
    FURTHEST,
    At,
    Channel,
    Code,
    ContractId,
    Counted,
    Country,
    Currency,
    Ended,
    EventKind,
    Id,
    Incident,
    Moment,
    Place,
    Recipient,
    Refused,
    Sender,
    SendKind,
    Status,
    Units,
    WayOut,
    one_of,
)
from abono.flows.usage import facts
from abono.flows.usage.facts import End, Use
from abono.flows.usage.said import WAYS_OUT, Said, Word

LINES = "application/x-ndjson"
STOPS = (
    "busy",
    "identity.key_from_elsewhere",
    "idle",
    "internal_error",
    "no_usable_key",
    "reopen",
    "scope_missing",
    "unavailable",
)


def _near(at: datetime | None) -> None:
    if at is not None and abs(at.utcoffset() or timedelta()) > FURTHEST:
        raise ValueError(mistakes.OFFSET)


class Send(facts.Send, frozen=True, forbid_unknown_fields=True, gc=False):
    """A send to be held."""

    id: Id
    contract: ContractId
    channel: Channel
    kind: SendKind
    country: Country = "*"
    use: Annotated[
        Use | None,
        Meta(description="What for: each channel is allowed for some of them. Left out: not looked at."),
    ] = None
    units: Units = 1
    contact: Recipient = None
    sender: Sender = None


class Sends(Struct, forbid_unknown_fields=True):
    sends: Annotated[list[Send], Meta(min_length=1, max_length=MAX_BATCH)]


class Settlement(facts.Settlement, frozen=True, forbid_unknown_fields=True, gc=False):
    """How a send ended. Where its price draws what is sent, delivered or not is the same; where what is delivered, `sent`
    is answered `waiting`. One that nobody held says what it was: it draws now, or is kept as uncovered."""

    id: Id
    contract: ContractId
    outcome: End
    kind: Counted = None
    units: Annotated[Units | None, Meta(description="… and how many units.")] = None
    channel: Annotated[str, Meta(max_length=40, description="A channel of /v1/catalog.")] = ""
    country: Country = "*"
    at: Annotated[Moment | None, Meta(description="When it left; left out: now.")] = None
    contact: Recipient = None
    sender: Sender = None

    def __post_init__(self) -> None:
        _near(self.at)


class Settlements(Struct, forbid_unknown_fields=True):
    settlements: Annotated[list[Settlement], Meta(min_length=1, max_length=MAX_BATCH)]


class Event(facts.Contact, frozen=True, forbid_unknown_fields=True, gc=False):
    """Something between a contact and the customer."""

    id: Id
    contract: ContractId
    contact: Annotated[str, Meta(min_length=1, max_length=200, description="A key; we store no name.")]
    channel: Channel
    kind: EventKind
    at: Moment

    def __post_init__(self) -> None:
        _near(self.at)


class Events(Struct, forbid_unknown_fields=True):
    events: Annotated[list[Event], Meta(min_length=1, max_length=MAX_BATCH)]


class CampaignSend(facts.CampaignSend, frozen=True, forbid_unknown_fields=True, gc=False):
    """How a send of a campaign ended. One that left and has no place there draws by itself now, or is kept as uncovered."""

    id: Id
    contract: ContractId
    campaign: Annotated[Id, Meta(description="Your own id of the campaign.")]
    channel: Channel
    kind: SendKind
    outcome: End
    country: Country = "*"
    counted_as: Annotated[
        SendKind | None,
        Meta(
            description="The kind that the carrier counted it as: it draws that price, at most that of its line."
        ),
    ] = None
    counted_units: Annotated[Units | None, Meta(description="… and how many units.")] = None
    contact: Recipient = None
    sender: Sender = None


class CampaignSends(Struct, forbid_unknown_fields=True):
    settlements: Annotated[list[CampaignSend], Meta(min_length=1, max_length=MAX_BATCH)]


class Result(Struct, omit_defaults=True, gc=False):
    """The answer to one event. Amounts are millionths of the contract's currency; `left_micro` is null without a limit."""

    id: Annotated[str | None, Meta(description="Null when the event was malformed and had none.")]
    status: Status
    code: Refused | UnsetType = UNSET
    where: Annotated[str, Meta(description="What of the event is malformed.")] | UnsetType = UNSET
    message: str | UnsetType = UNSET
    line: Annotated[int, Meta(description="Of a stream: the malformed line.")] | UnsetType = UNSET
    ways_out: tuple[WayOut, ...] | UnsetType = UNSET
    price_micro: int | UnsetType = UNSET
    left_micro: int | UnsetType | None = UNSET
    outcome: Ended | UnsetType = UNSET
    replayed: Annotated[bool, Meta(description="It came before, and this is its first answer.")] = False


class Results(Struct):
    results: list[Result]


class Allowance(Struct):
    included: int
    used: int
    extra: int


class ChannelBudget(Struct):
    """What the customer wants to spend on a channel in a cycle; `total_micro` is held and used of it."""

    channel: Code
    budget_micro: int
    total_micro: int
    left_micro: int


class BalanceAnswer(Struct):
    """`left_micro` is what may still go out, up to the limit or the customer's own cap; null without either."""

    contract: ContractId
    currency: Currency
    cycle_start: At
    cycle_end: At
    value_micro: int
    ceiling_micro: int | None
    held_micro: int
    used_micro: int
    left_micro: int | None
    overage_micro: int
    overage_price_percent: Annotated[int, Meta(description="What overage costs, in % of the session prices.")]
    overage_price_micro: Annotated[int, Meta(description="What the overage so far costs.")]
    sending_state: SendingState
    blocked_at: At | None
    ways_out: tuple[WayOut, ...]
    interactions: Allowance
    cap_micro: int | None
    budgets: list[ChannelBudget]


class PriceRow(Struct):
    """The row of the price list that a send was priced by."""

    package: Code
    channel: Code
    kind: Code
    country: Place
    valid_from: At


class ReceiptAnswer(Struct):
    """One send as it stands. `package_micro` and `overage_micro` say what it holds or drew of the package and beyond;
    null for a send of a campaign, whose value was set aside as a whole. The part beyond is billed at
    `overage_price_percent` of it."""

    id: Id
    contract: ContractId
    state: SendState
    channel: Code
    kind: Code
    country: Place
    units: int
    price_micro: Annotated[int, Meta(description="Of its hold, all units.")]
    drawn_micro: Annotated[
        int | None, Meta(description="What it drew, where it was counted as something cheaper.")
    ]
    counted_as: Annotated[Code | None, Meta(description="… and the kind.")]
    price_row: PriceRow | None
    package_micro: int | None
    overage_micro: int | None
    overage_price_percent: int
    cycle_start: At
    held_at: At
    expires_at: Annotated[
        datetime, Meta(tz=True, description="When its hold is released unless it was settled.")
    ]
    settled_at: At | None
    campaign: Id | None


class Stopped(Struct):
    """The last line of a stream that was not read to its end: nothing from `line` on was answered."""

    status: Literal["stopped"]
    code: Annotated[str, Meta(extra_json_schema=one_of(*STOPS))]
    line: int
    incident: Incident | UnsetType = UNSET


type Malformed = dict[int, Result]  # the answers to events that could not be read, by their place in the list


class Body[One: Struct, Many: Struct]:
    """A body that carries a list of events under `name`, or is one event itself."""

    def __init__(self, name: str, one: type[One], many: type[Many]) -> None:
        self.name = name
        self._marker = f'"{name}"'.encode()
        self._one = msgspec.json.Decoder(one)
        self._many = msgspec.json.Decoder(many)
        listed = Annotated[list[msgspec.Raw], Meta(min_length=1, max_length=MAX_BATCH)]
        self._raw = msgspec.json.Decoder(
            msgspec.defstruct("Raw", [(name, listed)], forbid_unknown_fields=True)
        )

    def read(self, body: bytes) -> tuple[list[One], bool, Malformed | None]:
        """The events that can be read, whether it was a list, and the answers to the others of a list.

        Raises msgspec.DecodeError, ValidationError.
        """
        if self._marker in body:
            try:
                return getattr(self._many.decode(body), self.name), True, None
            except msgspec.ValidationError:
                return self._some(body)
        return [self._one.decode(body)], False, None

    def one(self, raw: bytes | msgspec.Raw) -> One | Result:
        """An event, or the answer to one that cannot be read."""
        try:
            return self._one.decode(raw)
        except msgspec.ValidationError as error:
            message, where = mistakes.said(error)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            message, where = mistakes.NOT_JSON, "$"
        return malformed(_id(raw), where, message)

    def _some(self, body: bytes) -> tuple[list[One], bool, Malformed | None]:
        """Each event by itself: one that is wrong does not spoil the others (PKG-7)."""
        with suppress(msgspec.ValidationError):  # a single one has the name of the list in some text
            return [self._one.decode(body)], False, None
        events: list[One] = []
        others: Malformed = {}
        for n, raw in enumerate(getattr(self._raw.decode(body), self.name)):
            event = self.one(raw)
            if isinstance(event, Result):
                others[n] = event
            else:
                events.append(event)
        return events, True, others


_HELD = Word.HELD


def result(said: Said) -> Result:
    """The answer to one event."""
    word = said.word
    if word is _HELD and said.price_micro is not None and said.outcome is None:  # nearly always
        return Result(
            said.id, word, price_micro=said.price_micro, left_micro=said.left_micro, replayed=said.replayed
        )
    if said.why is not None:
        return Result(
            said.id,
            word,
            code=said.why,
            ways_out=WAYS_OUT.get(said.why, UNSET) if said.ways_out is None else said.ways_out,
            price_micro=UNSET if said.price_micro is None else said.price_micro,
            replayed=said.replayed,
        )
    if not word.refused:
        return Result(
            said.id,
            word,
            price_micro=UNSET if said.price_micro is None else said.price_micro,
            left_micro=said.left_micro if word is Word.HELD else UNSET,
            outcome=UNSET if said.outcome is None else said.outcome,
            replayed=said.replayed,
        )
    if word not in WAYS_OUT:
        return Result(said.id, "refused", code=word)
    return Result(
        said.id,
        "refused",
        code=word,
        ways_out=WAYS_OUT[word] if said.ways_out is None else said.ways_out,
        price_micro=UNSET if said.price_micro is None else said.price_micro,
        left_micro=said.left_micro,
    )


def malformed(name: str | None, where: str, message: str) -> Result:
    """The answer to an event that cannot be read. `message` is as `mistakes.told` knows it until the answer is written."""
    return Result(name, "refused", code=Word.MALFORMED, where=where, message=message)


class _Named(Struct):
    id: Id


_named = msgspec.json.Decoder(_Named)


def _id(raw: bytes | msgspec.Raw) -> str | None:
    """The id of an event of which something else is wrong."""
    try:
        return _named.decode(raw).id
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


HOLDS = Body("sends", Send, Sends)
SETTLEMENTS = Body("settlements", Settlement, Settlements)
INTERACTIONS = Body("events", Event, Events)
CAMPAIGN_SETTLEMENTS = Body("settlements", CampaignSend, CampaignSends)

_encoder = msgspec.json.Encoder()


def encode(results: list[Result], *, many: bool) -> bytes:
    return _encoder.encode(Results(results) if many else results[0])


def encode_lines(results: list[Result]) -> bytes:
    """One answer a line."""
    return _encoder.encode_lines(results)


encode_answer = _encoder.encode
