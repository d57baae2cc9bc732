"""Coupons in words: what one takes off, and since when a contract has it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from abono.domain.contracts.types import ContractInfo
from abono.domain.coupons.types import CouponInfo, Redeemed
from abono.kernel.periods import add_months
from abono.platform import formats


@dataclass(frozen=True, slots=True)
class Had:
    """A row of a contract's list: from cycle number `cycle`, counted from 1, on it has the coupon; None: none any more.

    day   on which that cycle begins or began; None of a contract that has not begun
    """

    coupon: CouponInfo | None
    off: str
    cycle: int
    day: date | None
    why: str
    actor: str
    written_at: datetime


def had(one: Redeemed, contract: ContractInfo, language: str) -> Had:
    off = "" if one.coupon is None else takes_off(one.coupon, language, contract.currency)
    day = contract.adhesion_date
    if one.first_cycle and contract.counted_from is not None:
        months = one.first_cycle - (contract.trial_until is not None)  # which is cycle 0
        day = add_months(contract.counted_from, months)
    return Had(one.coupon, off, one.first_cycle + 1, day, one.why, one.actor, one.written_at)


def takes_off(coupon: CouponInfo, language: str, currency: str = "") -> str:
    """A share, or an amount in each of its currencies, or in one."""
    if coupon.rate_micro is not None:
        return formats.rate(coupon.rate_micro, language)
    amounts = {code: minor for code, minor in (coupon.amounts or {}).items() if currency in ("", code)}
    return ", ".join(formats.minor(minor, code, language) for code, minor in amounts.items())
