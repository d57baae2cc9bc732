"""Sends that nothing covers, in words (PKG-12): the same for the seller and for the customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from abono.domain.catalog.types import EVERYWHERE, ChannelInfo
from abono.domain.uncovered.types import Group, Uncovered
from abono.entrypoints.site.design.words import Text
from abono.platform import formats

WHY: Mapping[str, Text] = {
    "sending_blocked": _("It did not fit under the limit of the contract"),
    "no_price": _("The package has no price for it"),
    "unknown_channel": _("There is no such channel"),
    "no_recipient": _("Nobody knows to whom it went"),
    "no_send": _("Nobody asked before, or said what it was"),
    "hold_expired": _("Nobody told of it in time"),
    "no_cycle": _("The contract had no cycle then"),
    "too_late": _("Its cycle was closed for good"),
    "in_the_future": _("Its moment is still to come"),
}


@dataclass(frozen=True, slots=True)
class Named:
    """What a send was, and why nothing covers it."""

    channel: str
    kind: str
    country: str
    why: Text


def named(one: Group | Uncovered, channels: Sequence[ChannelInfo], language: str) -> Named:
    """Codes that the catalog does not know stand as they were told."""
    known = {channel.code: channel for channel in channels}
    channel = known.get(one.channel)
    kinds = {} if channel is None else {kind.code: kind.label for kind in channel.kinds}
    place = "" if one.country in ("", EVERYWHERE) else formats.country_name(one.country, language)
    return Named(
        channel.label if channel else one.channel or "–",
        kinds.get(one.kind, one.kind),
        place,
        WHY[one.why],
    )
