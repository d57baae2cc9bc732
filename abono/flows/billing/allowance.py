"""What a cycle grants: the one place that says so."""

from __future__ import annotations

from dataclasses import dataclass

from abono.domain.catalog import queries as catalog
from abono.domain.contracts.models import Contract
from abono.domain.settings import queries as settings
from abono.domain.settings.known import LIMIT_PERCENT, OVERAGE_PRICE_PERCENT, limit_percent
from abono.domain.settings.types import Whose
from abono.kernel.money import Money
from abono.kernel.periods import Period
from abono.kernel.rating import ceiling, to_micro


@dataclass(frozen=True, slots=True)
class Allowance:
    """Of one cycle. `value_micro` is the package, `ceiling_micro` package and overage limit; `overage_percent` what is beyond
    the package costs, of the session prices (LIM-1)."""

    value_micro: int
    ceiling_micro: int
    included_interactions: int
    overage_percent: int


def allowance(contract: Contract, *, cycle: Period, package_value_minor: int) -> Allowance:
    """What the contract's plan and a package of this value give in a cycle, with the settings that held at its start."""
    value_micro = to_micro(Money(package_value_minor, contract.currency))
    whose = Whose(contract.plan.code, contract.id)
    own = settings.value(LIMIT_PERCENT, whose=whose, at=cycle.start)
    return Allowance(
        value_micro=value_micro,
        ceiling_micro=ceiling(value_micro, limit_percent(contract.limit_percent, own)),
        included_interactions=catalog.plan(contract.plan_id).included_credits or 0,
        overage_percent=settings.value(OVERAGE_PRICE_PERCENT, whose=whose, at=cycle.start),
    )
