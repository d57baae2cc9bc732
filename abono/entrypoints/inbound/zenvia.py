"""Zenvia's public webhook events MESSAGE and MESSAGE_STATUS as usage.

Source: the vendor's OpenAPI description (zenvia/zenvia-openapi-spec, MIT), schemas events/message-event,
events/message-status-event and message/base. A status names no kind of send, so a WhatsApp message that
we were not asked about before counts as started by the company unless its contents say otherwise.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
import phonenumbers
from django.utils.translation import gettext

from abono.flows.usage.facts import Contact, End, Ended

NO_NUL = "^[^\\x00]*$"
type Text = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=NO_NUL)]


class _Message(msgspec.Struct):
    id: Text
    sender: Annotated[str, msgspec.Meta(max_length=200, pattern=NO_NUL)] = msgspec.field(
        default="", name="from"
    )
    to: Annotated[str, msgspec.Meta(max_length=200, pattern=NO_NUL)] = ""
    direction: str = ""
    contentIndex: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 0  # noqa: N815 - the vendor's name
    timestamp: datetime | None = None


class _Status(msgspec.Struct):
    code: Text
    timestamp: datetime | None = None


class Event(msgspec.Struct):
    """The parts of an event that we read; everything else may be there."""

    type: Text
    id: str = ""
    timestamp: datetime | None = None
    channel: Annotated[str, msgspec.Meta(max_length=200, pattern=NO_NUL)] = ""
    direction: str = ""
    message: _Message | None = None
    messageStatus: _Status | None = None  # noqa: N815 - the vendor's name
    messageId: str = ""  # noqa: N815 - deprecated by the vendor, still sent


_DECODER = msgspec.json.Decoder(Event)
_CHANNELS = {"whatsapp": "whatsapp", "sms": "sms", "email": "email", "rcs": "rcs", "facebook": "messenger"}
_KINDS = {"whatsapp": "company", "voice": "minute"}
_ENDS: dict[str, End] = {
    "SENT": "sent",
    "DELIVERED": "delivered",
    "READ": "delivered",
    "NOT_DELIVERED": "not_delivered",
    "REJECTED": "rejected",
}


class Unreadable(Exception):
    """The body is no event of the kind that its type names; the text says where."""


def read(body: bytes, *, contract: str) -> Ended | Contact | None:
    """The usage in one event; None when it says nothing that is counted. Raises Unreadable."""
    try:
        event = _DECODER.decode(body)
    except (msgspec.ValidationError, msgspec.DecodeError, RecursionError) as error:
        raise Unreadable(str(error)) from None
    channel = _CHANNELS.get(event.channel.lower(), event.channel.lower())
    if event.type == "MESSAGE":
        return _written(event, channel, contract)
    if event.type == "MESSAGE_STATUS":
        return _ended(event, channel, contract)
    return None


def _written(event: Event, channel: str, contract: str) -> Contact | None:
    """A message that came in: the contact wrote (INT-2). One that goes out says nothing yet."""
    if event.message is None:
        raise Unreadable(gettext("A MESSAGE event needs `message`."))
    if (event.direction or event.message.direction) != "IN":
        return None
    if not event.message.sender:
        raise Unreadable(gettext("`message.from` is missing."))
    at = event.message.timestamp or event.timestamp
    if at is not None and at.tzinfo is None:
        raise Unreadable(gettext("`message.timestamp` has no time zone."))
    return Contact(
        f"zenvia:{event.message.id}", contract, event.message.sender, channel, "contact_message", at
    )


def _ended(event: Event, channel: str, contract: str) -> Ended | None:
    """A status of a message that went out. Statuses that change nothing are left alone."""
    if event.messageStatus is None:
        raise Unreadable(gettext("A MESSAGE_STATUS event needs `messageStatus`."))
    message = event.message or _Message(id=event.messageId or "")
    if not message.id:
        raise Unreadable(gettext("Give `message.id` or `messageId`."))
    end = _ENDS.get(event.messageStatus.code)
    if end is None or message.direction == "IN":
        return None
    part = f"#{message.contentIndex}" if message.contentIndex else ""
    return Ended(
        f"{message.id}{part}",
        contract,
        channel,
        _KINDS.get(channel, "message"),
        country_of(message.to),
        end,
        contact=message.to or None,
        sender=message.sender or None,
    )


def country_of(number: str) -> str:
    """ISO 3166-1 code of a telephone number in international form, with or without its plus; else empty."""
    digits = number.lstrip("+")
    if not digits.isascii() or not digits.isdigit():
        return ""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(f"+{digits}")) or ""
    except phonenumbers.NumberParseException:
        return ""
