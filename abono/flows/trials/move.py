"""Let the trial of a contract end earlier or later, with a reason (INV-10)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from abono.domain.contracts import due, terms
from abono.domain.contracts.errors import NotInTrial, TrialDayWrong, TrialTied
from abono.domain.contracts.models import Contract
from abono.domain.contracts.states import State
from abono.domain.contracts.types import ContractInfo
from abono.domain.metering import ends
from abono.domain.settings.types import Whose
from abono.flows import locks
from abono.flows.billing.renew import catch_up
from abono.flows.billing.trials import tell_trial_moved
from abono.flows.charges.cycles import cycle_of, open_cycle
from abono.flows.charges.months import first_cycle
from abono.kernel.periods import boundary_day, day_start, local_date

MOST_DAYS = 365
"""From the day of adhesion on."""
DAY = timedelta(days=1)


def move_trial_end(*, contract_id: UUID, last: date, why: str, actor: str, now: datetime) -> datetime:
    """Its last day is another one, today at the earliest: then it ends at midnight. The same day again changes nothing. Returns
    the moment at which fees begin.

    now   on the customer's clock

    Raises NoSuchContract, NotInTrial, TrialDayWrong, TrialTied.
    """
    with locks.contract(contract_id) as contract:
        catch_up(contract, now=now)
        if State(contract.state) is not State.ACTIVE or contract.trial_until != contract.cycle_end:
            raise NotInTrial(contract.number)
        zone = contract.customer.time_zone
        first, most = days_for_last(contract, zone, now=now)
        if not first <= last <= most:
            raise TrialDayWrong(first.isoformat(), most.isoformat())
        assert contract.trial_until is not None
        if last + DAY != boundary_day(contract.trial_until, zone):
            _move(contract, last + DAY, why=why, actor=actor, now=now)
        return contract.trial_until


def days_for_last(contract: Contract | ContractInfo, zone: str, *, now: datetime) -> tuple[date, date]:
    """Between which days the last one can be, of a contract that has begun."""
    today = local_date(now, zone)
    return today, (contract.adhesion_date or today) + MOST_DAYS * DAY


def _move(contract: Contract, begins: date, *, why: str, actor: str, now: datetime) -> None:
    """Fees begin on that day."""
    assert contract.trial_until is not None
    end, zone = contract.trial_until, contract.customer.time_zone
    if contract.ends_at is not None or terms.holds(contract.at(end)) != terms.holds(contract.term):
        raise TrialTied()
    until = day_start(begins, zone)
    if not ends.move_end(contract_id=contract.id, end=end, to=until):
        raise NotInTrial(
            contract.number
        )  # what was sent by a clock that is ahead of ours counts after it already
    following = first_cycle(begins, zone, whose=Whose(contract.plan.code), at=contract.signed_at)
    due.move_trial(contract, until=until, counted_from=following.counted_from, actor=actor, why=why, now=now)
    open_cycle(contract, cycle_of(contract, 1))
    tell_trial_moved(contract, why=why, now=now)
