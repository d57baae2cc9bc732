"""From prices and quantities to money. One rounding per invoice line, half up, here and nowhere else (INV-3)."""

from __future__ import annotations

from collections.abc import Sequence

from abono.kernel.money import Money, micro_per_minor


def div_half_up(numerator: int, denominator: int) -> int:
    """Whole quotient, a half rounded away from zero. `denominator` is positive."""
    if denominator <= 0:
        raise ValueError("the denominator is positive")
    quotient = (2 * abs(numerator) + denominator) // (2 * denominator)
    return quotient if numerator >= 0 else -quotient


def to_money(amount_micro: int, currency: str) -> Money:
    """Millionths to minor units, half up: 0.005 of a currency with cents is one cent."""
    return Money(div_half_up(amount_micro, micro_per_minor(currency)), currency)


def to_micro(amount: Money) -> int:
    """Minor units to millionths; exact."""
    return amount.minor * micro_per_minor(amount.currency)


def line_total(quantity: int, unit_price_micro: int, currency: str) -> Money:
    """Price of one invoice line; the one place where it is rounded."""
    return to_money(quantity * unit_price_micro, currency)


def apportion(whole: int, weights: Sequence[int]) -> list[int]:
    """`whole` in parts as the weights are to one another: whole numbers that add up to it. What rounding down leaves
    goes, one each, to the largest remainders, of equal ones to the first.

    Raises ValueError unless the weights are not negative and one of them is positive.
    """
    total = sum(weights)
    if total <= 0 or min(weights) < 0:
        raise ValueError("something must have a weight, and nothing a negative one")
    parts = [whole * weight // total for weight in weights]
    by_rest = sorted(range(len(weights)), key=lambda n: (-(whole * weights[n] % total), n))
    for n in by_rest[: whole - sum(parts)]:
        parts[n] += 1
    return parts


def volume(value_micro: int, session_price_micro: int, *, up: bool = True) -> int:
    """Sends that a package value is shown to allow: `ceil(value / price)`, or what really fits (CAT-4).

    Raises ValueError for a price that is not positive: a free channel has no volume.
    """
    if session_price_micro <= 0:
        raise ValueError("a free channel has no volume")
    return -(-value_micro // session_price_micro) if up else value_micro // session_price_micro


def ceiling(value_micro: int, limit_percent: int | None) -> int:
    """Package value plus overage limit (LIM-1), in millionths, rounded down.

    limit_percent   share of the value again; None means unlimited
    """
    if limit_percent is None:
        return UNLIMITED
    return value_micro + value_micro * limit_percent // 100


def tried(value_micro: int, ceiling_micro: int, *, bears: str, percent: int) -> tuple[int, int]:
    """Value and ceiling of a package in a trial, in millionths, rounded down (INV-10).

    bears   the sends: `seller`, so many percent of the package and no more; `package`, all of it, and what is beyond is overage;
            `customer`, none of it, so that all is
    """
    if bears == "seller":
        return value_micro * percent // 100, value_micro * percent // 100
    return (value_micro if bears == "package" else 0), ceiling_micro


def overage(used_micro: int, value_micro: int) -> int:
    """The part of the use beyond the package value, in millionths; never negative."""
    return max(0, used_micro - value_micro)


def overage_price(overage_micro: int, percent: int) -> int:
    """What use beyond the package costs at `percent` of the session prices (LIM-1), in millionths.

    Exact for session prices of at most four decimals, which is what the catalog takes; any others half up.
    """
    return div_half_up(overage_micro * percent, 100)


UNLIMITED = 2**62  # millionths; no sum of sends reaches it, and it still fits a bigint with room to add
