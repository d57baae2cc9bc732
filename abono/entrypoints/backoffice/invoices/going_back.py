"""How much of which payment goes back, in words (PAY-9)."""

from __future__ import annotations

from django.utils.translation import gettext as _

from abono.domain.payments.states import Way
from abono.domain.payments.types import Refundable, RefundInfo
from abono.entrypoints.site.design.words import WAYS
from abono.platform import formats


def goes(one: Refundable, language: str) -> str:
    """A sentence that says how much, to where, and who has to do what."""
    amount = formats.money(one.amount, language)
    if one.card:
        return _("{amount} goes back to {card}.").format(amount=amount, card=one.card)
    if one.came is Way.PIX:
        return _("{amount} goes back by Pix to whoever paid it.").format(amount=amount)
    return _(
        "{amount} came without a way back ({way}): you pay it by hand, and record it on the page of payments and disputes with its reference."
    ).format(amount=amount, way=place(one))


def place(one: Refundable | RefundInfo) -> str:
    """The card, or the way on which it came."""
    return one.card or ("" if one.came is None else str(WAYS[one.came]))


def of_payment(one: Refundable) -> str:
    """What somebody has seen before they confirm it."""
    return f"{one.of_payment}:{one.amount.minor}"
