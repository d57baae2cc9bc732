"""Put a change of plan or package in place once its difference is paid, or where there is none (CHG-3, CHG-5, LIM-4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from abono.domain.contracts import changes, terms
from abono.domain.contracts.models import Change, Contract
from abono.domain.contracts.states import ChangeState
from abono.domain.invoicing import actions as invoicing
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.states import LineKind
from abono.domain.metering import actions as metering
from abono.domain.metering import queries as balances
from abono.domain.metering.types import Balance
from abono.flows.billing.renew import catch_up
from abono.flows.billing.withdraw import withdraw_interims
from abono.flows.charges.cycles import lower_cycle, open_next, raise_cycle
from abono.flows.quotes.kept import quote_of, rest_at
from abono.flows.quotes.parts import Quote, not_before
from abono.flows.quotes.step_down import take_back_step_down
from abono.flows.quotes.tell import tell_changed
from abono.flows.quotes.ways import ways
from abono.kernel.periods import Period


def apply_paid_change(contract: Contract, invoice: Invoice, *, actor: str, now: datetime) -> None:
    """The money of a change is here."""
    assert invoice.change_id is not None
    change = changes.of_held(contract, invoice.change_id)
    apply_change(contract, change, invoice=invoice, actor=actor, now=now)


def apply_change(
    contract: Contract, change: Change, *, invoice: Invoice | None = None, actor: str, now: datetime
) -> None:
    """What is a step up of it holds from the moment of acceptance on, or from now where that cycle is over: the current
    one had the old fees. What is a step down begins with the next cycle; a step down that was to come before gives way."""
    catch_up(contract, now=now)
    assert contract.cycle is not None
    quote = not_before(quote_of(change), contract.cycle.end)
    assert change.accepted_at is not None
    in_time = change.accepted_at in contract.cycle
    since = change.accepted_at if in_time else max(now, contract.cycle.start)
    pending = changes.scheduled(contract.id)
    if pending is not None:
        take_back_step_down(contract, pending, actor=actor, now=now)
    opened, stood = balances.standing(contract.id)
    if quote.at_once:
        raised = _put_in_place(contract, change, quote, opened, since=since, actor=actor, now=now)
        change.was = {**stood[contract.cycle.start], "raised_by_change": int(raised)}
        if invoice is not None and not in_time:
            rest = Period(since, contract.cycle.end)
            invoicing.move_period(invoice, rest, kind=LineKind.PACKAGE_RAISE)
    _promise(contract, change, quote, actor=actor, now=now)
    open_next(contract, opened)
    to = ChangeState.SCHEDULED if quote.later else ChangeState.APPLIED
    change.begins_at = quote.begins_at
    change.quote = {**{key: one for key, one in change.quote.items() if key != "rest_at"}, **rest_at(quote)}
    changes.move(change, to, actor=actor, now=now)
    tell_changed(contract, change, quote, invoice=invoice, now=now)


def _put_in_place(
    contract: Contract,
    change: Change,
    quote: Quote,
    opened: Sequence[Balance],
    *,
    since: datetime,
    actor: str,
    now: datetime,
) -> bool:
    """Give the current cycle what is new: use so far stays, new sends have the new prices, blocked sending goes on where
    there is room again. Whether package or limit of the cycle were raised, or lowered."""
    current, number = contract.cycle, contract.cycle_number
    assert current is not None
    assert number is not None
    plan, package = quote.between.plan, quote.between.package
    terms.change(
        contract,
        begins_at=since,
        plan_id=plan.id if "plan" in quote.at_once else None,
        package_id=package.id if "package" in quote.at_once else None,
        extra_licences=quote.between.extra_licences if "licences" in quote.at_once else None,
        unit=quote.unit,
        of=change,
        actor=actor,
        now=now,
    )
    had = balances.covering(opened, current.start)
    if "plan" in quote.at_once:
        way = ways(contract, plan_code=quote.before.plan.code, at=since)
        plans = quote.before.plan.included_credits, plan.included_credits
        total = way.interactions(contract, current, had.included_interactions, plans, since=since)
        metering.include(contract_id=contract.id, at=current.start, interactions=total)
    raised = raise_cycle(contract, contract.term, had)
    if raised:
        withdraw_interims(contract, cycle_number=number, now=now)
    return raised or (quote.down_at_once and lower_cycle(contract, change.before, contract.term, had))


def _promise(contract: Contract, change: Change, quote: Quote, *, actor: str, now: datetime) -> None:
    """What is smaller begins with the next cycle (CHG-3); of a paid year the plan at its end (CAT-10)."""
    after, later = quote.after, quote.later
    for moment in sorted({one for one in (quote.rest_at, quote.plan_at) if one is not None}):
        plan, rest = quote.plan_at == moment, quote.rest_at == moment
        terms.change(
            contract,
            begins_at=moment,
            plan_id=after.plan.id if plan else None,
            interval=after.price.interval if plan else None,
            package_id=after.package.id if rest and "package" in later else None,
            extra_licences=after.extra_licences if rest and "licences" in later else None,
            of=change,
            actor=actor,
            now=now,
        )
