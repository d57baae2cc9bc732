"""What a coupon takes off the fixed fees of a cycle, as lines of their own beside those of the fees (INV-8).

A share follows its fee: by days where that goes by days, whole where it is whole. An amount is taken off plan, package and
licences in this order, as far as each goes, and always by days. So what was taken off is taken back as it was taken off.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from abono.domain.contracts.models import Contract
from abono.domain.coupons import queries as coupons
from abono.domain.coupons.rules import in_cycle
from abono.domain.coupons.types import Discount
from abono.domain.invoicing.states import LineKind
from abono.domain.invoicing.types import Discounted, NewLine
from abono.flows.charges.cycles import number_at
from abono.flows.charges.paid_for import Part
from abono.kernel.discount import taken_off
from abono.kernel.money import Money
from abono.kernel.periods import Period
from abono.kernel.proration import WHOLE, Days, left_of
from abono.kernel.rating import to_micro


@dataclass(frozen=True, slots=True)
class Fee:
    """A whole fixed fee: what a line that takes something off it is, the code of the plan or package that a coupon names, how
    it is sold, and what it pays for."""

    kind: LineKind
    code: str
    name: str
    amount: Money
    pays: Part


def discount_in(contract: Contract, begins: datetime) -> Discount | None:
    """What a coupon takes off the fees of the contract's cycle that begins at a moment, as far as is known now."""
    rows = coupons.redeemed(contract)
    had = in_cycle(rows, number_at(contract, begins)) if rows else None
    return None if had is None or had.coupon is None else had.coupon.discount(contract.currency)


def whole(fees: Sequence[Fee], discount: Discount | None) -> list[NewLine]:
    """What is taken off the fees of a cycle in which nothing changes."""
    if discount is None:
        return []
    lines = [_line(fee, off, discount, fee.pays.period, _every(fee)) for fee, off in _off(fees, discount)]
    return [line for line in lines if line.amount.minor]


def difference(
    before: Sequence[Fee],
    after: Sequence[Fee],
    discount: Discount | None,
    since: datetime,
    left: Callable[[Part], Days],
) -> list[NewLine]:
    """What a change takes back of a discount, and what it takes off instead.

    left   of what a fee pays for
    """
    if discount is None:
        return []
    lines = []
    for (old, was), (new, is_) in zip(_off(before, discount), _off(after, discount), strict=True):
        period = old.pays.rest(since)
        parted = _every(old) if _is_whole(old, discount) else left(old.pays)
        if _share(was, parted) != _share(is_, parted):
            lines += [
                _line(old, was, discount, period, parted, back=True),
                _line(new, is_, discount, period, parted),
            ]
    return [line for line in lines if line.amount.minor]


def _every(fee: Fee) -> Days | None:
    """The days for which a fee is asked in its period; None for all of them."""
    return None if fee.pays.share == WHOLE else fee.pays.share


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
