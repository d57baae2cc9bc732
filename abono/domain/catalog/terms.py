"""The rules of a row of prices, as the catalog file says them (CAT-9)."""

from __future__ import annotations

from collections.abc import Mapping

from abono.domain.catalog.places import Place, check_code
from abono.domain.catalog.types import (
    PERIODS,
    SCOPES,
    STATUSES,
    UNITS,
    Cost,
    FreeQuantity,
    FreeWindow,
    Terms,
)
from abono.kernel.money import CURRENCIES

TERMS = ("unit", "draws_at", "zone", "free", "free_window")  # names in a row
MOST_FREE = 1_000_000
MOST_HOURS = 720  # 30 days


def terms_of(fields: Mapping[str, Place], *, zone: str) -> Terms:
    """What the fields of a row say of its rules.

    zone   of the file, where the row names none of its own
    """
    own = fields["zone"].zone() if fields["zone"].given else zone
    return Terms(
        unit=fields["unit"].choice(UNITS) if fields["unit"].given else "message",
        draws_at=fields["draws_at"].choice(STATUSES) if fields["draws_at"].given else "sent",
        zone=own,
        free=_free(fields["free"], zone=own),
        window=_window(fields["free_window"]),
    )


def cost_of(place: Place) -> Cost | None:
    """What a unit costs the seller, in any currency that we know, not only that of the package."""
    if not place.given:
        return None
    fields = place.fields("each", "currency")
    return Cost(fields["each"].scaled(decimals=6), fields["currency"].choice(CURRENCIES))


def _free(place: Place, *, zone: str) -> FreeQuantity | None:
    if not place.given:
        return None
    fields = place.fields("quantity", "per", "every", optional=("zone",))
    return FreeQuantity(
        quantity=fields["quantity"].whole(least=1, most=MOST_FREE),
        scope=fields["per"].choice(SCOPES),
        period=fields["every"].choice(PERIODS),
        zone=fields["zone"].zone() if fields["zone"].given else zone,
    )


def _window(place: Place) -> FreeWindow | None:
    if not place.given:
        return None
    fields = place.fields("after", "hours")
    after = fields["after"].scalar()
    check_code(fields["after"], after, longest=40)
    return FreeWindow(after, fields["hours"].whole(least=1, most=MOST_HOURS))
