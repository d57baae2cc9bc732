"""Decisions about campaigns that need no database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from abono.domain.campaigns.errors import CampaignMalformed
from abono.domain.campaigns.types import CAMPAIGN_MOST, MAX_LINES, MAX_PLACES, EstimateLine, Wish
from abono.domain.metering.types import MAX_UNITS

SLICES_MOST = 16  # writers that settle one line without waiting for one another
SLICE_PLACES = 1_000  # a slice has at least so many: a batch fits into one


def check_wishes(wishes: Sequence[Wish]) -> None:
    """Raises CampaignMalformed."""
    routes = {wish.route_id for wish in wishes}
    counted = all(1 <= wish.count <= MAX_PLACES and 1 <= wish.units <= MAX_UNITS for wish in wishes)
    if not 1 <= len(wishes) <= MAX_LINES or len(routes) < len(wishes) or not counted:
        raise CampaignMalformed()


def slices(count: int, *, slice_places: int = SLICE_PLACES) -> int:
    """In how many slices the places of a line are kept; at least one."""
    return min(SLICES_MOST, max(1, count // slice_places))


def latest_expiry(held_at: datetime) -> datetime:
    """How far a campaign can be extended."""
    return held_at + CAMPAIGN_MOST


def fits(
    wishes: Sequence[Wish],
    prices_micro: Sequence[int | None],
    *,
    room_micro: int,
    blocked: bool = False,
    channels: Sequence[str] = (),
    rooms_micro: Mapping[str, int] | None = None,
) -> tuple[int, ...]:
    """How many sends of each line fit, line by line in order; what has no price never does.

    room_micro    what can be held
    blocked       then only sends of price 0 go out (LIM-2)
    rooms_micro   what the budgets of channels leave (LIM-5); `channels` says of which each line is
    """
    found = []
    rooms = dict(rooms_micro or {})
    of = channels or [""] * len(wishes)
    for wish, price, channel in zip(wishes, prices_micro, of, strict=True):
        if price is None or (price and blocked):
            found.append(0)
        elif price == 0:
            found.append(wish.count)
        else:
            fit = min(wish.count, max(0, min(room_micro, rooms.get(channel, room_micro))) // price)
            found.append(fit)
            room_micro -= fit * price
            if channel in rooms:
                rooms[channel] -= fit * price
    return tuple(found)


def estimate_lines(
    wishes: Sequence[Wish],
    prices_micro: Sequence[int | None],
    *,
    package_micro: int,
    room_micro: int,
    blocked: bool,
    channels: Sequence[str] = (),
    rooms_micro: Mapping[str, int] | None = None,
) -> tuple[EstimateLine, ...]:
    """Cost of each line and its parts, all of it being sent in order, also what does not fit (PKG-11).

    package_micro   what is left of the package; room_micro is that and the overage up to the limit, or up to the
                    customer's own cap (LIM-5); for the others see `fits`
    """
    found = []
    fitting = fits(
        wishes,
        prices_micro,
        room_micro=room_micro,
        blocked=blocked,
        channels=channels,
        rooms_micro=rooms_micro,
    )
    for wish, price, fit in zip(wishes, prices_micro, fitting, strict=True):
        amount = 0 if price is None else wish.count * price
        within = min(amount, package_micro)
        package_micro -= within
        found.append(EstimateLine(wish, price, amount, within, amount - within, fit))
    return tuple(found)
