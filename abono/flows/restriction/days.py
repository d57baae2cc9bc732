"""On which day a debt ends its contract, and when somebody looks at that (END-5)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from abono.domain.contracts.models import Contract
from abono.domain.restrictions.due import look_at
from abono.domain.restrictions.queries import of_debt
from abono.domain.restrictions.states import Cause
from abono.domain.restrictions.types import RestrictionInfo
from abono.domain.settings import queries as settings
from abono.domain.settings.restriction import END_AFTER
from abono.domain.settings.types import Whose
from abono.kernel.periods import day_start, local_date

TOLD_BEFORE = (timedelta(days=14), timedelta(days=3))
"""So long before the end the customer is told, each time at least."""


def day_of_end(debt: RestrictionInfo, *, plan_code: str, zone: str, now: datetime) -> date:
    """The local day at whose first instant the contract ends, unless what is overdue is settled before: after both notices, and
    never sooner than they said. A seller who gives more days gives them all the same."""
    days = settings.value(END_AFTER, whose=Whose(plan_code, debt.contract_id), at=now)
    possible = [local_date(debt.made_at, zone) + timedelta(days=days)]
    if debt.ends_on is not None:
        possible.append(debt.ends_on)
    if debt.told < len(TOLD_BEFORE):
        possible.append(local_date(now, zone) + TOLD_BEFORE[debt.told])
    return max(possible)


def ends_on(one: RestrictionInfo, *, plan_code: str, zone: str, now: datetime) -> date | None:
    """The same of any restriction: None of the seller's word, and of what was lifted."""
    if one.cause is not Cause.DEBT or one.lifted_at is not None:
        return None
    return day_of_end(one, plan_code=plan_code, zone=zone, now=now)


def look_next(contract: Contract, *, now: datetime) -> date:
    """Have it looked at on the next of its days: that of a notice, or its last. Returns the last one. The caller holds the
    contract, which a debt restricts."""
    debt, zone = of_debt(contract.id), contract.customer.time_zone
    assert debt is not None
    last = day_of_end(debt, plan_code=contract.plan.code, zone=zone, now=now)
    day = last - TOLD_BEFORE[debt.told] if debt.told < len(TOLD_BEFORE) else last
    tomorrow = local_date(now, zone) + timedelta(days=1)
    look_at(contract, day_start(max(day, tomorrow), zone), now=now)
    return last
