"""What articles say in figures: read where the product reads it, so that an article is true where the seller set another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from babel.units import format_unit
from django.conf import settings as configured
from django.utils.html import escape

from abono.domain.identity import invitations
from abono.domain.payment_links.rules import LASTS
from abono.domain.payments.rules import WALLET_LIMIT
from abono.domain.settings import known
from abono.domain.settings import queries as settings
from abono.domain.settings.restriction import DISPUTE_DAYS
from abono.domain.settings.types import Setting
from abono.entrypoints.site import links, sessions
from abono.entrypoints.site.help.reading import FIGURE
from abono.platform import formats

type Say = Callable[[Any, str], str]


def lasting(value: timedelta, language: str) -> str:
    """In the largest unit that says it whole: `7 days`, `1 hour`, `90 minutes`."""
    for unit, length in (("day", timedelta(days=1)), ("hour", timedelta(hours=1))):
        if value >= length and not value % length:
            return _unit(value // length, unit, language)
    return _unit(value // timedelta(minutes=1), "minute", language)


def _unit(count: int, unit: str, language: str) -> str:
    return format_unit(count, f"duration-{unit}", length="long", locale=language.replace("-", "_"))


def _days(value: int, language: str) -> str:
    return _unit(value, "day", language)


SET: dict[str, tuple[Setting[Any], Say]] = {
    "undo_within": (known.UNDO_WITHIN, lasting),
    "regret_within": (known.REGRET_WITHIN, lasting),
    "hold_lasts": (known.HOLD_LASTS, lasting),
    "late_grace": (known.LATE_GRACE, lasting),
    "card_due_after": (known.CARD_DUE_AFTER, _days),
    "dispute_days": (DISPUTE_DAYS, _days),
}
FIXED: dict[str, tuple[Any, Say]] = {
    "cards": (WALLET_LIMIT, formats.number),
    "payment_link_lasts": (LASTS, lasting),
    "fresh": (sessions.FRESH, lasting),
    "idle": (sessions.IDLE, lasting),
    "longest": (sessions.LONGEST, lasting),
    "reset_lasts": (links.ResetTokens.lasts, lasting),
    "invitation_stands": (links.INVITATION_STANDS, lasting),
    "invited_for": (invitations.LASTS, lasting),
    "email_proof_stands": (links.EMAIL_PROOF_STANDS, lasting),
    "email_back_stands": (links.EMAIL_BACK_STANDS, lasting),
    "order_goes_on": (links.ORDER_GOES_ON, lasting),
}


def filled(text: str, language: str, *, now: datetime) -> str:
    """HTML or plain text with its figures, as they are for everybody; of one plan or contract they may be others.

    Raises KeyError for a figure that is not known.
    """
    told = settings.snapshot()

    def figure(found: str) -> str:
        if found == "seller":
            return str(configured.ABONO_SELLER["name"])
        if found in FIXED:
            value, say = FIXED[found]
            return say(value, language)
        setting, say = SET[found]
        return say(told.value(setting, at=now), language)

    return FIGURE.sub(lambda match: escape(figure(match[1])), text)
