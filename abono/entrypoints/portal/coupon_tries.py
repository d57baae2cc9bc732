"""How often codes of coupons may be tried: who tries many is guessing. Then the next one waits (INV-8)."""

from __future__ import annotations

from datetime import timedelta

from abono.platform import clock, throttle

FREE_TRIES = 20  # from one address, or of one customer, before the first pause


def spend(where: str) -> timedelta:
    """Count one code that somebody tries, by an address or a customer. How long the next one has to wait: zero, mostly."""
    return throttle.spend(f"coupon:{where}", free=FREE_TRIES, now=clock.now())
