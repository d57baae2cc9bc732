"""A cycle as it was at an earlier moment: what it granted by then, and what was held and used of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from abono.domain.contracts import known
from abono.domain.contracts.models import Contract, Term
from abono.domain.interactions import queries as interactions
from abono.domain.metering import past
from abono.domain.metering import queries as metering
from abono.domain.metering.types import Balance
from abono.domain.settings import queries as settings
from abono.domain.settings.known import LIMIT_PERCENT, OVERAGE_PRICE_PERCENT, limit_percent
from abono.domain.settings.types import SetValue, Whose
from abono.flows.charges.allowance import Allowance, allowance
from abono.flows.quotes.ways import ways
from abono.kernel.periods import Period
from abono.kernel.rating import UNLIMITED, overage
from abono.platform import events


@dataclass(frozen=True, slots=True)
class Running:
    """The cycle that a contract is in, from 0."""

    number: int
    period: Period


class Untold(StrEnum):
    """Why something cannot be told."""

    LAID_AWAY = "laid_away"  # the sends of the cycle are not in these tables any more
    CHANGED_OTHERWISE = "changed_otherwise"  # what is in the books does not follow from what was written down
    NO_CYCLE = "no_cycle"  # the books have no such cycle


@dataclass(frozen=True, slots=True)
class CycleAsOf:
    """`_micro` are millionths of the contract's currency. What is None cannot be told, and `untold` says why.

    ceiling_micro   None as well where there was no limit: `unlimited`
    limit_percent   overage limit in % of the package, by the setting or the plan; None: none
    limit_set, overage_price_set   by which value of a setting; None: as it ships, or the plan says
    cap_micro       the customer's own; None: none
    blocked_at      since when sends were blocked at the limit; None: they were not
    """

    number: int
    period: Period
    value_micro: int | None
    unlimited: bool
    ceiling_micro: int | None
    limit_percent: int | None
    limit_set: SetValue | None
    overage_price_percent: int
    overage_price_set: SetValue | None
    included_interactions: int | None
    interactions: int
    held_micro: int | None
    used_micro: int | None
    cap_micro: int | None
    blocked_at: datetime | None
    untold: tuple[Untold, ...]

    @property
    def overage_micro(self) -> int | None:
        """What was used beyond the package."""
        if self.used_micro is None or self.value_micro is None:
            return None
        return overage(self.used_micro, self.value_micro)


@dataclass(frozen=True, slots=True)
class _Grants:
    """What a cycle grants at a moment, and when it was made more in it."""

    value_micro: int
    ceiling_micro: int
    included_interactions: int
    raised_at: tuple[datetime, ...] = ()


def cycle_as_of(contract: Contract, running: Running, at: datetime) -> CycleAsOf:
    start = running.period.start
    row = metering.find_cycle(contract_id=contract.id, cycle_start=start)
    grants, whole = _granted(contract, running, at), _granted(contract, running, running.period.end)
    use = past.use_at(contract.id, cycle_start=start, at=at)
    follows = row is not None and _fits(whole, row)
    term = known.term(contract, _first(contract, running))
    whose = Whose(term.plan.code, contract.id)
    own = settings.value(LIMIT_PERCENT, whose=whose, at=start)
    limits = events.about(contract.id, "own_limits.set", until=at)
    untold = {
        Untold.LAID_AWAY: use is None,
        Untold.NO_CYCLE: row is None,
        Untold.CHANGED_OTHERWISE: row is not None and not follows,
    }
    return CycleAsOf(
        number=running.number,
        period=running.period,
        value_micro=grants.value_micro if follows else None,
        unlimited=follows and grants.ceiling_micro == UNLIMITED,
        ceiling_micro=grants.ceiling_micro if follows and grants.ceiling_micro != UNLIMITED else None,
        limit_percent=limit_percent(term.plan.limit_percent, own),
        limit_set=settings.set_by(LIMIT_PERCENT, whose=whose, at=start),
        overage_price_percent=settings.value(OVERAGE_PRICE_PERCENT, whose=whose, at=start),
        overage_price_set=settings.set_by(OVERAGE_PRICE_PERCENT, whose=whose, at=start),
        included_interactions=grants.included_interactions if follows else None,
        interactions=interactions.opened_by(contract_id=contract.id, cycle_start=start, at=at),
        held_micro=None if use is None else use.held_micro,
        used_micro=None if use is None else use.used_micro,
        cap_micro=(limits[-1].after or {}).get("cap_micro") if limits else None,  # type: ignore[arg-type]
        blocked_at=_blocked(contract, running, grants, at),
        untold=tuple(why for why, holds in untold.items() if holds),
    )


def _first(contract: Contract, running: Running) -> datetime:
    """When the cycle began to be one of the contract's: the first one is older than that by part of a day."""
    return max(running.period.start, contract.activated_at or running.period.start)


def _granted(contract: Contract, running: Running, at: datetime) -> _Grants:
    """What the cycle granted at first, and each time that more of it was paid: a bigger plan or package, one more limit.
    A change that is undone puts back what was before it (CHG-9)."""
    first, period = _first(contract, running), running.period
    held = known.term(contract, first)
    gives = allowance(contract, held, cycle=period)
    grants = _Grants(gives.value_micro, gives.ceiling_micro, gives.included_interactions)
    before: list[tuple[Term, _Grants]] = []
    steps: list[tuple[datetime, Term | None]] = [*known.terms_within(contract, first, at)]
    paid = events.about(contract.id, "sending.released", until=at)
    steps += [(one.happened_at, None) for one in paid if one.happened_at > first]
    for moment, term in sorted(steps, key=lambda step: step[0]):
        if moment >= period.end:
            break
        if term is None:
            grants = _one_more_limit(grants, allowance(contract, held, cycle=period), moment)
        elif before and _same(term, before[-1][0]):
            held, grants = term, before.pop()[1]
        elif not _same(term, held):
            before.append((held, grants))
            grants, held = _changed(contract, period, grants, (held, term), moment), term
    return grants


def _same(one: Term, other: Term) -> bool:
    return (one.plan_id, one.package_id) == (other.plan_id, other.package_id)


def _one_more_limit(grants: _Grants, gives: Allowance, moment: datetime) -> _Grants:
    """The overage so far was paid (LIM-4)."""
    ceiling = min(grants.ceiling_micro + gives.ceiling_micro - gives.value_micro, UNLIMITED)
    return replace(grants, ceiling_micro=ceiling, raised_at=(*grants.raised_at, moment))


def _changed(
    contract: Contract, period: Period, grants: _Grants, terms: tuple[Term, Term], moment: datetime
) -> _Grants:
    """A change in the middle of the cycle: the new value, and of the plan's interactions those of the days left."""
    was, is_ = terms
    gives = allowance(contract, is_, cycle=period)
    since = is_.begins_at or moment
    way, plans = ways(contract, plan_code=was.plan.code, at=since), (was.plan, is_.plan)
    before, after = (one.included_credits for one in plans)
    included = way.interactions(contract, period, grants.included_interactions, (before, after), since=since)
    return _Grants(
        value_micro=gives.value_micro,
        ceiling_micro=max(grants.ceiling_micro, gives.ceiling_micro),
        included_interactions=included,
        raised_at=(*grants.raised_at, moment),
    )


def _fits(whole: _Grants, row: Balance) -> bool:
    """Whether the books say of the cycle what follows from all that was written down."""
    booked = (row.value_micro, row.ceiling_micro, row.included_interactions)
    return booked == (whole.value_micro, whole.ceiling_micro, whole.included_interactions)


def _blocked(contract: Contract, running: Running, grants: _Grants, at: datetime) -> datetime | None:
    """Since when sends were blocked: the last block that nothing had opened since."""
    blocks = [one for one in past.blocks(contract.id, cycle_start=running.period.start) if one <= at]
    last = blocks[-1] if blocks else None
    return None if last is None or any(last <= one for one in grants.raised_at) else last
