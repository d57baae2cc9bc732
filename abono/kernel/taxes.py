"""What a tax is of an amount, rounded half up once (INV-7; `docs/billing-arithmetic.md`). Rates in millionths; what is taken
back is taken back with the same tax."""

from __future__ import annotations

from abono.kernel.money import MICRO
from abono.kernel.rating import div_half_up


def share(amount_minor: int, rate_micro: int) -> int:
    """On top of an amount, or as a part of a price that the rate is reckoned of."""
    return div_half_up(amount_minor * rate_micro, MICRO)


def contained(price_minor: int, rate_micro: int) -> int:
    """In a price that is an amount with its tax: 19 % of what is left without it."""
    return div_half_up(price_minor * rate_micro, MICRO + rate_micro)
