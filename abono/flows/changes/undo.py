"""Undo a change of plan or package shortly after it, if nothing of it was used (CHG-9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from abono.domain.contracts import changes, terms
from abono.domain.contracts.errors import UndoLate, UndoLaterChange, UndoNothing, UndoTooOften, UndoUsed
from abono.domain.contracts.models import Change, Contract
from abono.domain.contracts.states import ChangeState
from abono.domain.invoicing import credit_notes
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.labels import UNDONE
from abono.domain.licences import actions as in_use
from abono.domain.licences import queries as licences
from abono.domain.metering import actions as metering
from abono.domain.metering.types import Stood
from abono.domain.settings import queries as settings
from abono.domain.settings.known import UNDO_WITHIN
from abono.flows import locks
from abono.flows.billing.renew import catch_up
from abono.flows.charges.cycles import open_next
from abono.flows.corrections.credit_note import issue_credit_note
from abono.flows.quotes.kept import quote_of
from abono.flows.quotes.parts import Quote
from abono.flows.quotes.seen import Seen, seen_of
from abono.flows.quotes.step_down import take_back_step_down
from abono.flows.quotes.tell import tell_undone
from abono.kernel.money import Money

MOST = 2
"""How many changes of a contract are undone in a cycle."""


@dataclass(frozen=True, slots=True)
class Undo:
    """What undoing a change would do: what holds again, and what of the money becomes credit of the contract, for none can
    go back to its means; less what credit notes took back of it before.

    until   exclusive
    """

    quote: Quote
    credit: Money
    until: datetime


def preview_undo(*, change_id: UUID, customer_id: UUID, now: datetime) -> Undo:
    """Nothing is written.

    Raises NoSuchChange, UndoNothing, UndoLate, UndoLaterChange, UndoTooOften, UndoUsed.
    """
    change = changes.get(change_id, customer_id=customer_id)
    with locks.contract(change.contract_id, customer_id=customer_id) as contract:
        undo = _check(contract, change, now=now)
        if metering.used_since(_stood(contract, change)) or _licences_used(contract, change, now=now):
            raise UndoUsed()
        return undo


def undo_change(*, change_id: UUID, customer_id: UUID, actor: str, now: datetime) -> Seen:
    """Plan, package, allowances and limit go back to what they were, as do all its terms; what was paid becomes credit.
    Undoing it again changes nothing. Raises as `preview_undo`."""
    whose = changes.get(change_id, customer_id=customer_id).contract_id
    with locks.contract(whose, customer_id=customer_id) as contract:
        catch_up(contract, now=now)
        change = changes.get(change_id)
        if ChangeState(change.state) is ChangeState.UNDONE:
            return seen_of(change)
        undo = _check(contract, change, now=now)
        in_use.hold_still(contract.id)
        if _licences_used(contract, change, now=now) or not metering.put_back(_stood(contract, change)):
            raise UndoUsed()
        _put_terms_back(contract, change, undo.quote, actor=actor, now=now)
        open_next(contract)
        invoice = invoices.of_change(change.id)
        if invoice is not None and undo.credit:
            issue_credit_note(
                invoice_id=invoice.id,
                lines=credit_notes.all_left(invoice),
                why=UNDONE,
                actor=actor,
                now=now,
                approved=True,  # no second person is asked (CHG-9)
            )
        tell_undone(contract, change, undo.quote, credit=undo.credit, now=now)
        return seen_of(change)


def _check(contract: Contract, change: Change, *, now: datetime) -> Undo:
    state, quote = ChangeState(change.state), quote_of(change)
    rest_withdrawn = state is ChangeState.WITHDRAWN and change.was is not None
    holds = state in (ChangeState.APPLIED, ChangeState.SCHEDULED) or rest_withdrawn
    if not holds or not quote.at_once:
        raise UndoNothing()
    assert change.accepted_at is not None
    assert contract.cycle is not None
    until = min(change.accepted_at + settings.value(UNDO_WITHIN, at=now), contract.cycle.end)
    if now >= until or change.accepted_at not in contract.cycle:
        raise UndoLate()
    if changes.newest_accepted(contract.id) != change.id:
        raise UndoLaterChange()
    if changes.undone_since(contract.id, since=contract.cycle.start) >= MOST:
        raise UndoTooOften(MOST)
    invoice = invoices.of_change(change.id)
    back = [] if invoice is None else credit_notes.all_left(invoice)
    minor = sum(line.amount_minor for line in back)
    return Undo(quote, Money(minor, contract.currency), until)


def _stood(contract: Contract, change: Change) -> Stood:
    assert contract.cycle is not None
    assert change.accepted_at is not None
    assert change.was is not None
    return Stood(contract.id, contract.cycle.start, change.accepted_at, change.was)


def _licences_used(contract: Contract, change: Change, *, now: datetime) -> bool:
    """Whether more people were in than the licences that there were before it."""
    assert change.accepted_at is not None
    before = licences.owned(contract.id, at=change.accepted_at - timedelta(microseconds=1))
    if before is None or before == licences.owned(contract.id, at=now):
        return False
    return licences.most_in(contract.id, since=change.accepted_at) > before


def _put_terms_back(contract: Contract, change: Change, quote: Quote, *, actor: str, now: datetime) -> None:
    """As if it had never been: at its moment what held before holds again, and nothing of it is to come."""
    assert change.accepted_at is not None
    if ChangeState(change.state) is ChangeState.SCHEDULED:
        take_back_step_down(contract, change, to=ChangeState.UNDONE, actor=actor, now=now)
    else:
        changes.move(change, ChangeState.UNDONE, actor=actor, now=now)
    terms.change(
        contract,
        begins_at=change.accepted_at,
        plan_id=change.before.plan_id if "plan" in quote.at_once else None,
        package_id=change.before.package_id if "package" in quote.at_once else None,
        extra_licences=change.before.extra_licences if "licences" in quote.at_once else None,
        actor=actor,
        now=now,
    )
