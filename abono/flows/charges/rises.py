"""From when a contract goes on at other prices: they do not rise within twelve months, and a rise is told before (CAT-13)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from abono.domain.contracts.models import Contract
from abono.domain.contracts.states import Arranged
from abono.domain.settings import queries as settings
from abono.domain.settings.known import PRICE_KEPT_MONTHS, kept_months
from abono.flows.charges.cycles import cycle_of
from abono.flows.charges.held import Held
from abono.flows.charges.paid_for import is_within_year
from abono.kernel.periods import add_months, local_date
from abono.kernel.rating import to_micro

NOTICE = timedelta(days=30)
_PLAN = "plan_id", (Arranged.PLAN, Arranged.EXTRA_INTERACTION, Arranged.EXTRA_LICENCE)
_PACKAGE = "package_id", (Arranged.PACKAGE,)


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
    """The next cycle where nothing rises, else the first after the twelve months and the notice; of a plan that is paid for by
    the year not before a paid year is over (CAT-10).

    now   real time; days are counted on the customer's clock
    """
    assert contract.cycle_number is not None
    assert contract.cycle_end is not None
    number = contract.cycle_number + 1
    if not (rises.plan or rises.package):
        return Begins(number, contract.cycle_end, None)
    zone, told = contract.customer.time_zone, _told_from(contract, now=now)
    first, start, day = number, contract.cycle_end, rise_day(contract, rises, now=now)
    while local_date(start, zone) < day or (rises.plan and is_within_year(contract, start)):
        number += 1
        start = cycle_of(contract, number).start
    late = Waits.KEPT if day > told else Waits.NOTICE
    return Begins(number, start, None if number == first else late)


def rise_day(contract: Contract, rises: Rises, *, now: datetime) -> date:
    """The first local day on which these parts may become dearer, if it is told today."""
    return max(_told_from(contract, now=now), _kept_until(contract, rises, at=now))


def prices(what: Held) -> dict[Arranged, int]:
    """All that can rise, in millionths: what a price of the contract's own takes the place of."""
    return {
        Arranged.PLAN: to_micro(what.price.price),
        Arranged.PACKAGE: to_micro(what.package_fee),
        Arranged.EXTRA_INTERACTION: what.price.extra_interaction_micro,
        Arranged.EXTRA_LICENCE: to_micro(what.price.extra_licence),
    }


def set_on(contract: Contract, rises: Rises) -> date:
    """The local day since which the contract has all of these parts at their prices."""
    return max(_set_on(contract, *part) for part in _parts(rises))


def _parts(rises: Rises) -> list[tuple[str, tuple[Arranged, ...]]]:
    return [part for part, rise in ((_PLAN, rises.plan), (_PACKAGE, rises.package)) if rise]


def _told_from(contract: Contract, *, now: datetime) -> date:
    return local_date(contract.customer_now(now), contract.customer.time_zone) + NOTICE


def _kept_until(contract: Contract, rises: Rises, *, at: datetime) -> date:
    """The local day from which the prices of the parts that rise may be others."""
    assert contract.adhesion_date is not None
    months = kept_months(settings.value(PRICE_KEPT_MONTHS, at=at), contract.customer.country)
    return max(add_months(_set_on(contract, *part), months) for part in _parts(rises))


def _set_on(contract: Contract, part: str, own: Collection[Arranged]) -> date:
    """The local day since which the contract has this version of its plan, or of its package, at prices of its own or not."""
    assert contract.adhesion_date is not None
    assert contract.cycle_end is not None
    since, version = contract.adhesion_date, getattr(contract.timeline[0], part)
    moments = sorted({one.begins_at for one in contract.timeline if one.begins_at is not None})
    for moment in moments:
        held = getattr(contract.at(moment), part)
        if held != version and moment < contract.cycle_end:
            since, version = local_date(moment, contract.customer.time_zone), held
    kinds = {one.value for one in own}
    codes = contract.plan.code, contract.package.code
    known = contract.arranged(contract.cycle_end)
    begun = [one for one in known if one.kind in kinds and one.of in codes]
    return max([since, *(local_date(one.since, contract.customer.time_zone) for one in begun)])
