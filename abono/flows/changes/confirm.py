"""Somebody's word on a change that waits for it: the link in the mail was pressed, the seller approves or refuses (CHG-6)."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from datetime import datetime
from uuid import UUID

from abono.domain.approvals.errors import AlreadyDecided, SayWhy
from abono.domain.contracts import changes
from abono.domain.contracts.errors import LinkVoid
from abono.domain.contracts.models import Change, Contract
from abono.domain.contracts.states import ChangeState
from abono.domain.payments import queries as payments
from abono.domain.payments.errors import CardDeclined, NeverReceived
from abono.flows import locks
from abono.flows.billing.renew import catch_up
from abono.flows.changes.accept import Accepted, as_before, as_it_goes_on, go_on, stale_with
from abono.flows.quotes.kept import keep, quote_of
from abono.flows.quotes.parts import Quote
from abono.flows.quotes.quote import quoted_again
from abono.flows.quotes.seen import Seen, seen_of
from abono.flows.quotes.tell import tell_approved, tell_refused
from abono.kernel.due import Means
from abono.kernel.moment import Moment


def confirm_change(
    *,
    change_id: UUID,
    customer_id: UUID,
    secret: str,
    by: Means = Means.CARD,
    actor: str,
    moment: Moment,
) -> Accepted:
    """The link in the mail was pressed, and what it showed accepted once more. It serves once, and for a day.

    It is quoted again: where anything is not as it was quoted nothing is done, and the new quote can be accepted without
    another mail. Pressing again is answered as the first time.
    Raises NoSuchChange, LinkVoid, QuoteStale, and as `accept_change`.
    """
    change = changes.get(change_id, customer_id=customer_id)
    with ExitStack() as running:
        with locks.contract(change.contract_id, customer_id=customer_id) as contract:
            catch_up(contract, now=moment.now)
            change = changes.get(change_id)
            if change.confirmed_at is not None:
                return as_before(change)
            if not serves(change, secret, now=moment.now):
                raise LinkVoid()
            change.confirmed_at = moment.now
            quote = _again(contract, change, now=moment.now)
            stale = quote != quote_of(change)
            if stale:
                changes.move(change, ChangeState.LAPSED, actor=actor, now=moment.now)
                anew = keep(contract, quote, actor=actor, now=moment.now)
            else:
                went = go_on(contract, change, quote, running=running, by=by, actor=actor, moment=moment)
        if stale:
            raise stale_with(change, anew, quote)
        return as_it_goes_on(change, went, actor=actor, moment=moment)


def serves(change: Change, secret: str, *, now: datetime) -> bool:
    """Whether the link with this secret still confirms the change."""
    waits = ChangeState(change.state) is ChangeState.CONFIRM
    return (
        waits and changes.opens(change, secret) and change.held_until is not None and now < change.held_until
    )


def link_serves(change_id: UUID, *, customer_id: UUID, secret: str, now: datetime) -> bool:
    """The same for a page. Raises NoSuchChange."""
    return serves(changes.get(change_id, customer_id=customer_id), secret, now=now)


def approve_change(*, change_id: UUID, actor: str, moment: Moment) -> Seen:
    """The seller says yes: it goes on as if it were accepted now, without the customer, who is told. Where it is not as it
    was quoted any more, or there is no card to charge, the customer is asked once more and needs no other word of ours.

    Whoever said so before is answered with what became of it. Raises NoSuchChange, AlreadyDecided, and as `quoted`.
    """
    with ExitStack() as running:
        with locks.contract(changes.get(change_id).contract_id) as contract:
            catch_up(contract, now=moment.now)
            change = changes.get(change_id)
            if change.approved_at is not None and change.decided_by == actor:
                return seen_of(change)
            _require_undecided(change, now=moment.now)
            change.approved_at, change.decided_by = moment.now, actor
            quote = _again(contract, change, now=moment.now)
            if quote != quote_of(change) or _no_card(contract, quote):
                changes.move(change, ChangeState.LAPSED, actor=actor, now=moment.now)
                anew = keep(contract, quote, actor=change.accepted_by, now=moment.now)
                tell_approved(contract, anew, quote, now=moment.now)
                return seen_of(change)
            went = go_on(
                contract, change, quote, running=running, off_session=True, actor=actor, moment=moment
            )
        with suppress(CardDeclined, NeverReceived):  # the customer is told, and can accept it once more
            as_it_goes_on(change, went, actor=actor, moment=moment)
        return seen_of(changes.get(change_id))


def refuse_change(*, change_id: UUID, why: str, actor: str, moment: Moment) -> Seen:
    """The seller says no, and why. Whoever said so before, for the same reason, is answered as then. Raises NoSuchChange,
    AlreadyDecided, SayWhy."""
    with locks.contract(changes.get(change_id).contract_id) as contract:
        change, answer = changes.get(change_id), why.strip()[: changes.MOST_ANSWER]
        if answer and (change.decided_by, change.answer) == (actor, answer):
            return seen_of(change)
        _require_undecided(change, now=moment.now)
        if not answer:
            raise SayWhy()
        change.decided_by, change.answer = actor, answer
        changes.move(change, ChangeState.REFUSED, actor=actor, now=moment.now)
        tell_refused(contract, change, quote_of(change), now=moment.now)
        return seen_of(change)


def to_approve(*, before: UUID | None = None, limit: int) -> list[Seen]:
    """What waits for the seller, of all customers, newest first."""
    return [seen_of(one) for one in changes.to_approve(before=before, limit=limit)]


def _require_undecided(change: Change, *, now: datetime) -> None:
    """Raises AlreadyDecided, also after its time."""
    waits = ChangeState(change.state) is ChangeState.APPROVAL
    if not waits or change.held_until is None or now >= change.held_until:
        raise AlreadyDecided()


def _again(contract: Contract, change: Change, *, now: datetime) -> Quote:
    return quoted_again(contract, change, held_id=change.id, now=now)


def _no_card(contract: Contract, quote: Quote) -> bool:
    return bool(quote.today.minor) and payments.card_in_use(contract.customer_id) is None
