"""What a coupon takes off the fixed fees of a cycle, as lines of their own beside those of the fees (INV-8).

A share follows its fee: by days where that goes by days, whole where it is whole. An amount is taken off plan, package and
licences in this order, as far as each goes, and always by days. So what was taken off is taken back as it was taken off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from abono.domain.contracts.models import Contract
from abono.domain.coupons import queries as coupons
from abono.domain.coupons.rules import in_cycle
from abono.domain.coupons.types import Discount
from abono.domain.invoicing.states import LineKind
from abono.domain.invoicing.types import Discounted, NewLine
from abono.kernel.discount import taken_off
from abono.kernel.money import Money
from abono.kernel.periods import Period, boundary_day
from abono.kernel.proration import WHOLE, Days, left_of
from abono.kernel.rating import to_micro


@dataclass(frozen=True, slots=True)
class Fee:
    """A fixed fee of a whole cycle: what a line that takes something off it is, the code of the plan or package that a coupon
    names, and how it is sold."""

    kind: LineKind
    code: str
    name: str
    amount: Money


def discount_in(contract: Contract, cycle: Period) -> Discount | None:
    """What a coupon takes off the fees of a contract's cycle, as far as is known now."""
    rows = coupons.redeemed(contract)
    had = in_cycle(rows, number_of(contract, cycle)) if rows else None
    return None if had is None or had.coupon is None else had.coupon.discount(contract.currency)


def number_of(contract: Contract, cycle: Period) -> int:
    """Which of the contract's cycles it is, from 0; the first one of a contract that has not begun."""
    if contract.adhesion_date is None:
        return 0
    day, first = boundary_day(cycle.start, contract.customer.time_zone), contract.adhesion_date
    return (day.year - first.year) * 12 + day.month - first.month


def whole(fees: Sequence[Fee], discount: Discount | None, cycle: Period) -> list[NewLine]:
    """What is taken off the fees of a cycle in which nothing changes."""
    if discount is None:
        return []
    return [_line(fee, off, discount, cycle) for fee, off in _off(fees, discount) if off]


def part(fees: Sequence[Fee], discount: Discount | None, cycle: Period, share: Days) -> list[NewLine]:
    """The same of a cycle that is a part of its month (INV-2)."""
    if discount is None:
        return []
    lines = [_line(fee, off, discount, cycle, share) for fee, off in _off(fees, discount)]
    return [line for line in lines if line.amount.minor]


def difference(
    before: Sequence[Fee],
    after: Sequence[Fee],
    discount: Discount | None,
    period: Period,
    days: Days,
    share: Days = WHOLE,
) -> list[NewLine]:
    """What a change within a cycle takes back of a discount, and what it takes off instead."""
    if discount is None:
        return []
    every = None if share == WHOLE else share
    lines = []
    for (old, was), (new, is_) in zip(_off(before, discount), _off(after, discount), strict=True):
        parted = every if _is_whole(old, discount) else days
        if _share(was, parted) != _share(is_, parted):
            lines += [
                _line(old, was, discount, period, parted, back=True),
                _line(new, is_, discount, period, parted),
            ]
    return [line for line in lines if line.amount.minor]


def _is_whole(fee: Fee, discount: Discount) -> bool:
    return fee.kind is LineKind.PACKAGE_DISCOUNT and discount.rate_micro is not None


def _off(fees: Sequence[Fee], discount: Discount) -> list[tuple[Fee, int]]:
    everything = not (discount.plans or discount.packages)
    named = {*discount.plans, *discount.packages}
    minors = [fee.amount.minor if everything or fee.code in named else 0 for fee in fees]
    off = taken_off(minors, rate_micro=discount.rate_micro, amount_minor=discount.amount_minor)
    return list(zip(fees, off, strict=True))


def _share(off: int, days: Days | None) -> int:
    return off if days is None else left_of(off, days)


def _line(
    fee: Fee, off: int, discount: Discount, period: Period, days: Days | None = None, *, back: bool = False
) -> NewLine:
    sign = 1 if back else -1
    amount = Money(_share(off, days) * sign, fee.amount.currency)
    how = Discounted(
        discount.code,
        fee.amount.minor * -sign,
        off * sign,
        discount.rate_micro,
        None if days is None else days.left,
        None if days is None else days.of,
    )
    return NewLine(fee.kind, fee.name, period, 1, to_micro(amount), amount, how)
