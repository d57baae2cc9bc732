"""From which day on a cycle that begins while its contract is restricted is served and paid for (END-5).

Whoever restricts it: nothing goes out and nobody comes in, for a debt as by the seller's word.
"""

from __future__ import annotations

from datetime import datetime

from abono.domain.contracts.models import Contract
from abono.domain.restrictions import queries as restrictions
from abono.domain.restrictions.rules import restricted_until
from abono.domain.settings import queries as settings
from abono.domain.settings.restriction import RESTRICTED_PLAN_FEE
from abono.domain.settings.types import Whose
from abono.flows.charges.months import month_of, share_of
from abono.kernel.periods import Period, day_start, local_date
from abono.kernel.proration import NOTHING, WHOLE, Days, days_left


def served_from(contract: Contract, period: Period) -> datetime | None:
    """Its beginning, or the first instant of the local day on which it is released; None where that is not within it, as far as
    is known now. What is restricted once more after that is paid for."""
    spells = restrictions.spells(contract)
    until = restricted_until(spells, period.start) if spells else None
    if until is None:
        return period.start
    if until >= period.end or (contract.ended_at is not None and until >= contract.ended_at):
        return None
    zone = contract.customer.time_zone
    return max(period.start, day_start(local_date(until, zone), zone))


def share_served(contract: Contract, period: Period) -> Days:
    """What part of its month a cycle is, by the days of it that are served."""
    since = served_from(contract, period)
    if since == period.start:
        return share_of(contract, period)
    return left_from(contract, month_of(contract, period), since)


def left_from(contract: Contract, whole: Period, since: datetime | None) -> Days:
    """What is left of a month or a year from a day on."""
    if since is None:
        return NOTHING
    return WHOLE if since == whole.start else days_left(whole, since, contract.customer.time_zone)


def plan_waits(contract: Contract, period: Period) -> bool:
    """Whether the fees of plan and licences of what begins restricted wait for the release too, as the setting said then."""
    whose = Whose(contract.at(period.start).plan.code, contract.id)
    return settings.value(RESTRICTED_PLAN_FEE, whose=whose, at=period.start) == "from_release"
