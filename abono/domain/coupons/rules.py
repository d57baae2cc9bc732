"""Whether a coupon can be redeemed, and which one a cycle has. Pure decisions (INV-8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from abono.domain.coupons.errors import (
    CouponElsewhere,
    CouponNotValid,
    CouponOnlyFirst,
    CouponTwice,
    CouponUsedUp,
)
from abono.domain.coupons.types import CouponInfo, Redeemed


@dataclass(frozen=True, slots=True)
class Wanted:
    """For what somebody wants it, and how often it was redeemed.

    country   of the buyer; empty where it is not known yet
    each      by the same organization
    first     whether it never had a contract
    """

    plan_code: str
    package_code: str
    currency: str
    country: str
    first: bool = True
    each: int = 0


def check(coupon: CouponInfo, wanted: Wanted, *, now: datetime) -> None:
    """Raises CouponNotValid, CouponElsewhere, CouponOnlyFirst, CouponTwice, CouponUsedUp."""
    early = coupon.valid_from is not None and now < coupon.valid_from
    late = coupon.valid_until is not None and now >= coupon.valid_until
    if early or late or coupon.ended_at is not None:
        raise CouponNotValid()
    somewhere = not (coupon.plans or coupon.packages)
    if (
        (wanted.country and coupon.countries and wanted.country not in coupon.countries)
        or (coupon.amounts is not None and wanted.currency not in coupon.amounts)
        or not (somewhere or wanted.plan_code in coupon.plans or wanted.package_code in coupon.packages)
    ):
        raise CouponElsewhere()
    if coupon.first_only and not wanted.first:
        raise CouponOnlyFirst()
    if wanted.each >= coupon.most_each:
        raise CouponTwice()
    if coupon.most is not None and coupon.redeemed >= coupon.most:
        raise CouponUsedUp()


def check_again(coupon: CouponInfo, before: int) -> None:
    """before   how often the same contract got it. Raises CouponTwice."""
    if before >= coupon.most_each:
        raise CouponTwice()


def in_cycle(rows: Sequence[Redeemed], cycle: int) -> Redeemed | None:
    """Which coupon a contract has in a cycle: what was written last of it counts."""
    said = next((one for one in reversed(rows) if one.first_cycle <= cycle), None)
    return said if said is not None and said.has(cycle) else None
