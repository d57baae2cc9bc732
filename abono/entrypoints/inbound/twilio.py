"""Status callbacks and incoming messages of Twilio as usage.

Source: the vendor's public reference (Messaging: status callbacks, incoming messages). The channel is the prefix of the
address; without one it is SMS.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext

from abono.domain.metering.types import MAX_UNITS
from abono.entrypoints.inbound.reading import Unreadable, address, country_of
from abono.flows.usage.facts import Contact, End, Told

FORM = "application/x-www-form-urlencoded"
_ENDS: dict[str, End] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "not_delivered",
    "failed": "rejected",
    "canceled": "rejected",
}
_CHANNELS = frozenset({"whatsapp", "rcs", "messenger"})
_KINDS = {"whatsapp": "company"}
_MOST = 200  # letters of an id or an address


def read(told: Mapping[str, str], *, contract: str, held_as: str) -> Told | Contact | None:
    """The usage in one callback; None when it says nothing that is counted. Raises Unreadable.

    held_as   the id under which the send was held: its sender puts it into the address of the callback
    """
    name = _text(told, "MessageSid", "SmsSid", "SmsMessageSid")
    status = _text(told, "MessageStatus", "SmsStatus").lower()
    if not name:
        raise Unreadable(gettext("`{name}` is missing.").format(name="MessageSid"), "MessageSid")
    if status == "received":
        return _written(told, name, contract)
    end = _ENDS.get(status)
    if end is None:
        return None
    to = _text(told, "To")
    channel = _channel(to)
    sender = _text(told, "From")
    segments = _segments(told) if channel == "sms" else None
    return Told(
        name,
        contract,
        end,
        kind=_KINDS.get(channel, "message"),
        units=segments,
        channel=channel,
        country=country_of(to),
        contact=address(to, channel) if to else None,
        sender=address(sender, channel) if sender else None,
        held_as=held_as[:_MOST],
        counted_units=segments,
    )


def _segments(told: Mapping[str, str]) -> int | None:
    """Of how many parts they say it is; 0 says that they do not know yet."""
    text = _text(told, "NumSegments")
    if not (text.isascii() and text.isdigit()):
        return None
    return min(int(text), MAX_UNITS) or None


def _written(told: Mapping[str, str], name: str, contract: str) -> Contact:
    sender = _text(told, "From")
    if not sender:
        raise Unreadable(gettext("`{name}` is missing.").format(name="From"), "From")
    channel = _channel(sender)
    return Contact(f"twilio:{name}", contract, address(sender, channel), channel, "contact_message", None)


def _channel(to: str) -> str:
    prefix = to.partition(":")[0].lower()
    return prefix if prefix in _CHANNELS else "sms"


def _text(told: Mapping[str, str], *names: str) -> str:
    """Of the first of these parameters that is there. Raises Unreadable."""
    for name in names:
        value = told.get(name, "")
        if "\0" in value or len(value) > _MOST:
            raise Unreadable(gettext("`{name}` cannot be kept.").format(name=name), name)
        if value:
            return value
    return ""
