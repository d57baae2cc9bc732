"""Cards as pages name them."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.http import Http404

from abono.domain.payments.types import Card
from abono.kernel.ids import parse
from abono.kernel.periods import add_months

BRANDS = {"visa": "Visa", "mastercard": "Mastercard", "elo": "Elo", "amex": "American Express"}
SOON_DAYS = 30  # WAL-5


def brand_name(card: Card) -> str:
    return BRANDS.get(card.brand, card.brand.title())


def card_name(card: Card) -> str:
    """`Visa •••• 4242`"""
    return f"{brand_name(card)} •••• {card.last4}"


def expiry(card: Card) -> str:
    """As on the card: `12/2030`."""
    return f"{card.exp_month:02d}/{card.exp_year}"


def card_status(card: Card, today: date) -> str:
    """A word of `words.status("card", …)`: what needs somebody comes before what is in use."""
    after = add_months(date(card.exp_year, card.exp_month, 1), 1)  # a card is good until its month ends
    if today >= after:
        return "expired"
    if (after - today).days <= SOON_DAYS:
        return "expiring"
    return "in-use" if card.in_use else "saved"


def method_key(text: str) -> UUID:
    """The key behind an address or a form. Raises Http404 for what is not one."""
    key = parse("pay", text)
    if key is None:
        raise Http404(text)
    return key
