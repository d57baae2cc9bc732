"""Withdraw a step down that was to begin with the next cycle (CHG-3), or a change that waits for somebody's word (CHG-6)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from abono.domain.contracts import changes
from abono.domain.contracts.errors import ChangeNotWithdrawable
from abono.domain.contracts.states import HELD_CHANGE, ChangeState
from abono.flows import locks
from abono.flows.billing.renew import catch_up
from abono.flows.charges.cycles import open_next
from abono.flows.quotes.kept import quote_of
from abono.flows.quotes.seen import Seen, seen_of
from abono.flows.quotes.step_down import take_back_step_down
from abono.flows.quotes.tell import tell_taken_back, tell_withdrawn


def withdraw_change(*, change_id: UUID, customer_id: UUID, actor: str, now: datetime) -> Seen:
    """What was to be smaller stays as it is; what was bigger at once stays too. Withdrawing it again changes nothing.

    Raises NoSuchChange, ChangeNotWithdrawable.
    """
    whose = changes.get(change_id, customer_id=customer_id).contract_id
    with locks.contract(whose, customer_id=customer_id) as contract:
        catch_up(contract, now=now)
        change = changes.get(change_id)
        state = ChangeState(change.state)
        if state is ChangeState.WITHDRAWN:
            return seen_of(change)
        if state in HELD_CHANGE:
            changes.move(change, ChangeState.WITHDRAWN, actor=actor, now=now)
            tell_taken_back(contract, change, quote_of(change), now=now)
            return seen_of(change)
        if state is not ChangeState.SCHEDULED:
            raise ChangeNotWithdrawable()
        take_back_step_down(contract, change, actor=actor, now=now)
        open_next(contract)
        tell_withdrawn(contract, change, quote_of(change), now=now)
        return seen_of(change)
