"""What a coupon takes off the fees of a whole cycle, before any of them is parted by days (INV-8; `docs/billing-arithmetic.md`)."""

from __future__ import annotations

from collections.abc import Sequence

from abono.kernel.money import MICRO
from abono.kernel.rating import div_half_up


def taken_off(fees_minor: Sequence[int], *, rate_micro: int | None, amount_minor: int = 0) -> list[int]:
    """What is taken off each fee: never more than the fee.

    rate_micro     its share in millionths, at most all of it, rounded half up once
    amount_minor   without a rate: so much, off the first fee as far as it goes, the rest off the next
    """
    if rate_micro is not None:
        return [div_half_up(fee * rate_micro, MICRO) for fee in fees_minor]
    found = []
    for fee in fees_minor:
        off = min(fee, amount_minor)
        amount_minor -= off
        found.append(off)
    return found
