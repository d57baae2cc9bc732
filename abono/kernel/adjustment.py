"""The yearly adjustment of a price by an index (CAT-13): months in percent → one factor → new prices."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from abono.kernel.rating import div_half_up

PLACES = 8  # decimals of a factor
ONE = 10**PLACES


def factor(percents: Iterable[Decimal]) -> Decimal:
    """Product of 1 + percent / 100 of each month, rounded half up once, to eight decimals.

    percents   of at most four decimals
    """
    product, months = 1, 0
    for percent in percents:
        product *= 10**6 + int(percent.scaleb(4))
        months += 1
    return Decimal(div_half_up(product * ONE, 10 ** (6 * months))).scaleb(-PLACES)


def adjusted(price_micro: int, by: Decimal, *, step_micro: int) -> int:
    """A price of millionths times a factor, rounded half up once to whole steps; the same where the index fell: a price
    is adjusted upwards only.

    step_micro   what the price is a multiple of: a minor unit of a fee
    """
    raised = div_half_up(price_micro * int(by.scaleb(PLACES)), ONE * step_micro) * step_micro
    return max(price_micro, raised)
