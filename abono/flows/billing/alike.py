"""What contracts that are alike pay, get and are asked for when their next cycle begins, reckoned once for all of them.

The book of charges is asked for one of them; what it says holds for each that gives it the same to go by. Whose fees depend
on more than is named here has no likeness, and is reckoned by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, cast

from abono.domain.contracts.models import Contract
from abono.domain.contracts.types import MONTH
from abono.domain.coupons import queries as coupons
from abono.domain.invoicing import taxes
from abono.domain.invoicing.types import Billed, NewLine
from abono.domain.metering.types import Balance, NewCycle
from abono.domain.restrictions import queries as restrictions
from abono.domain.settings import queries as settings
from abono.domain.settings.licences import LICENCES_OVER_PERCENT
from abono.flows.billing.due import due_on
from abono.flows.billing.invoices import unpaid_followed_at
from abono.flows.charges.cycles import cycle_of, to_open
from abono.flows.charges.renewal import renewal_fees, renewal_lines

_MOST = 1_000  # likenesses of which things are kept: some MB
_WHOLE = 3  # from this cycle on neither a trial nor a part of a month is looked at any more


@dataclass(frozen=True, slots=True)
class Begun:
    """A contract in its new cycle, with what the book of charges is given.

    opened     its cycles, newest first
    billed     what its invoices ask for of the cycles that are looked at
    likeness   None where it is reckoned by itself; of one `Alike`
    """

    contract: Contract
    opened: Sequence[Balance]
    billed: Billed
    likeness: Likeness | None

    @classmethod
    def of(
        cls,
        contract: Contract,
        opened: Sequence[Balance],
        billed: Billed,
        *,
        own_settings: bool,
        by_kind: bool,
    ) -> Begun:
        """
        own_settings   whether anything was ever set for it alone
        by_kind        `taxes.ask_for_buyers`
        """
        likeness = None if own_settings else _likeness(contract, opened, billed, by_kind)
        return cls(contract, opened, billed, likeness)


@dataclass(slots=True)
class Alike:
    """What was reckoned of some contracts at one moment, by what it is and what they are alike in. What is set for later than that
    moment is none of it, so that all chunks of a run share it; of so many kinds of contracts that memory counts, it begins anew.
    """

    now: datetime
    _kept: dict[Likeness, dict[str, object]] = field(default_factory=dict)

    def lines(self, begun: Begun) -> Sequence[NewLine]:
        """`renewal_lines`, with their taxes."""
        contract, opened, billed = begun.contract, begun.opened, begun.billed
        assert contract.cycle_number is not None
        number, buyer = contract.cycle_number, contract.customer

        def whole() -> Sequence[NewLine]:
            fees = self._once("fees", begun, lambda: renewal_fees(contract, number, opened, billed=billed))
            lines = renewal_lines(contract, number, opened, billed=billed, fees=fees)
            return taxes.taxed(lines, buyer.country, buyer.tax_id)

        return whole() if _used(opened) else self._once("lines", begun, whole)

    def to_open(self, begun: Begun) -> list[NewCycle]:
        """The cycle that begins, if a restore lost it, and the one after it."""
        opening = self._once("cycles", begun, lambda: _to_open(begun))
        return [one.of(begun.contract.id) for one in opening]

    def asked(self, begun: Begun) -> tuple[date, datetime | None]:
        """When its invoice is due, and when it is looked at if nobody pays it."""

        def ask() -> tuple[date, datetime | None]:
            due_date = due_on(begun.contract, now=self.now)
            return due_date, unpaid_followed_at(begun.contract, due_date, now=self.now)

        return self._once("asked", begun, ask)

    def _once[What](self, what: str, begun: Begun, reckon: Callable[[], What]) -> What:
        likeness = begun.likeness
        if likeness is None:
            return reckon()
        if likeness.kept is None:
            if len(self._kept) >= _MOST:
                self._kept.clear()
            likeness.kept = self._kept.setdefault(likeness, {})
        if what not in likeness.kept:
            likeness.kept[what] = reckon()
        return cast(What, likeness.kept[what])


def _to_open(begun: Begun) -> list[NewCycle]:
    contract, opened = begun.contract, begun.opened
    assert contract.cycle is not None
    assert contract.cycle_number is not None
    following = cycle_of(contract, contract.cycle_number + 1, opened)
    found = (to_open(contract, cycle, opened) for cycle in (contract.cycle, following))
    return [one for one in found if one is not None]


def _likeness(
    contract: Contract, opened: Sequence[Balance], billed: Billed, by_kind: bool
) -> Likeness | None:
    """All by which the fees and the allowances of a contract are reckoned, which is sold by the month as it was two cycles ago,
    never restricted, without prices of its own or a coupon."""
    term, buyer, period, number = contract.term, contract.customer, contract.cycle, contract.cycle_number
    if (
        period is None
        or number is None
        or len(contract.timeline) > 1
        or term.interval != MONTH
        or contract.arrangements_now
        or number < _WHOLE
        or coupons.redeemed(contract)
        or restrictions.spells(contract)
    ):
        return None
    key: tuple[Any, ...] = (
        term.plan_id,
        term.package_id,
        term.extra_licences,
        contract.currency,
        buyer.country,
        taxes.buyer_kind(buyer.country, buyer.tax_id) if by_kind else "",
        buyer.time_zone,
        number,
        contract.anchor,
        contract.trial_until,
        period,
        tuple([one.allowances for one in opened]),
        billed.key,
    )
    return Likeness(key)


class Likeness:
    """What those are alike in of which it is the same; its hash is reckoned once. `kept`: what was reckoned of them, once it was
    looked for: to compare two costs more than all else that is asked of them."""

    __slots__ = ("_hash", "_of", "kept")

    def __init__(self, of: tuple[Any, ...]) -> None:
        self._of, self._hash = of, hash(of)
        self.kept: dict[str, object] | None = None

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Likeness) and self._of == other._of


def _used(opened: Sequence[Balance]) -> bool:
    """Whether anything beyond the allowances may be to bill."""
    return settings.ever_set(LICENCES_OVER_PERCENT) or any(
        one.overage_micro or one.extra_interactions for one in opened
    )
