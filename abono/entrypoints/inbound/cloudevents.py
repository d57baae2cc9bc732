"""CloudEvents 1.0 as usage: one event or a batch, in the JSON format of the specification (CNCF, 1.0.2).

Types: `abono.send.sent`, `abono.send.delivered`, `abono.send.not_delivered`, `abono.send.rejected` with data
{contract, channel, kind, country, use, units, contact, sender}; `abono.contact.<kind of INT-2>` with data {contract, channel, contact}.
An event is known by source and id together, as the specification says.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, get_args

import msgspec
from django.utils.translation import gettext

from abono.domain.metering.types import MAX_UNITS
from abono.flows.usage.facts import Contact, End, Ended, Use

MAX_EVENTS = 10_000
NO_NUL = "^[^\\x00]*$"
WRONG = (msgspec.ValidationError, msgspec.DecodeError, RecursionError)  # the last: nested without end
BATCH = "application/cloudevents-batch+json"
SINGLE = "application/cloudevents+json"

type Text = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=NO_NUL)]


class _Event(msgspec.Struct):
    specversion: Text
    id: Text
    source: Text
    type: Text
    time: datetime | None = None
    data: dict[str, Any] | None = None


class _Send(msgspec.Struct):
    channel: Text
    kind: Text
    contract: Text | None = None
    country: Annotated[str, msgspec.Meta(max_length=2)] = ""
    id: Text | None = None  # of the send, when it was held before under its own id
    use: Use | None = None
    units: Annotated[int, msgspec.Meta(ge=1, le=MAX_UNITS)] = 1
    contact: Text | None = None
    sender: Text | None = None


class _Contact(msgspec.Struct):
    channel: Text
    contact: Text
    contract: Text | None = None


_ENDS: tuple[End, ...] = get_args(End.__value__)


class Unreadable(Exception):
    """Not an event that we know; the text says what and where."""


_BATCH: msgspec.json.Decoder[list[msgspec.Raw]] = msgspec.json.Decoder(
    Annotated[list[msgspec.Raw], msgspec.Meta(max_length=MAX_EVENTS)]
)


def split(body: bytes, content_type: str) -> list[msgspec.Raw]:
    """The events of a request, unread: one bad event does not spoil the others. Raises Unreadable."""
    try:
        if content_type == SINGLE:
            return [msgspec.Raw(body)]
        return _BATCH.decode(body)
    except WRONG as error:
        raise Unreadable(str(error)) from None


def name(raw: msgspec.Raw) -> str | None:
    """The event's own id, for the answer; None when it has none."""
    try:
        found = msgspec.json.decode(raw)
    except WRONG:
        return None
    given = found.get("id") if isinstance(found, dict) else None
    return given[:200] if isinstance(given, str) else None


def read(raw: msgspec.Raw, *, contract: str) -> Ended | Contact:
    """The usage in one event; `contract` is meant where it names none. Raises Unreadable."""
    try:
        event = msgspec.json.decode(raw, type=_Event)
        if event.specversion != "1.0":
            raise Unreadable(gettext("`specversion` must be 1.0."))
        name = f"{event.source}\n{event.id}"
        space, _, what = event.type.removeprefix("abono.").partition(".")
        if space == "send" and what in _ENDS:
            send = msgspec.convert(event.data or {}, type=_Send)
            return Ended(
                send.id or name,
                send.contract or contract,
                send.channel,
                send.kind,
                send.country,
                what,
                send.use,
                send.units,
                send.contact,
                send.sender,
            )
        if space == "contact" and what:
            touch = msgspec.convert(event.data or {}, type=_Contact)
            if event.time is not None and event.time.tzinfo is None:
                raise Unreadable(gettext("`time` has no time zone."))
            return Contact(name, touch.contract or contract, touch.contact, touch.channel, what, event.time)
    except WRONG as error:
        raise Unreadable(str(error)) from None
    raise Unreadable(gettext("`type` is none that is counted here: {type}").format(type=event.type))
