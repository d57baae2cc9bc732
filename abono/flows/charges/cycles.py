"""Cycles of a contract: when they are, and what the contract's plan and package give in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple
from datetime import datetime

from abono.domain.contracts.models import Contract, Term
from abono.domain.metering import actions as metering
from abono.domain.metering import opening
from abono.domain.metering import queries as cycles
from abono.domain.metering.types import Balance, NewCycle
from abono.flows.charges.allowance import allowance
from abono.kernel.periods import Period, boundary_day, cycle_start, day_start
from abono.kernel.rating import UNLIMITED


def cycle_of(contract: Contract, number: int, opened: Sequence[Balance] | None = None) -> Period:
    """The nth cycle of a contract that has begun, from 0, by its customer's local days (INV-2).

    opened   `metering.queries.cycles` of the contract, where the caller has read them

    A cycle that was opened is as it was opened, and the next one begins where it ends: only boundaries that nobody
    was told of follow the rules of the time zone as this process knows them (TIM-6). So cycles of a contract have
    neither holes nor days in common, whatever two hosts think of a zone.
    """
    assert contract.cycle is not None
    assert contract.cycle_number is not None
    at, period = contract.cycle_number, contract.cycle
    known = _known(contract, opened) if at != number else ()
    while at < number:
        at, following = at + 1, [one for one in known if one.start == period.end]
        period = following[0] if following else Period(period.end, _counted(contract, at + 1))
    while at > number:
        at, earlier = at - 1, [one for one in known if one.end == period.start]
        period = earlier[0] if earlier else Period(_counted(contract, at), period.start)
    return period


def _known(contract: Contract, opened: Iterable[Balance] | None) -> Sequence[Period]:
    if opened is None and contract.opened is not None:
        return contract.opened
    return [one.cycle for one in (cycles.cycles(contract.id) if opened is None else opened)]


def _counted(contract: Contract, number: int) -> datetime:
    """When cycle `number` begins, counted from the anchor (TIM-4). A trial is cycle 0, and the one after it the first that is
    counted (INV-10)."""
    assert contract.anchor is not None
    zone, tried = contract.customer.time_zone, contract.trial_until
    if tried is None:
        return cycle_start(contract.anchor, number, zone)
    if number > 1:
        return cycle_start(contract.anchor, number - 1, zone)
    assert contract.adhesion_date is not None
    return tried if number else day_start(contract.adhesion_date, zone)


def number_at(contract: Contract, start: datetime) -> int:
    """Which of the contract's cycles begins at a moment, from 0; the first one of a contract that has not begun. A trial is
    cycle 0 (INV-10)."""
    first, tried = contract.fees_from, contract.trial_until
    if first is None or (tried is not None and start < tried):
        return 0
    day = boundary_day(start, contract.customer.time_zone)
    return (day.year - first.year) * 12 + day.month - first.month + (tried is not None)


def open_cycle(contract: Contract, period: Period, opened: Sequence[Balance] = ()) -> bool:
    """Create or correct the balance of a cycle that has not begun; a second call changes nothing.

    opened   `metering.queries.cycles` of the contract, where the caller has read them: one that is as it should be is left

    Returns False, and corrects nothing, when the cycle is in use already.
    """
    wanted = to_open(contract, period, opened)
    return wanted is None or opening.open_cycle(wanted)


def to_open(contract: Contract, period: Period, opened: Sequence[Balance]) -> NewCycle | None:
    """What that would open; None where the cycle is as it should be.

    Allowances do not roll over: each cycle starts with the full value (PKG-3, INT-5).
    """
    term = contract.at(period.start)
    gives = allowance(contract, term, cycle=period)
    wanted = NewCycle(contract.id, period, term.package_id, *astuple(gives))
    return None if any(one.opened_as == wanted for one in opened) else wanted


def open_next(contract: Contract, opened: Sequence[Balance] | None = None) -> None:
    """The cycle after the current one, which was opened with what held before a change, gets what will hold in it. After the last
    one of a contract that is cancelled there is none (END-3).

    opened   `metering.queries.cycles` of the contract, where the caller has read them
    """
    assert contract.cycle_number is not None
    if contract.is_last_cycle:
        return
    opened = cycles.cycles(contract.id) if opened is None else opened
    upcoming = cycle_of(contract, contract.cycle_number + 1, opened)
    if not open_cycle(contract, upcoming, opened):  # its sends were faster than its renewal
        raise_cycle(
            contract,
            contract.at(upcoming.start),
            cycles.balance(contract_id=contract.id, at=upcoming.start),
        )


def raise_cycle(contract: Contract, term: Term, had: Balance) -> bool:
    """Give a cycle that is in use the package and the limit of a term, if either is more than it has: neither ever falls
    within it, and a block ends only where there is room again. Whether it was raised."""
    gives, at = allowance(contract, term, cycle=had.cycle), had.cycle.start
    same = term.package_id == had.package_id and gives.ceiling_micro <= had.ceiling_micro
    if same or gives.value_micro < had.value_micro:
        return False
    metering.raise_cycle(
        contract_id=term.contract_id,
        at=at,
        package_id=term.package_id,
        value_micro=gives.value_micro,
        ceiling_micro=gives.ceiling_micro,
    )
    return True


def lower_cycle(contract: Contract, before: Term, term: Term, had: Balance) -> bool:
    """Give a cycle that is in use the smaller package and limit of a term, where a step down is at once (CHG-3, CHG-5). A limit
    that was opened for the rest of the cycle stays open. Whether it was lowered."""
    gave, gives = (allowance(contract, one, cycle=had.cycle) for one in (before, term))
    opened = max(had.ceiling_micro - gave.ceiling_micro, 0)
    ceiling_micro = min(gives.ceiling_micro + opened, UNLIMITED)
    if gives.value_micro > had.value_micro or (
        term.package_id == had.package_id and ceiling_micro >= had.ceiling_micro
    ):
        return False
    metering.lower_cycle(
        contract_id=term.contract_id,
        at=had.cycle.start,
        package_id=term.package_id,
        value_micro=gives.value_micro,
        ceiling_micro=ceiling_micro,
    )
    return True
