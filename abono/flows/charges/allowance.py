"""What a cycle grants: the one place that says so."""

from __future__ import annotations

from dataclasses import dataclass, replace

from abono.domain.catalog.models import Package
from abono.domain.catalog.types import PackageInfo
from abono.domain.contracts.models import Contract, Term
from abono.domain.settings import queries as settings
from abono.domain.settings.known import LIMIT_PERCENT, OVERAGE_PRICE_PERCENT, limit_percent
from abono.domain.settings.trials import TRIAL_SENDS, TRIAL_SENDS_PERCENT
from abono.domain.settings.types import Whose
from abono.flows.charges.months import share_of
from abono.flows.charges.served import share_served
from abono.kernel.money import Money
from abono.kernel.periods import Period
from abono.kernel.proration import granted_of, left_of
from abono.kernel.rating import ceiling, to_micro, tried


@dataclass(frozen=True, slots=True)
class Allowance:
    """Of one cycle. `value_micro` is the package, `ceiling_micro` package and overage limit; `overage_percent` what is beyond
    the package costs, of the session prices (LIM-1)."""

    value_micro: int
    ceiling_micro: int
    included_interactions: int
    overage_percent: int


def allowance(contract: Contract, term: Term, *, cycle: Period) -> Allowance:
    """What plan and package of a term give in a cycle of its contract, with the settings that held at its start. A cycle that
    is a part of its month has that part of both (INV-2); one that begins restricted has the package from its release on, and the
    interactions whatever happens, since contacts go on writing (END-5)."""
    share = share_of(contract, cycle)
    value_micro = package_micro(contract, term.package, cycle=cycle)
    whose = Whose(term.plan.code, term.contract_id)
    own, overage = settings.values(LIMIT_PERCENT, OVERAGE_PRICE_PERCENT, whose=whose, at=cycle.start)
    whole = Allowance(
        value_micro=value_micro,
        ceiling_micro=ceiling(value_micro, limit_percent(term.plan.limit_percent, own)),
        included_interactions=granted_of(term.plan.included_credits or 0, share),
        overage_percent=overage,
    )
    return _tried(whole, contract, term) if contract.in_trial(cycle) else whole


def package_micro(contract: Contract, package: Package | PackageInfo, *, cycle: Period) -> int:
    """What a package is worth in a cycle of a contract, a trial apart."""
    return to_micro(Money(left_of(package.value_minor, share_served(contract, cycle)), package.currency))


def _tried(whole: Allowance, contract: Contract, term: Term) -> Allowance:
    """What a trial gives of it (INV-10), as the settings were when the contract was made."""
    whose, at = Whose(term.plan.code), contract.signed_at
    bears, percent = settings.values(TRIAL_SENDS, TRIAL_SENDS_PERCENT, whose=whose, at=at)
    value_micro, ceiling_micro = tried(whole.value_micro, whole.ceiling_micro, bears=bears, percent=percent)
    overage = 100 if bears == "customer" else whole.overage_percent
    return replace(whole, value_micro=value_micro, ceiling_micro=ceiling_micro, overage_percent=overage)
