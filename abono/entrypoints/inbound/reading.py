"""Reading what others send: JSON as it comes from any language's library, and one form of an address.

What we do not read may be anything. A text that is no text (a byte that is not UTF-8, half an emoji) spoils the event that
needs it and no other; null is absent; a whole number is one however it is written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, NoReturn

import msgspec
import phonenumbers
from django.utils.translation import gettext

from abono.domain.catalog import countries
from abono.entrypoints.meter.protocol import mistakes, texts

_DEPTH = 12  # of objects and lists in one another: deeper lies nothing that we read

NO_NUL = "^[^\\x00]*$"
type Text = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=NO_NUL)]
type Moment = Annotated[datetime, msgspec.Meta(extra_json_schema={"format": "date-time"})]
type MaybeText = Annotated[str, msgspec.Meta(max_length=200, pattern=NO_NUL)]


class Unreadable(Exception):
    """Not an event that we know; the text says what, `where` where."""

    def __init__(self, why: str, where: str = "$") -> None:
        super().__init__(why)
        self.where = where


class _NoText:
    """Stands for a text with letters that do not exist."""


_NO_TEXT = _NoText()


def parse(body: bytes) -> Any:
    """The JSON in a body, without what is null. Raises Unreadable."""
    try:
        try:
            found = msgspec.json.decode(body)
        except (
            msgspec.DecodeError,
            UnicodeDecodeError,
        ):  # in a part that we do not read, or a mark before it
            found = json.loads(body.decode("utf-8-sig", "surrogateescape"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Unreadable(mistakes.told(mistakes.NOT_JSON)) from None
    return _given(found, _DEPTH)


def convert[T](found: object, into: type[T]) -> T:
    """What is read of an object. Raises Unreadable."""
    try:
        return msgspec.convert(found, into)
    except RecursionError:
        raise Unreadable(mistakes.told(mistakes.NOT_JSON)) from None
    except msgspec.ValidationError as error:
        message, where = mistakes.said(error)
        raise Unreadable(mistakes.told(message), where) from None


def moment(told: datetime | None, name: str) -> datetime | None:
    """A moment that somebody named. Raises Unreadable without a time zone."""
    if told is None:
        return None
    if told.tzinfo is None:
        raise Unreadable(gettext("`{name}` has no time zone.").format(name=name), f"$.{name}")
    if abs(told.utcoffset() or timedelta()) > texts.FURTHEST:
        raise Unreadable(gettext("`{name}` is no moment.").format(name=name), f"$.{name}")
    return told


def word(told: str) -> str:
    """A name of ours as people write it: `WhatsApp ` is `whatsapp`."""
    return told.strip().casefold()


def country(told: str) -> str:
    """ISO 3166-1 as people write it: `br` is `BR`."""
    return told.strip().upper()


# Channels whose addresses are telephone numbers, or ids of WhatsApp for people who show none.
_TELEPHONE = frozenset({"whatsapp", "sms", "rcs", "voice"})
_PREFIX = re.compile(r"^(?:whatsapp|sms|rcs|tel|messenger):", re.IGNORECASE)
_WRITTEN = re.compile(r"^(?:\+|00)?[\d\s().\-\u2010-\u2015\u00a0/]+$", re.ASCII)
_WHATSAPP_ID = re.compile(r"^([A-Z]{2})\.[A-Za-z0-9]+$")


def address(told: str, channel: str) -> str:
    """One form for one person on a channel: `+5511999990000` of a number, an e-mail in small letters, else as it is.

    Brazilian mobile numbers get their ninth digit, Mexican ones lose the 1 and Argentine ones the 9 that are written
    after the code of the country in some places only.
    """
    plain = _PREFIX.sub("", told.strip())
    if channel == "email":
        return plain.casefold()
    if channel in _TELEPHONE and (number := _number(plain)) is not None:
        return f"+{number.country_code}{_national(number)}"
    return plain


def country_of(told: str) -> str:
    """ISO 3166-1 code of a telephone number in international form, or of an id of WhatsApp; empty when it names none."""
    plain = _PREFIX.sub("", told.strip())
    if (named := _WHATSAPP_ID.match(plain)) and named[1] in countries.codes():
        return named[1]
    number = _number(plain)
    if number is None:
        return ""
    found = phonenumbers.region_code_for_number(number)
    return found if found is not None and found in countries.codes() else ""


def _number(plain: str) -> phonenumbers.PhoneNumber | None:
    if not _WRITTEN.match(plain):
        return None
    digits = re.sub(r"\D", "", plain, flags=re.ASCII).removeprefix("00")
    try:
        number = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return None
    return number if len(str(number.national_number)) >= 6 else None


def _national(number: phonenumbers.PhoneNumber) -> str:
    digits = phonenumbers.national_significant_number(number)
    match number.country_code, len(digits), digits:
        case 55, 10, _ if digits[2] in "6789":
            return f"{digits[:2]}9{digits[2:]}"
        case 52, 11, _ if digits[0] == "1":
            return digits[1:]
        case 54, 11, _ if digits[0] == "9":
            return digits[1:]
    return digits


def _given(found: Any, depth: int) -> Any:
    match found:
        case str():
            return found if found.isascii() or _real(found) else _NO_TEXT
        case float():
            return int(found) if found.is_integer() and abs(found) < 2**53 else found
        case dict() if depth:
            return _members(found, depth)
        case list() if depth:
            return [_given(one, depth - 1) for one in found]
    return found


def _members(found: Mapping[str, Any], depth: int) -> dict[str, Any]:
    return {name: _given(value, depth - 1) for name, value in found.items() if value is not None}


def _real(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")
