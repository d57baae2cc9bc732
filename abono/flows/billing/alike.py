"""What contracts that are alike pay when their next cycle begins, reckoned once for all of them.

The book of charges is asked for one of them; what it says holds for each that gives it the same to go by. Whose fees depend
on more than is named here has no likeness, and is reckoned by itself.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

from abono.domain.contracts.models import Contract
from abono.domain.contracts.types import MONTH
from abono.domain.coupons import queries as coupons
from abono.domain.invoicing import taxes
from abono.domain.invoicing.types import Billed, NewLine
from abono.domain.metering.types import Balance
from abono.domain.restrictions import queries as restrictions
from abono.domain.settings import queries as settings
from abono.domain.settings.licences import LICENCES_OVER_PERCENT
from abono.flows.charges.renewal import Fees, renewal_fees, renewal_lines

_WHOLE = 3  # from this cycle on neither a trial nor a part of a month is looked at any more


@dataclass(slots=True)
class Alike:
    """What was reckoned of some contracts, by what they are alike in."""

    _fees: dict[Hashable, Fees] = field(default_factory=dict)
    _without_use: dict[Hashable, Sequence[NewLine]] = field(default_factory=dict)

    def lines(
        self, contract: Contract, opened: Sequence[Balance], billed: Billed, *, own_settings: bool
    ) -> Sequence[NewLine]:
        """`renewal_lines` of a contract that is in its new cycle, with their taxes.

        opened         its cycles, newest first
        billed         what its invoices ask for of the cycles that are looked at
        own_settings   whether anything was ever set for it alone
        """
        assert contract.cycle_number is not None
        number, buyer = contract.cycle_number, contract.customer
        likeness = None if own_settings else _likeness(contract, opened, billed)
        if likeness is None:
            lines = renewal_lines(contract, number, opened, billed=billed)
            return taxes.taxed(lines, buyer.country, buyer.tax_id)
        fees = self._fees.get(likeness)
        if fees is None:
            fees = self._fees[likeness] = renewal_fees(contract, number, opened, billed=billed)
        if _used(opened):
            lines = renewal_lines(contract, number, opened, billed=billed, fees=fees)
            return taxes.taxed(lines, buyer.country, buyer.tax_id)
        whole = self._without_use.get(likeness)
        if whole is None:
            lines = renewal_lines(contract, number, opened, billed=billed, fees=fees)
            whole = self._without_use[likeness] = taxes.taxed(lines, buyer.country, buyer.tax_id)
        return whole


def _likeness(contract: Contract, opened: Sequence[Balance], billed: Billed) -> Hashable | None:
    """All by which the fees of a contract are reckoned, which is sold by the month as it was two cycles ago, never restricted,
    without prices of its own or a coupon."""
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
    return (
        term.plan_id,
        term.package_id,
        term.extra_licences,
        contract.currency,
        buyer.country,
        taxes.buyer_kind(buyer.country, buyer.tax_id) if taxes.ask_for_buyers() else "",
        buyer.time_zone,
        period,
        tuple(one.cycle for one in opened),
        frozenset(billed.fees.items()),
    )


def _used(opened: Sequence[Balance]) -> bool:
    """Whether anything beyond the allowances may be to bill."""
    return settings.ever_set(LICENCES_OVER_PERCENT) or any(
        one.overage_price_micro or one.extra_interactions for one in opened
    )
