"""What comes of a contract by itself: its renewal or its end, and the end of its trial."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from abono.domain.contracts.models import Contract
from abono.domain.contracts.states import RUNNING, State
from abono.platform import agenda, events
from abono.platform.queue import Lane

RENEW = agenda.Kind("renew", Lane.BILLING, together=True)  # by a billing run
END = agenda.Kind("end", Lane.BILLING)
TRIAL_ENDS = agenda.Kind("trial_ends", Lane.BILLING)
TRIAL_TOLD_BEFORE = timedelta(days=3)
"""So long before its end a trial is told of once more (INV-10)."""


def note_renewal(contract: Contract, *, now: datetime) -> None:
    """Due at the end of the cycle: the next one, or the end of a contract that is cancelled for then (END-3)."""
    comes = None
    if State(contract.state) in RUNNING and contract.cycle_end is not None:
        comes, customer = END if contract.is_last_cycle else RENEW, contract.customer
        agenda.note(
            comes,
            subject=contract.id,
            customer_id=customer.id,
            sandbox=customer.sandbox,
            due_at=contract.cycle_end,
            now=now,
        )
    if comes is not RENEW:
        agenda.withdraw(RENEW, subject=contract.id)
    if comes is not END and contract.ends_at is not None:
        agenda.withdraw(END, subject=contract.id)


def note_renewals(contracts: Iterable[Contract], *, now: datetime) -> None:
    """The next cycles of many that run and are not cancelled."""
    agenda.note_each(
        RENEW,
        [
            (one.id, one.customer_id, one.customer.sandbox, one.cycle_end)
            for one in contracts
            if one.cycle_end is not None
        ],
        now=now,
    )


def note_trial(contract: Contract, *, now: datetime) -> None:
    """It is told of once more before it ends, unless that is nearer than so."""
    assert contract.trial_until is not None
    customer, due_at = contract.customer, contract.trial_until - TRIAL_TOLD_BEFORE
    agenda.withdraw(TRIAL_ENDS, subject=contract.id)
    if due_at > now:
        agenda.note(
            TRIAL_ENDS,
            subject=contract.id,
            customer_id=customer.id,
            sandbox=customer.sandbox,
            due_at=due_at,
            now=now,
        )


def move_trial(
    contract: Contract, *, until: datetime, counted_from: date, actor: str, why: str, now: datetime
) -> None:
    """Let a trial end at another moment; the caller has moved its cycle. Cycles are counted from the one after it."""
    assert contract.trial_until is not None
    before, contract.trial_until, contract.cycle_end = contract.trial_until, until, until
    contract.counted_from = None if counted_from == contract.adhesion_date else counted_from
    contract.save(update_fields=["trial_until", "cycle_end", "counted_from"])
    events.record(
        name="contract.trial_moved",
        subject=("contract", contract.id),
        customer_id=contract.customer_id,
        actor=actor,
        now=now,
        before={"trial_until": before.isoformat()},
        after={"trial_until": until.isoformat()},
        why=why,
        data={"number": contract.number},
    )
    note_renewal(contract, now=now)
    note_trial(contract, now=now)
