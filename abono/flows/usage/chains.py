"""What an interaction belongs to besides customer and contact: its channel, or by setting all of them (INT-4)."""

from __future__ import annotations

from django.conf import settings

from abono.domain.interactions.types import EVERY_CHANNEL


def chain(channel: str) -> str:
    """The channel under which an event is kept and its interaction counted."""
    return EVERY_CHANNEL if settings.INTERACTIONS_PER == "contact" else channel
