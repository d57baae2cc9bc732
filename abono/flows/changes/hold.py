"""An accepted change waits for somebody's word before anything of it is charged or done (CHG-6)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from abono.domain.contracts import changes
from abono.domain.contracts.models import Change, Contract
from abono.domain.contracts.states import HELD_CHANGE, ChangeState
from abono.domain.settings import queries as settings
from abono.domain.settings.known import CHANGE_HELD_FOR
from abono.domain.settings.types import Whose
from abono.flows import locks
from abono.flows.quotes.kept import quote_of
from abono.flows.quotes.parts import Quote
from abono.flows.quotes.tell import tell_lapsed, tell_to_approve, tell_to_confirm

LINK_SERVES = timedelta(hours=24)
SELLER_HAS = timedelta(days=7)
"""To approve or refuse; and so long a word that was given counts, where the same is accepted at another price."""


def next_word(contract: Contract, change: Change, quote: Quote, *, now: datetime) -> ChangeState | None:
    """What a change waits for next: the link first, then the seller. A word that was given for the same before counts: what
    it costs may have moved since, and that is for whoever pays to accept."""
    if ChangeState(change.state) is ChangeState.WAITING:
        return None
    whose = Whose(contract.plan.code, contract.id)
    needed = settings.value(CHANGE_HELD_FOR, whose=whose, at=now)
    if not needed:
        return None
    given = [change, *_same_before(contract, quote, now=now)]
    if "link" in needed and not any(one.confirmed_at for one in given):
        return ChangeState.CONFIRM
    if "approval" in needed and not any(one.approved_at for one in given):
        return ChangeState.APPROVAL
    return None


def hold(
    contract: Contract, change: Change, quote: Quote, word: ChangeState, *, actor: str, now: datetime
) -> None:
    """The caller holds the contract."""
    by_link = word is ChangeState.CONFIRM
    until = now + (LINK_SERVES if by_link else SELLER_HAS)
    changes.hold(change, word, until=until, actor=actor, now=now)
    (tell_to_confirm if by_link else tell_to_approve)(contract, change, quote, now=now)


def lapse(*, change_id: UUID, now: datetime) -> None:
    """Nobody said yes in time: nothing is done, and the customer is told. What was decided meanwhile stays."""
    with locks.contract(changes.get(change_id).contract_id) as contract:
        lapse_if_over(contract, now=now)


def lapse_if_over(contract: Contract, *, now: datetime) -> None:
    """The same as soon as somebody comes for whom it would stand in the way. The caller holds the contract."""
    for state, change in changes.under_way(contract.id).items():
        if state in HELD_CHANGE and change.held_until is not None and now >= change.held_until:
            changes.move(change, ChangeState.LAPSED, actor="system", now=now)
            tell_lapsed(contract, change, quote_of(change), now=now)


def _same_before(contract: Contract, quote: Quote, *, now: datetime) -> list[Change]:
    def same(one: Change) -> bool:
        seen = quote_of(one)
        return (seen.before, seen.after) == (quote.before, quote.after)

    return [one for one in changes.words_given(contract.id, since=now - SELLER_HAS) if same(one)]
