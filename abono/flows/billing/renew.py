"""Go on to a contract's next cycle: bill the use of the one that ended and the fees of the one that begins."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from abono.domain.contracts import changes, terms
from abono.domain.contracts.cycles import begin_cycle
from abono.domain.contracts.models import Contract
from abono.domain.contracts.states import RUNNING, State
from abono.domain.invoicing import keys
from abono.domain.invoicing.states import Reason
from abono.domain.metering import queries as metering
from abono.flows import locks
from abono.flows.billing.expired import tell_what_expired
from abono.flows.billing.invoices import draft
from abono.flows.billing.proof import prove
from abono.flows.billing.review import bill_after_review
from abono.flows.billing.trials import tell_trial_ended
from abono.flows.billing.withdraw import withdraw_interims
from abono.flows.charges.cycles import cycle_of, open_cycle
from abono.flows.charges.late import late_lines
from abono.flows.charges.lines import billed_now
from abono.flows.charges.renewal import renewal_lines


def renew(*, contract_id: UUID, now: datetime, run_id: UUID | None = None) -> UUID | None:
    """Begin the next cycle if the current one has ended at `now`, and issue its invoice (INV-1), after its review where
    the setting says so (INV-10).

    run_id   the billing run that does it: its invoice names it, and what is billed is proven before it is there

    One call goes on by one cycle, so a late run makes what the runs that it missed would have made.
    Returns the invoice to collect; None when nothing was due, or is asked for: a second call changes nothing.
    Raises NoSuchContract, proof.Unproven.
    """
    with locks.contract(contract_id) as contract:
        return _renew(contract, now=now, run_id=run_id) if _is_over(contract, now=now) else None


def catch_up(contract: Contract, *, now: datetime) -> None:
    """Renew until `now` lies in the current cycle, or the contract is to end: what is paid after a cycle's end is never booked
    into it, also when nobody was there yet to renew it. The caller holds the contract.
    """
    while _is_over(contract, now=now):
        _renew(contract, now=now)


def _is_over(contract: Contract, *, now: datetime) -> bool:
    """Whether its cycle is, and another one begins."""
    if contract.cycle_end is None or contract.cycle_end > now or contract.has_run_out(now):
        return False
    return State(contract.state) in RUNNING


def _renew(contract: Contract, *, now: datetime, run_id: UUID | None = None) -> UUID | None:
    assert contract.cycle_number is not None
    number = contract.cycle_number + 1
    opened = metering.cycles(contract.id)
    ended, begins, following = (cycle_of(contract, one, opened) for one in range(number - 1, number + 2))
    begin_cycle(contract, number=number, cycle=begins, actor="system", now=now)
    terms.enter(contract, actor="system", now=now)
    if promised(contract):
        changes.begin(contract, actor="system", now=now)
    open_cycle(contract, begins, opened)  # it is there already, unless a restore lost it
    if not contract.is_last_cycle:
        open_cycle(contract, following, opened)
    if contract.in_trial(ended):
        tell_trial_ended(contract, now=now)
    for past in opened:
        if past.cycle == ended and not contract.in_trial(ended):
            tell_what_expired(contract, past, now=now)
    for ended_number in billed_now(number):
        withdraw_interims(contract, cycle_number=ended_number, now=now)
    lines = [*renewal_lines(contract, number, opened), *late_lines(contract)]
    if not lines:  # as of a cycle that begins restricted (END-5)
        return None
    invoice = draft(
        contract, reason=Reason.RENEWAL, key=keys.renewal(number), lines=lines, now=now, run_id=run_id
    )
    if run_id is not None:
        prove([invoice.id])
    bill_after_review(contract, invoice, now=now)
    return invoice.id


def promised(contract: Contract) -> bool:
    """Whether something was promised for its cycle, which holds now (CHG-3)."""
    assert contract.cycle is not None
    return any(term.begins_at == contract.cycle.start for term in contract.timeline)
