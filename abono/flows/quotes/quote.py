"""What a change of plan, package or licences would be, before and after side by side: kept, and accepted by its id (CHG-1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from abono.domain.catalog import queries as catalog
from abono.domain.catalog.errors import PlanNotOnSale
from abono.domain.catalog.types import PackageInfo, PlanInfo, PlanPriceInfo
from abono.domain.contracts import changes
from abono.domain.contracts.errors import (
    ChangeHeld,
    ContractEnding,
    ContractNotRunning,
    CurrencyMismatch,
    ExtraLicencesNotSold,
    NothingChanges,
    TooManyLicences,
)
from abono.domain.contracts.models import Change, Contract
from abono.domain.contracts.states import HELD_CHANGE, RUNNING, ChangeState, State
from abono.domain.contracts.types import MOST_LICENCES
from abono.domain.credit import queries as credit
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.errors import InvoiceOverdue
from abono.domain.invoicing.taxes import taxed
from abono.domain.invoicing.types import NewLine
from abono.domain.metering import queries as metering
from abono.domain.metering.types import Balance
from abono.domain.payments.errors import PaymentUnderWay
from abono.flows.charges.ahead import ahead
from abono.flows.charges.discounts import discount_in
from abono.flows.charges.fees import difference
from abono.flows.charges.held import Held, agreed, arranged, arranged_at, held
from abono.flows.charges.paid_for import PaidFor, paid_for
from abono.flows.quotes.being_paid import being_paid
from abono.flows.quotes.kept import quote_of
from abono.flows.quotes.next_invoice import coming, next_invoice
from abono.flows.quotes.parts import Quote, QuotedLine, between_of, moments
from abono.flows.quotes.ways import Ways, ways
from abono.kernel.money import Money, total
from abono.kernel.periods import Period
from abono.platform.use_case import once


def quoted(
    contract: Contract,
    plan_code: str,
    package_code: str,
    extra_licences: int | None = None,
    interval: str | None = None,
    *,
    held_id: UUID | None = None,
    now: datetime,
) -> Quote:
    """The caller holds the contract, in the cycle of `now`. Every refusal comes before any arithmetic (CHG-8).

    extra_licences   None: as many as it has
    interval         by which the plan is to be paid for (CAT-10); None: as it is
    held_id          the change that waits for somebody's word and is quoted again; with any other that waits there is no quote

    Raises ContractEnding, ContractNotRunning, PlanNotOnSale, PackageNotOnSale, NoPriceInCurrency, CurrencyMismatch, TooManyLicences,
    ExtraLicencesNotSold, NothingChanges, InvoiceOverdue, ChangeHeld, PaymentUnderWay.
    """
    cycle = _open_cycle(contract)
    pays = paid_for(contract, cycle)
    before = held(contract.term, arranged(contract, pays))
    licences = _licences(before, extra_licences)
    by = interval or before.price.interval
    sold = Held(*_plan(before, plan_code, by, now=now), _package(before, package_code, now=now), licences)
    after = agreed(sold, arranged_at(contract, cycle.start, plan_since=pays.plan.begins, interval=by))
    under_way = changes.under_way(contract.id)
    pending = under_way.get(ChangeState.SCHEDULED)
    if after == before or (pending is not None and after == quote_of(pending).after):
        raise NothingChanges()
    _refuse_meanwhile(contract, under_way, but=held_id, now=now)
    way = ways(contract, plan_code=before.plan.code, at=now)
    between = between_of(before, after, way)
    plan_at, rest_at = moments(between, after, pays, way)
    _refuse_unsold(before, between, after)
    changed = _changed(contract, pays, before, between, unit=way.unit, now=now)
    now_billed = ahead(contract, cycle)
    lines = _seen(contract, changed) if now_billed else ()
    due = total([line.amount for line in lines], contract.currency)
    then = between if plan_at is not None and plan_at > cycle.end else sold
    begins = coming(contract, (before, between), sold, then, pending, cycle)
    paid, deferred = way.paid_by(due, Money(credit.held_balance(contract.id), contract.currency))
    opened = metering.cycles(contract.id)
    return Quote(
        before=before,
        between=between,
        after=after,
        plan_at=plan_at,
        rest_at=rest_at,
        lines=lines,
        credit=paid,
        unit=way.unit,
        deferred=deferred,
        interactions=_interactions(contract, before.plan, between.plan, opened, way, now=now),
        replaces=None if pending is None else pending.id,
        left_for_good=_left_for_good(before, after, now=now),
        next_invoice=next_invoice(contract, begins, changed, opened, put_there=deferred or not now_billed),
    )


def _open_cycle(contract: Contract) -> Period:
    """The cycle in which it can be changed."""
    if State(contract.state) in RUNNING and contract.ends_at is not None:
        raise ContractEnding(contract.number)
    if State(contract.state) is not State.ACTIVE or contract.cycle is None:
        raise ContractNotRunning(contract.number)
    return contract.cycle


def quoted_again(contract: Contract, change: Change, *, held_id: UUID | None = None, now: datetime) -> Quote:
    """What was quoted, as it would be now. Raises as `quoted`."""
    return quoted(
        contract,
        change.plan.code,
        change.package.code,
        change.extra_licences,
        change.quote.get("interval"),
        held_id=held_id,
        now=now,
    )


def _plan(before: Held, code: str, interval: str, *, now: datetime) -> tuple[PlanInfo, PlanPriceInfo]:
    """Its version stays, unless that is not sold by the interval."""
    if code == before.plan.code:
        if interval == before.price.interval:
            return before.plan, before.price
        plan, price = catalog.priced_plan(
            plan_id=before.plan.id, currency=before.price.currency, interval=interval
        )
        if price is not None:
            return plan, price
    sold = [one for one in _plans(now) if one.code == code]
    if not sold:
        raise PlanNotOnSale(code[:30])
    plan = max(sold, key=lambda one: one.version)
    if plan.on_request:
        raise PlanNotOnSale(code)
    return plan, catalog.plan_price(plan_id=plan.id, currency=before.price.currency, interval=interval)


def _package(before: Held, code: str, *, now: datetime) -> PackageInfo:
    if code == before.package.code:
        return before.package
    sold = [one for one in _packages(before.package.currency, now) if one.code == code]
    if not sold:
        catalog.package_on_sale(code=code, at=now)
        raise CurrencyMismatch()
    return max(sold, key=lambda one: one.version)


def _plans(now: datetime) -> tuple[PlanInfo, ...]:
    return once(("plans", now), lambda: catalog.plans_on_sale(at=now))


def _packages(currency: str, now: datetime) -> tuple[PackageInfo, ...]:
    return once(("packages", currency, now), lambda: catalog.packages_on_sale(currency=currency, at=now))


def _licences(before: Held, asked: int | None) -> int:
    if asked is None:
        return before.extra_licences
    if not 0 <= asked <= MOST_LICENCES:
        raise TooManyLicences(MOST_LICENCES)
    return asked


def _refuse_unsold(before: Held, between: Held, after: Held) -> None:
    bought = between.extra_licences > before.extra_licences
    for one in ([between] if bought else []) + ([after] if after.extra_licences else []):
        if not one.sells_licences:
            raise ExtraLicencesNotSold(one.plan.name)


def _refuse_meanwhile(
    contract: Contract, under_way: Mapping[ChangeState, Change], *, but: UUID | None, now: datetime
) -> None:
    """Raises InvoiceOverdue, ChangeHeld, PaymentUnderWay."""
    late = invoices.overdue(contract.id, now=now)
    if late is not None:
        raise InvoiceOverdue(late.title, late.public_id)
    _refuse_while_held(under_way, but=but)
    _refuse_while_paid(under_way.get(ChangeState.WAITING))


def _refuse_while_held(under_way: Mapping[ChangeState, Change], *, but: UUID | None) -> None:
    """While another change waits to be confirmed or approved there is no quote. Raises ChangeHeld."""
    for state in HELD_CHANGE:
        if state in under_way and under_way[state].id != but:
            raise ChangeHeld(under_way[state].public_id)


def _refuse_while_paid(waits: Change | None) -> None:
    """While another change is being paid there is no quote; one that was declined gives way. Raises PaymentUnderWay."""
    if waits is not None and being_paid(waits.id):
        raise PaymentUnderWay()


def _changed(
    contract: Contract, pays: PaidFor, before: Held, after: Held, *, unit: str, now: datetime
) -> list[NewLine]:
    """What is owed for the rest of the cycle: nothing of a trial, which has no fees (INV-10)."""
    if contract.in_trial(pays.cycle):
        return []
    return difference(
        before,
        after,
        pays,
        since=now,
        zone=contract.customer.time_zone,
        unit=unit,
        discount=discount_in(contract, pays.cycle.start),
        discount_of_year=discount_in(contract, pays.plan.begins),
    )


def _interactions(
    contract: Contract,
    before: PlanInfo,
    after: PlanInfo,
    opened: Sequence[Balance],
    way: Ways,
    *,
    now: datetime,
) -> tuple[int, int]:
    """Of the current cycle: before the change, and at once after it (CHG-5)."""
    cycle = contract.cycle
    assert cycle is not None
    had = metering.covering(opened, cycle.start).included_interactions
    if before.id == after.id:
        return had, had
    plans = before.included_credits, after.included_credits
    return had, way.interactions(contract, cycle, had, plans, since=now)


def _left_for_good(before: Held, after: Held, *, now: datetime) -> tuple[str, ...]:
    """Whatever is left and is not the version on sale, or on sale at all, cannot be chosen again."""
    left = []
    if after.plan.id != before.plan.id:
        on_sale = {plan.id for plan in _plans(now)}
        left += ["plan"] * (before.plan.id not in on_sale)
    if after.package.id != before.package.id:
        sold = {one.id for one in _packages(before.package.currency, now)}
        left += ["package"] * (before.package.id not in sold)
    return tuple(left)


def _seen(contract: Contract, changed: Sequence[NewLine]) -> tuple[QuotedLine, ...]:
    """With the taxes on top of them."""
    buyer = contract.customer
    return tuple(
        QuotedLine(line.kind, line.name, line.amount, line.calculation)
        for line in taxed(changed, buyer.country, buyer.tax_id)
    )
