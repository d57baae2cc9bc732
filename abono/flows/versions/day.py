"""From when a contract goes on at other prices: they do not rise within twelve months, and a rise is told before (CAT-13)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from abono.domain.contracts.models import Contract
from abono.domain.settings import queries as settings
from abono.domain.settings.known import PRICE_KEPT_MONTHS, kept_months
from abono.flows.billing.cycles import cycle_of
from abono.kernel.periods import add_months, local_date

NOTICE = timedelta(days=30)


class Waits(StrEnum):
    """Why a contract does not go on with its very next cycle."""

    KEPT = "kept"  # its price was set less than twelve months before
    NOTICE = "notice"  # a rise is told thirty days before


@dataclass(frozen=True, slots=True)
class Rises:
    """Which parts of a contract become dearer."""

    plan: bool
    package: bool


@dataclass(frozen=True, slots=True)
class Begins:
    """The first cycle with the other prices."""

    number: int
    at: datetime
    waits: Waits | None


def begins(contract: Contract, rises: Rises, *, now: datetime) -> Begins:
    """The next cycle where nothing rises, else the first after the twelve months and the notice.

    now   real time; days are counted on the customer's clock
    """
    assert contract.cycle_number is not None
    assert contract.cycle_end is not None
    number = contract.cycle_number + 1
    if not (rises.plan or rises.package):
        return Begins(number, contract.cycle_end, None)
    zone, shown = contract.customer.time_zone, contract.customer_now(now)
    told = local_date(shown, zone) + NOTICE
    kept = _kept_until(contract, rises, at=now)
    first, start = number, contract.cycle_end
    while local_date(start, zone) < max(told, kept):
        number += 1
        start = cycle_of(contract, number).start
    late = Waits.KEPT if kept > told else Waits.NOTICE
    return Begins(number, start, None if number == first else late)


def _kept_until(contract: Contract, rises: Rises, *, at: datetime) -> date:
    """The local day from which the prices of the parts that rise may be others."""
    assert contract.adhesion_date is not None
    months = kept_months(settings.value(PRICE_KEPT_MONTHS, at=at), contract.customer.country)
    parts = [name for name, rise in (("plan_id", rises.plan), ("package_id", rises.package)) if rise]
    return max(add_months(_set_on(contract, part), months) for part in parts)


def _set_on(contract: Contract, part: str) -> date:
    """The local day since which the contract has this version of its plan, or of its package."""
    assert contract.adhesion_date is not None
    assert contract.cycle_end is not None
    since, version = contract.adhesion_date, getattr(contract.timeline[0], part)
    moments = sorted({one.begins_at for one in contract.timeline if one.begins_at is not None})
    for moment in moments:
        held = getattr(contract.at(moment), part)
        if held != version and moment < contract.cycle_end:
            since, version = local_date(moment, contract.customer.time_zone), held
    return since
