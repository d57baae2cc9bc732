"""Reading what a caller sent: each value is what it must be, or the answer names the field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from unicodedata import category
from urllib.parse import urlsplit

MAX_AMOUNT_MINOR = 10**12


class WrongField(ValueError):
    """A field is missing or not what it must be; the text is its name."""


def text(body: Mapping[str, object], name: str, *, longest: int = 200) -> str:
    """A text of 1 to `longest` characters, none of them a control character or half of a pair."""
    value = body.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= longest or not clean(value):
        raise WrongField(name)
    return value


def clean(value: str) -> bool:
    return all(category(character) not in {"Cc", "Cs", "Cn"} for character in value)


def amount_minor(body: Mapping[str, object], name: str = "amount_minor") -> int:
    value = body.get(name)
    if type(value) is not int or not 0 < value <= MAX_AMOUNT_MINOR:
        raise WrongField(name)
    return value


def currency(body: Mapping[str, object]) -> str:
    value = text(body, "currency", longest=3)
    if not re.fullmatch("[A-Z]{3}", value):
        raise WrongField("currency")
    return value


def per_cent(body: Mapping[str, object], name: str) -> Decimal:
    """A rate of 0 to 100 with four decimals at most, as a text."""
    value = text(body, name, longest=8)
    if not re.fullmatch(r"\d{1,3}(\.\d{1,4})?", value, re.ASCII) or Decimal(value) > 100:
        raise WrongField(name)
    return Decimal(value)


def flag(body: Mapping[str, object], name: str) -> bool:
    value = body.get(name)
    if type(value) is not bool:
        raise WrongField(name)
    return value


def address(body: Mapping[str, object], name: str) -> str:
    """An http(s) address of up to 500 letters, or nothing."""
    value = body.get(name, "")
    if value == "":
        return ""
    if not isinstance(value, str) or len(value) > 500 or not re.fullmatch(r"https?://[!-~]+", value):
        raise WrongField(name)
    return value


def origin(body: Mapping[str, object], name: str) -> str:
    """scheme://host[:port] and nothing more: it goes into a content security policy."""
    value = text(body, name)
    try:
        parts = urlsplit(value)
        port = "" if parts.port is None else f":{parts.port}"
        host = parts.hostname or ""
    except ValueError:
        raise WrongField(name) from None
    if parts.scheme not in {"http", "https"} or not re.fullmatch(r"[a-z0-9.-]+|[0-9a-f:]+", host):
        raise WrongField(name)
    shown = f"[{host}]" if ":" in host else host
    if value != f"{parts.scheme}://{shown}{port}":
        raise WrongField(name)
    return value
