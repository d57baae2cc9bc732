"""CloudEvents 1.0 as usage: one event or a batch in the JSON format, or one in the binary mode of HTTP (CNCF, 1.0.2).

Types: `abono.send.sent`, `abono.send.delivered`, `abono.send.not_delivered`, `abono.send.rejected` with data
{contract, channel, kind, country, id, units, contact, sender}; `abono.contact.<kind of INT-2>` with data {contract, channel, contact}.
An event is known by source and id together, as the specification says; `time` is when it happened.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, get_args
from urllib.parse import unquote

import msgspec
from django.utils.translation import gettext

from abono.domain.metering.types import MAX_UNITS
from abono.entrypoints.inbound.reading import (
    MaybeText,
    Moment,
    Text,
    Unreadable,
    address,
    convert,
    country,
    moment,
    parse,
    word,
)
from abono.flows.usage.facts import Contact, End, Told, Use

MAX_EVENTS = 10_000
BATCH = "application/cloudevents-batch+json"
SINGLE = "application/cloudevents+json"
JSON = "application/json"  # of the data in binary mode
_ATTRIBUTE = "ce-"  # before the names of attributes, which are headers in binary mode


class CloudEvent(msgspec.Struct):
    """What we read of an event; other members are extensions and are passed over."""

    specversion: Text
    id: Text
    source: Text
    type: Text
    time: Moment | None = None
    data: Annotated[
        dict[str, Any] | None, msgspec.Meta(description="A SendData or ContactData, by the type.")
    ] = None
    data_base64: str | None = None


class SendData(msgspec.Struct):
    """A send that ended. Without `contract` it is of the one that the key's customer has."""

    channel: Text
    kind: Text
    contract: MaybeText = ""
    country: Annotated[str, msgspec.Meta(max_length=10)] = ""
    id: MaybeText = ""  # of the send: that of its hold, or the same in all that is told of it
    use: Use | None = None  # asked before sending
    units: Annotated[int, msgspec.Meta(ge=1, le=MAX_UNITS)] = 1
    contact: MaybeText = ""
    sender: MaybeText = ""


class ContactData(msgspec.Struct):
    """Something between a contact and the customer."""

    channel: Text
    contact: Text
    contract: MaybeText = ""


_ENDS: tuple[End, ...] = get_args(End.__value__)


def is_binary(headers: Mapping[str, str]) -> bool:
    """Whether a request carries an event in binary mode: its attributes are headers."""
    return "ce-specversion" in headers or "ce-id" in headers


def from_headers(headers: Mapping[str, str], body: bytes) -> object:
    """The event of a request in binary mode, as it would stand in JSON. Raises Unreadable."""
    attributes: dict[str, object] = {
        name.lower().removeprefix(_ATTRIBUTE): unquote(value)
        for name, value in headers.items()
        if name.lower().startswith(_ATTRIBUTE)
    }
    return attributes | ({"data": parse(body)} if body else {})


def split(body: bytes, content_type: str) -> list[object]:
    """The events of a request, unread: one bad event does not spoil the others. Raises Unreadable."""
    found = parse(body)
    if content_type == SINGLE:
        return [found]
    if not isinstance(found, list):
        raise Unreadable(gettext("A batch is a list."))
    if len(found) > MAX_EVENTS:
        raise Unreadable(gettext("A batch has at most {most} events.").format(most=MAX_EVENTS))
    return found


def name(event: object) -> str | None:
    """The event's own id, for the answer; None when it has none."""
    given = event.get("id") if isinstance(event, dict) else None
    return given[:200] if isinstance(given, str) else None


def read(found: object, *, contract: str) -> Told | Contact:
    """The usage in one event; `contract` is meant where it names none. Raises Unreadable."""
    event = convert(found, CloudEvent)
    if event.specversion != "1.0":
        raise Unreadable(gettext("`specversion` must be 1.0."), "$.specversion")
    at = moment(event.time, "time")
    known_as = f"{event.source}\n{event.id}"
    space, _, what = event.type.removeprefix("abono.").partition(".")
    if space == "send" and what in _ENDS:
        return _send(convert(_data(event), SendData), known_as, contract, what, at)
    if space == "contact" and what:
        touch = convert(_data(event), ContactData)
        channel = word(touch.channel)
        return Contact(
            known_as, touch.contract or contract, address(touch.contact, channel), channel, word(what), at
        )
    raise Unreadable(gettext("`type` is none that is counted here: {type}").format(type=event.type), "$.type")


def _send(send: SendData, known_as: str, contract: str, what: End, at: datetime | None) -> Told:
    channel = word(send.channel)
    return Told(
        send.id or known_as,  # what is told of one send is known by its id
        send.contract or contract,
        what,
        kind=word(send.kind),
        units=send.units,
        channel=channel,
        country=country(send.country),
        at=at,
        contact=address(send.contact, channel) if send.contact else None,
        sender=address(send.sender, channel) if send.sender else None,
    )


def _data(event: CloudEvent) -> object:
    """Raises Unreadable."""
    if event.data_base64 is None:
        return event.data or {}
    try:
        return parse(base64.b64decode(event.data_base64, validate=True))
    except binascii.Error:
        raise Unreadable(gettext("`data_base64` is not Base64."), "$.data_base64") from None
