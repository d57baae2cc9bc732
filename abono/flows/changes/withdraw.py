"""Withdraw a step down that was to begin with the next cycle (CHG-3), or a change that waits for somebody's word (CHG-6) or for a
payment that does not come."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from abono.domain.contracts import changes
from abono.domain.contracts.errors import ChangeNotWithdrawable
from abono.domain.contracts.states import HELD_CHANGE, ChangeState
from abono.domain.invoicing import actions as invoicing
from abono.domain.invoicing import keys
from abono.flows import locks
from abono.flows.billing.renew import catch_up
from abono.flows.charges.cycles import open_next
from abono.flows.quotes.being_paid import asked_of, being_paid
from abono.flows.quotes.kept import quote_of
from abono.flows.quotes.seen import Seen, seen_of
from abono.flows.quotes.step_down import take_back_step_down
from abono.flows.quotes.tell import tell_taken_back, tell_withdrawn
from abono.flows.requests.ask import take_back
from abono.kernel.moment import Moment


def take_back_change(*, change_id: UUID, customer_id: UUID, actor: str, moment: Moment) -> Seen:
    """The same as `withdraw_change`, of one that waits for its Pix too: that is taken back first. Where somebody paid it in that
    moment the change holds. Raises NoSuchChange, ChangeNotWithdrawable, PaymentUnderWay."""
    change = changes.get(change_id, customer_id=customer_id)
    asked = asked_of(change.id) if ChangeState(change.state) is ChangeState.WAITING else None
    if asked is not None and asked.open:
        take_back(request_id=asked.id, moment=moment)
    return withdraw_change(change_id=change_id, customer_id=customer_id, actor=actor, now=moment.now)


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
        if state is ChangeState.WAITING and not being_paid(change.id):
            changes.move(change, ChangeState.WITHDRAWN, actor=actor, now=now)
            invoicing.discard(contract_id=contract.id, prefix=keys.change(change.id), now=now)
            return seen_of(change)
        if state is not ChangeState.SCHEDULED:
            raise ChangeNotWithdrawable()
        take_back_step_down(contract, change, actor=actor, now=now)
        open_next(contract)
        tell_withdrawn(contract, change, quote_of(change), now=now)
        return seen_of(change)
