"""WhatsAppStatus and message webhooks of Meta's WhatsApp Cloud API as usage.

Source: the vendor's public reference of webhooks (messages: status, text …). Of `pricing` we read `type` and `category`, by which a held send is settled (PKG-13);
`billable` is going away and says nothing of our prices. `biz_opaque_callback_data` may carry the id under which
the send was held, and before it the contract: `ctr_…/<id>`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from django.utils.translation import gettext

from abono.entrypoints.inbound.reading import (
    MaybeText,
    Text,
    Unreadable,
    address,
    convert,
    country_of,
    parse,
    word,
)
from abono.flows.usage.facts import Contact, End, Told
from abono.kernel.ids import parse as parse_id

CHANNEL = "whatsapp"
LAST_SECOND = 253_402_300_799  # of the year 9999


class WhatsAppPricing(msgspec.Struct):
    type: MaybeText = ""  # regular, free_customer_service, free_entry_point
    category: MaybeText = ""  # marketing, utility, authentication, service …


class WhatsAppStatus(msgspec.Struct):
    id: Text
    status: Text
    timestamp: MaybeText | int = ""
    recipient_id: MaybeText = ""
    recipient_participant_id: MaybeText = ""  # of a group
    recipient_user_id: MaybeText = ""  # of somebody who shows no number
    pricing: WhatsAppPricing | None = None
    biz_opaque_callback_data: MaybeText = ""


class WhatsAppMessage(msgspec.Struct):
    id: Text
    timestamp: MaybeText | int = ""
    sender: MaybeText = msgspec.field(default="", name="from")
    from_user_id: MaybeText = ""


def _listed(name: str) -> msgspec.Meta:
    """Of what each one is, for the document: it is read by itself."""
    return msgspec.Meta(extra_json_schema={"items": {"$ref": f"#/components/schemas/{name}"}})


class WhatsAppMetadata(msgspec.Struct):
    display_phone_number: MaybeText = ""


class WhatsAppValue(msgspec.Struct):
    metadata: WhatsAppMetadata | None = None
    statuses: Annotated[list[Any], _listed("WhatsAppStatus")] = []
    messages: Annotated[list[Any], _listed("WhatsAppMessage")] = []


class WhatsAppChange(msgspec.Struct):
    value: WhatsAppValue | None = None


class WhatsAppEntry(msgspec.Struct):
    changes: list[WhatsAppChange] = []


class WhatsAppNotification(msgspec.Struct):
    object: Text
    entry: list[WhatsAppEntry] = []


_ENDS: dict[str, End] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "delivered",
    "played": "delivered",
    "failed": "rejected",  # after `sent` it draws all the same: what was settled stays
}
_BY_CONTACT = frozenset({"free_customer_service", "free_entry_point"})


def split(body: bytes) -> list[tuple[type[WhatsAppStatus | WhatsAppMessage], object, str]]:
    """What a notification tells, unread, of which kind, and the company's number: one that is bad does not spoil the others.

    Raises Unreadable.
    """
    found = convert(parse(body), WhatsAppNotification)
    return list(_told(found))


def _told(
    found: WhatsAppNotification,
) -> Iterator[tuple[type[WhatsAppStatus | WhatsAppMessage], object, str]]:
    for entry in found.entry:
        for change in entry.changes:
            if (value := change.value) is not None:
                number = "" if value.metadata is None else value.metadata.display_phone_number
                yield from ((WhatsAppStatus, one, number) for one in value.statuses)
                yield from ((WhatsAppMessage, one, number) for one in value.messages)


def name(found: object) -> str | None:
    """Its own id, for the answer."""
    given = found.get("id") if isinstance(found, dict) else None
    return given[:200] if isinstance(given, str) else None


def read(
    kind: type[WhatsAppStatus | WhatsAppMessage], found: object, number: str, *, contract: str
) -> Told | Contact | None:
    """The usage in it; None when it says nothing that is counted. Raises Unreadable."""
    if kind is WhatsAppStatus:
        return _ended(convert(found, WhatsAppStatus), number, contract)
    return _written(convert(found, WhatsAppMessage), contract)


def _ended(status: WhatsAppStatus, number: str, contract: str) -> Told | None:
    end = _ENDS.get(status.status.lower())
    if end is None:
        return None
    known_to = (status.recipient_id, status.recipient_participant_id, status.recipient_user_id)
    named, _slash, rest = status.biz_opaque_callback_data.partition("/")
    is_contract = parse_id("ctr", named) is not None
    to = next(filter(None, known_to), "")
    return Told(
        status.id,
        named if is_contract else contract,
        end,
        kind=_kind(status.pricing),
        channel=CHANNEL,
        country=next(filter(None, map(country_of, known_to)), ""),
        at=_moment(status.timestamp),
        contact=address(to, CHANNEL) if to else None,
        sender=address(number, CHANNEL) if number else None,
        held_as=rest if is_contract else status.biz_opaque_callback_data,
        counted_as=_counted(status.pricing),
    )


def _kind(pricing: WhatsAppPricing | None) -> str:
    """A reply in words of one's own, a send in a window that the contact opened, or one that the company began."""
    if pricing is None:
        return "company"
    if pricing.category == "service":
        return "reply"
    return "contact" if pricing.type in _BY_CONTACT else "company"


def _counted(pricing: WhatsAppPricing | None) -> tuple[str, ...]:
    """What they counted it as: a kind of ours may be named as their category, else as `_kind` says it."""
    if pricing is None or not (pricing.category or pricing.type in _BY_CONTACT):
        return ()
    by_contact = pricing.type in _BY_CONTACT and pricing.category != "service"
    return (_kind(pricing),) if by_contact else (word(pricing.category), _kind(pricing))


def _written(message: WhatsAppMessage, contract: str) -> Contact:
    sender = message.sender or message.from_user_id
    if not sender:
        raise Unreadable(gettext("`{name}` is missing.").format(name="from"), "$.from")
    return Contact(
        f"whatsapp:{message.id}",
        contract,
        address(sender, CHANNEL),
        CHANNEL,
        "contact_message",
        _moment(message.timestamp),
    )


def _moment(told: str | int) -> datetime | None:
    """Of seconds since 1970, in digits."""
    text = str(told)
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or int(text) > LAST_SECOND:
        raise Unreadable(gettext("`timestamp` is none."), "$.timestamp")
    return datetime.fromtimestamp(int(text), tz=UTC)
