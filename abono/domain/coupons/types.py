"""What other packages see of coupons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Discount:
    """What is taken off the fixed fees of a cycle: a share in millionths, or without one an amount in minor units.

    plans, packages   codes of those whose fees it is taken off; of all when both are empty
    cycles            how many have it from its first on; None: all
    """

    code: str
    rate_micro: int | None
    amount_minor: int
    plans: tuple[str, ...]
    packages: tuple[str, ...]
    cycles: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCoupon:
    """What a coupon is to be; as `models.Coupon`."""

    code: str
    rate_micro: int | None
    amounts: Mapping[str, int] | None
    cycles: int | None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    plans: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    first_only: bool = False
    most: int | None = None
    most_each: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponInfo(NewCoupon):
    """One coupon. `redeemed` counts the contracts that have it or had it, of all customers."""

    id: UUID
    public_id: str
    why: str
    made_at: datetime
    ended_at: datetime | None
    ended_why: str
    redeemed: int = 0

    def discount(self, currency: str) -> Discount:
        """What it takes off in a currency. Raises KeyError for one that it has no amount in."""
        amount = 0 if self.amounts is None else self.amounts[currency]
        return Discount(self.code, self.rate_micro, amount, self.plans, self.packages, self.cycles)


@dataclass(frozen=True, slots=True)
class Redeemed:
    """A row of a contract's list: from which cycle on it has a coupon; None: none any more."""

    id: UUID
    coupon: CouponInfo | None
    first_cycle: int
    contract_id: UUID
    why: str
    actor: str
    written_at: datetime

    def has(self, cycle: int) -> bool:
        """Whether it takes something off cycle number `cycle`, as far as this row says."""
        if self.coupon is None or cycle < self.first_cycle:
            return False
        return self.coupon.cycles is None or cycle < self.first_cycle + self.coupon.cycles


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who would have it: an organization is its tax id, and those that it had before."""

    country: str
    tax_id: str
    former_tax_ids: tuple[str, ...] = ()

    @property
    def tax_ids(self) -> tuple[str, ...]:
        return self.tax_id, *self.former_tax_ids
