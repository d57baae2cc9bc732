"""How a package is called, wherever it is named."""

from __future__ import annotations

from collections.abc import Iterable

from abono.domain.catalog.types import ChannelInfo
from abono.kernel.money import CURRENCIES, MICRO
from abono.platform import formats


def package_name(code: str, language: str) -> str:
    """A package is known by its value: `brl-250` reads `R$ 250`. Any other code stays as it is."""
    currency, dash, value = code.partition("-")
    if not dash or currency.upper() not in CURRENCIES or not (value.isascii() and value.isdigit()):
        return code
    return formats.micro(int(value) * MICRO, currency.upper(), language, decimals=0)


def route_name(
    channels: Iterable[ChannelInfo], channel: str, kind: str | None, country: str | None, language: str
) -> str:
    """A kind of send to a country: `SMS, Message, Brazil`, or a channel alone. What is not known any more is its code."""
    found = next((one for one in channels if one.code == channel), None)
    if found is None:
        return ", ".join(part for part in (channel, kind, country) if part)
    kinds = {one.code: one.label for one in found.kinds}
    parts = [found.label]
    if kind is not None:
        parts.append(kinds.get(kind, kind))
    if country is not None and found.by_country:
        parts.append(formats.country_name(country, language))
    return ", ".join(parts)
