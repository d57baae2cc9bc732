"""Zenvia's public webhook events MESSAGE, MESSAGE_STATUS and CONVERSATION_MESSAGE as usage.

Source: the vendor's OpenAPI description (zenvia/zenvia-openapi-spec, MIT), schemas events/message-event,
events/message-status-event, events/conversation-message-event and message/base. A status names no kind of send, so a
WhatsApp message that we were not asked about before counts as started by the company unless its contents say otherwise.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from django.utils.translation import gettext

from abono.entrypoints.inbound.reading import (
    MaybeText,
    Moment,
    Text,
    Unreadable,
    address,
    convert,
    country_of,
    moment,
    parse,
    word,
)
from abono.flows.usage.facts import Contact, End, Told


class ZenviaChannel(msgspec.Struct):
    type: MaybeText = ""


class ZenviaMessage(msgspec.Struct):
    id: MaybeText = ""
    externalId: MaybeText = ""  # noqa: N815 - the vendor's name; the id that its sender gave it
    sender: MaybeText = msgspec.field(default="", name="from")
    to: MaybeText = ""
    direction: MaybeText = ""
    channel: MaybeText | ZenviaChannel = ""
    contentIndex: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 0  # noqa: N815 - the vendor's name
    timestamp: Moment | None = None


class ZenviaStatus(msgspec.Struct):
    code: Text
    timestamp: Moment | None = None


class ZenviaEvent(msgspec.Struct):
    """The parts of an event that we read; everything else may be there."""

    type: Text
    timestamp: Moment | None = None
    channel: MaybeText | ZenviaChannel = ""
    direction: MaybeText = ""
    message: ZenviaMessage | None = None
    messageStatus: ZenviaStatus | None = None  # noqa: N815 - the vendor's name
    messageId: MaybeText = ""  # noqa: N815 - deprecated by the vendor, still sent


_CHANNELS = {"facebook": "messenger"}  # the others have our names
_KINDS = {"whatsapp": "company", "voice": "minute"}
_ENDS: dict[str, End] = {
    "SENT": "sent",
    "DELIVERED": "delivered",
    "READ": "delivered",
    "NOT_DELIVERED": "not_delivered",
    "REJECTED": "rejected",
}


def read(body: bytes, *, contract: str) -> Told | Contact | None:
    """The usage in one event; None when it says nothing that is counted. Raises Unreadable."""
    event = convert(parse(body), ZenviaEvent)
    match event.type.upper():
        case "MESSAGE" | "CONVERSATION_MESSAGE":
            return _written(event, contract)
        case "MESSAGE_STATUS":
            return _ended(event, contract)
    return None


def _written(event: ZenviaEvent, contract: str) -> Contact | None:
    """A message that came in: the contact wrote (INT-2). One that goes out says nothing yet."""
    message = event.message
    if message is None or not message.id:
        raise Unreadable(gettext("A MESSAGE event needs `message` with an `id`."), "$.message")
    if (event.direction or message.direction).upper() != "IN":
        return None
    if not message.sender:
        raise Unreadable(gettext("`message.from` is missing."), "$.message.from")
    at = moment(message.timestamp or event.timestamp, "message.timestamp")
    channel = _channel(event)
    return Contact(
        f"zenvia:{message.id}", contract, address(message.sender, channel), channel, "contact_message", at
    )


def _ended(event: ZenviaEvent, contract: str) -> Told | None:
    """A status of a message that went out. Statuses that change nothing are left alone."""
    if event.messageStatus is None:
        raise Unreadable(gettext("A MESSAGE_STATUS event needs `messageStatus`."), "$.messageStatus")
    message = event.message or ZenviaMessage()
    name = message.id or event.messageId
    if not name:
        raise Unreadable(gettext("Give `message.id` or `messageId`."), "$.message.id")
    end = _ENDS.get(event.messageStatus.code.upper())
    if end is None or message.direction.upper() == "IN":
        return None
    part = f"#{message.contentIndex}" if message.contentIndex else ""
    channel = _channel(event)
    return Told(
        f"{name}{part}",
        contract,
        end,
        kind=_KINDS.get(channel, "message"),
        channel=channel,
        country=country_of(message.to),
        at=moment(event.messageStatus.timestamp, "messageStatus.timestamp"),
        contact=address(message.to, channel) if message.to else None,
        sender=address(message.sender, channel) if message.sender else None,
        held_as=f"{message.externalId}{part}" if message.externalId else "",
    )


def _channel(event: ZenviaEvent) -> str:
    """Of the event, or of its message."""
    for told in (event.channel, "" if event.message is None else event.message.channel):
        name = word(told.type if isinstance(told, ZenviaChannel) else told)
        if name:
            return _CHANNELS.get(name, name)
    return ""
