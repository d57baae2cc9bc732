"""How a change is reckoned, as the settings say at its moment (CHG-3, CHG-4, CHG-5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from abono.domain.contracts.models import Contract
from abono.domain.settings import queries as settings
from abono.domain.settings.known import (
    CHANGE_DIFFERENCE,
    CHANGE_INTERACTIONS,
    CHANGE_MINIMUM,
    CHANGE_PRORATION,
    CHANGE_STEP_DOWN,
    YEAR_UNUSED,
)
from abono.domain.settings.types import Whose
from abono.flows.charges.months import month_of, share_of
from abono.kernel.money import Money
from abono.kernel.periods import Period
from abono.kernel.proration import allowance_after, days_left


@dataclass(frozen=True, slots=True)
class Ways:
    """down_at_once   a step down does not wait for the next cycle
    unit           by which what is left of a fee counts: `fees.difference`
    put_off        the difference is put on the next invoice, and so is one below `minimum_minor`, which no means takes
    year_goes_on   what is less than a paid year waits for its end; else the months that are left are credited (CAT-10)
    by_day         interactions are granted and taken back for the days that are left; else all of them
    """

    down_at_once: bool
    unit: str
    put_off: bool
    minimum_minor: int
    by_day: bool
    year_goes_on: bool

    def paid_by(self, difference: Money, balance: Money) -> tuple[Money, bool]:
        """What credit pays of a difference, and whether that is put on the next invoice instead: then credit pays there."""
        nothing = Money(0, difference.currency)
        if difference <= nothing:
            return nothing, False
        credit = min(balance, difference)
        if self.put_off or nothing < difference - credit < Money(self.minimum_minor, difference.currency):
            return nothing, True
        return credit, False

    def interactions(
        self,
        contract: Contract,
        cycle: Period,
        had: int,
        plans: tuple[int | None, int | None],
        *,
        since: datetime,
    ) -> int:
        """How many the cycle has once its plan is another one: it `had` some, of `plans` that include so many each month
        (CHG-5)."""
        if self.by_day:
            days = days_left(month_of(contract, cycle), since, contract.customer.time_zone)
        else:
            days = share_of(contract, cycle)
        before, after = plans
        return allowance_after(had, before or 0, after or 0, days)


def ways(contract: Contract, *, plan_code: str, at: datetime) -> Ways:
    """Of a change that leaves a plan."""
    down, unit, difference, minimum, interactions, year = settings.values(
        CHANGE_STEP_DOWN,
        CHANGE_PRORATION,
        CHANGE_DIFFERENCE,
        CHANGE_MINIMUM,
        CHANGE_INTERACTIONS,
        YEAR_UNUSED,
        whose=Whose(plan_code, contract.id),
        at=at,
    )
    return Ways(
        down_at_once=down == "at_once",
        unit=unit,
        put_off=difference == "next_invoice",
        minimum_minor=0 if minimum == "none" else minimum.get(contract.currency, 0),
        by_day=interactions == "by_day",
        year_goes_on=year == "end",
    )
